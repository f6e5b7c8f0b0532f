"""What an administrator does about emails that were given up, each with its trace. Actions never commit."""

from __future__ import annotations

from portal import audit
from portal.accounts.admin_actions import send_link
from portal.accounts.models import User
from portal.db import run
from portal.undelivered.queries import GivenUp

_AGAIN = "SELECT send_mails_again(%(key)s, %(kind)s) AS mails"
_LET_GO = "SELECT let_mail_go(%(key)s, %(reason)s) AS mails"


def send_again(*, key: str | None = None, kind: str | None = None) -> int:
    """One email, or all of one template: they are due at once and have all their attempts again. How many they are.

    One whose link no longer works is not sent.
    """
    number: int = run(_AGAIN, {"key": key, "kind": kind})[0].mails
    audit.record("mail.sent_again", mail=key or kind, number=number)
    return number


def let_go(mail: GivenUp, reason: str) -> None:
    run(_LET_GO, {"key": mail.key, "reason": reason})
    audit.record("mail.let_go", mail=mail.key, reason=reason)


def send_new_link(mail: GivenUp, user: User) -> str:
    """A new link in place of the one that no longer works; its token."""
    token = send_link(user)
    let_go(mail, "replaced")
    return token

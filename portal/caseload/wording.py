"""An agency's work in words, and the buttons that give it out."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.access import Permission, may
from portal.accounts.models import Absence
from portal.i18n import long_date
from portal.referrals.models import Referral
from portal.referrals.states import OPEN, S, Status


def away_until(absence: Absence | None) -> str | None:
    """None for whoever is not away."""
    if absence is None:
        return None
    if absence.cover:
        day, name = long_date(absence.to_on), absence.cover.name
        return str(_("Away until %(date)s; %(name)s covers", date=day, name=name))
    return str(_("Away until %(date)s", date=long_date(absence.to_on)))


def work_actions(referral: Referral, user_id: int) -> list[dict[str, str]]:
    """What this user may do about who works on a referral and its place in the queue: href and text of each."""
    if not may(Permission.RESPOND) or Status(referral.status) not in OPEN:
        return []
    found = []
    if may(Permission.ASSIGN_WORK):
        found.append(("assign", _("Assign to a worker")))
    elif referral.worker_id in (None, user_id):
        taking = referral.worker_id is None
        found.append(("assign", _("Take this referral") if taking else _("Hand this referral back")))
    if referral.status == S.ACCEPTED:
        found.append(("waiting-list", _("Change its place on the waiting list")))
    ways = [{"href": f"/referrals/{referral.reference}/{end}", "text": text} for end, text in found]
    if referral.status == S.ACCEPTED and referral.waiting_position:
        ways.append({"href": "/caseload/waiting", "text": _("See the waiting list")})
    return ways

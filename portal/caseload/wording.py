"""An agency's work in words, and the buttons that give it out."""

from __future__ import annotations

from typing import Any

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


def page_actions(referral: Referral, user_id: int) -> list[dict[str, Any]]:
    """The buttons of a referral's page by which an agency gives out the work, as referrals.listing.page_actions."""
    if not may(Permission.RESPOND) or Status(referral.status) not in OPEN:
        return []
    found = []
    if may(Permission.ASSIGN_WORK):
        found.append(("assign", _("Assign")))
    elif referral.worker_id in (None, user_id):
        found.append(("assign", _("Take") if referral.worker_id is None else _("Hand back")))
    if referral.status == S.ACCEPTED:
        found.append(("waiting-list", _("Waiting list")))
    path = f"/referrals/{referral.reference}"
    return [{"href": f"{path}/{end}", "text": text, "post": False} for end, text in found]

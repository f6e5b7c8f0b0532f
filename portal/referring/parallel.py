"""Other open referrals of the same person for the same need, for when one of them has been accepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Agency, Service
from portal.db import current_scope, db
from portal.referrals import actions as referrals
from portal.referrals.models import Referral
from portal.referrals.moving import Actor
from portal.referrals.queries import get_visible, visible
from portal.referrals.states import ENDED, S
from portal.referring.answers import fingerprint

TAKEN = {S.ACCEPTED, S.IN_SERVICE}


def list_parallel(referral: Referral) -> list[sa.Row[Any]]:
    """Id, reference, version, status, decision, service and agency of each, the oldest first; none until one is accepted."""
    if referral.status not in TAKEN:
        return []
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Referral.id,
            Referral.reference,
            Referral.version,
            Referral.status,
            Referral.decision,
            Service.name.label("service"),
            Service.name_cy.label("service_cy"),
            Agency.name.label("agency"),
        )
        .join(Service, Service.id == Referral.service_id)
        .join(Agency, Agency.id == Referral.agency_id)
        .where(Referral.person_id == referral.person_id, Referral.need_code == referral.need_code)
        .where(Referral.id != referral.id, Referral.status.not_in([S.DRAFT.value, *(s.value for s in ENDED)]))
        .where(visible(current_scope()))
        .order_by(Referral.sent_at, Referral.id)
    )
    return list(db.session.execute(query))


def state_of(others: Sequence[sa.Row[Any]]) -> str:
    """A mark by which a page knows whether any of them has changed since."""
    return fingerprint([(other.reference, other.version) for other in others])


def withdraw_others(
    references: Collection[str], by: Actor, at: datetime, *, reason: str, words: str = ""
) -> None:
    """Withdraw each of them. Raises TransitionRefused where one has ended meanwhile."""
    for reference in references:
        if other := get_visible(reference):
            referrals.withdraw(other, by, at, reason=reason, words=words)

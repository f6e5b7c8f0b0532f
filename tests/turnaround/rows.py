"""Referrals written as rows, on dates chosen by the test: years of history that no test can live through."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from portal.agencies.models import Service
from portal.clocks.clock import LONDON
from portal.db import db
from portal.people.models import Person
from portal.referrals.models import Referral
from portal.referrals.moving import note_late
from portal.referrals.reference import new_reference
from tests.factories import make_person, make_service, make_user


def noon(day: date | datetime | None) -> datetime | None:
    """Noon in London on a date; a moment stays what it is."""
    if day is None or isinstance(day, datetime):
        return day
    return datetime.combine(day, time(12), LONDON)


def make_row(
    service: Service | None = None,
    *,
    sent: date | datetime,
    priority: date | None = None,
    standard: date | None = None,
    declined: date | None = None,
    final: date | None = None,
    reversed_to_priority: date | None = None,
    withdrawn: date | None = None,
    why: str = "no_answer",
    reason: str = "no_capacity",
    person: Person | None = None,
    **values: Any,
) -> Referral:
    """One referral, sent and then decided, declined finally, reversed or withdrawn on the dates given."""
    service = service or make_service()
    person = person or make_person(cohort=None)
    decided = noon(priority or standard or declined)
    accepted = noon(reversed_to_priority or priority or standard)
    decision = (
        "accepted_priority" if priority or reversed_to_priority
        else "accepted_standard" if standard
        else "declined" if declined
        else None
    )  # fmt: skip
    dates = {
        "responded_at": decided,
        "acknowledged_at": decided,
        "decided_at": decided,
        "accepted_at": accepted,
    }
    row = Referral(
        **{
            "reference": new_reference(),
            "person_id": person.id,
            "service_id": service.id,
            "agency_id": service.agency_id,
            "need_code": service.needs[0].code,
            "area_id": person.area_id,
            "restricted": person.restricted,
            "referrer_id": make_user().id,
            "status": "withdrawn"
            if withdrawn
            else "closed"
            if final
            else (decision and "accepted") or "sent",
            "ended_from": "declined" if final else "sent" if withdrawn else None,
            "sent_at": noon(sent),
            "decision": decision,
            "decline_reason": reason if decision == "declined" else None,
            "decline_final_at": noon(final),
            "withdrawn_at": noon(withdrawn),
            "withdrawal_reason": why if withdrawn else None,
            **dates,
            "rests": [],
            **values,
        }
    )
    if "late_decide" not in values:
        note_late(row)
    db.session.add(row)
    db.session.flush()
    return row

"""What hangs on a referral, written as rows on dates chosen by the test."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from portal.appointments.models import Appointment
from portal.chasing.models import Chase
from portal.db import db
from portal.people.models import Person, PersonNeed
from portal.referrals.models import Event, Referral
from tests.turnaround.rows import noon

_number = count(1)


def make_appointment(
    referral: Referral, *, offered: date, at: date, state: str = "offered", **values: Any
) -> Appointment:
    """One offered on a day for another; what became of it was written down on the day it was for."""
    return _add(  # type: ignore[no-any-return]
        Appointment(
            **_of(referral), mode="in_person", at=noon(at), offered_at=noon(offered), offered_by_id=referral.referrer_id,
            state=state, state_at=noon(at) if state != "offered" else None, **values,
        )
    )  # fmt: skip


def make_chase(
    referral: Referral,
    *,
    at: date,
    kind: str = "chase",
    answered: date | None = None,
    changed: str | None = None,
) -> Chase:
    return _add(  # type: ignore[no-any-return]
        Chase(
            **_of(referral), kind=kind, level="worker", channel="phone", at=noon(at), by_id=referral.referrer_id,
            answered_at=noon(answered), changed=changed,
        )
    )  # fmt: skip


def make_event(
    referral: Referral, kind: str, *, on: date, side: str = "agency", written: date | None = None
) -> Event:
    return _add(  # type: ignore[no-any-return]
        Event(
            referral_id=referral.id, area_id=referral.area_id, kind=kind, side=side, happened_at=noon(on),
            recorded_at=noon(written or on),
        )
    )  # fmt: skip


def make_need(
    person: Person, need: str = "housing", *, on: date, state: str = "identified", changed: date | None = None
) -> PersonNeed:
    """A need identified on a day; one that a referral has brought already is identified on another."""
    if held := db.session.get(PersonNeed, (person.id, need)):
        held.identified_on = on
        db.session.flush()
        return held
    return _add(  # type: ignore[no-any-return]
        PersonNeed(
            person_id=person.id, need_code=need, state=state, identified_on=on, changed_on=changed or on
        )
    )


def _of(referral: Referral) -> dict[str, Any]:
    return {
        "referral_id": referral.id,
        "agency_id": referral.agency_id,
        "service_id": referral.service_id,
        "area_id": referral.area_id,
        "token": f"row {next(_number)}",
    }


def _add(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing

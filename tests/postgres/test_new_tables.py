"""What hangs on a referral or a meeting is of that one's agency, service and area: the database refuses anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.appointments.models import Appointment
from portal.chasing.models import Chase
from portal.db import SYSTEM, db, enter_scope
from portal.meetings.models import MeetingAgency, MeetingDecision
from portal.referrals.models import Referral
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user
from tests.meetings.scenes import make_meeting

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)


def owned(referral: Referral, **changes: int) -> dict[str, Any]:
    row = {name: getattr(referral, name) for name in ("agency_id", "service_id", "area_id")}
    return {"referral_id": referral.id, **row, **changes}


def is_taken(user: User, statement: Any) -> bool:
    """Whether the database carries it out for this user, by a statement that no page would make."""
    enter_scope(scope_of(user.id))
    try:
        with db.session.begin_nested():
            done = db.session.execute(statement)
            return bool(done.rowcount)
    except (sa.exc.ProgrammingError, sa.exc.IntegrityError) as error:
        reasons = ("row-level security", "foreign key", "permission denied")
        assert any(reason in str(error) for reason in reasons)  # noqa: PT017
        return False
    finally:
        enter_scope(SYSTEM)


def appointment(user: User, row: dict[str, Any]) -> Any:
    return sa.insert(Appointment).values(**row, mode="video", at=NOW, offered_by_id=user.id, token="one")


def chase(user: User, row: dict[str, Any]) -> Any:
    values = {"kind": "chase", "level": "worker", "channel": "portal", "at": NOW, "token": "one"}
    return sa.insert(Chase).values(**row, **values, by_id=user.id)


def test_an_agency_puts_no_appointment_on_another_agencys_referral() -> None:
    own, foreign = make_sent(make_service()), make_sent(make_service())
    worker = make_user("agency_worker", own.agency)
    forged = owned(own, referral_id=foreign.id)
    assert not is_taken(worker, appointment(worker, forged))
    assert is_taken(worker, appointment(worker, owned(own)))
    moved = sa.update(Appointment).where(Appointment.token == "one").values(referral_id=foreign.id)
    assert not is_taken(worker, moved)


def test_iom_offers_no_appointment_and_chases_only_the_referrals_own_agency() -> None:
    referral, other = make_sent(make_service()), make_service()
    officer = make_user("iom_officer")
    forged = owned(referral, agency_id=other.agency_id, service_id=other.id)
    assert not is_taken(officer, appointment(officer, owned(referral)))
    assert not is_taken(officer, chase(officer, forged))
    assert is_taken(officer, chase(officer, owned(referral)))
    moved = (
        sa.update(Chase).where(Chase.token == "one").values(agency_id=other.agency_id, service_id=other.id)
    )
    assert not is_taken(officer, moved)


def test_an_agency_chases_nobody() -> None:
    referral = make_sent(make_service())
    worker = make_user("agency_manager", referral.agency)
    assert not is_taken(worker, chase(worker, owned(referral)))


def test_a_decision_is_of_the_referrals_agency_and_of_a_meeting_of_its_area() -> None:
    referral, other = make_sent(make_service()), make_service()
    manager = make_user("iom_manager", areas=[area(), area(GWENT)])
    here = make_meeting(manager, referral.agency)
    there = make_meeting(manager, referral.agency, code=GWENT)

    def decision(meeting_id: int, row: dict[str, Any]) -> Any:
        values = {"meeting_id": meeting_id, "words": "Call", "by_id": manager.id, "token": f"{meeting_id}"}
        return sa.insert(MeetingDecision).values(**row, **values)

    forged = owned(referral, agency_id=other.agency_id, service_id=other.id)
    assert not is_taken(manager, decision(here.id, forged))
    assert not is_taken(manager, decision(there.id, owned(referral)))
    assert is_taken(manager, decision(here.id, owned(referral)))
    worker = make_user("agency_manager", referral.agency)
    assert not is_taken(worker, decision(here.id, owned(referral)))


def test_nobody_invites_to_a_meeting_of_another_area_or_reads_who_else_comes() -> None:
    ours, theirs = make_service().agency, make_service().agency
    manager, stranger = make_user("iom_manager"), make_user("iom_manager", areas=[area(GWENT)])
    meeting = make_meeting(manager, ours)

    def invitation(area_id: int) -> Any:
        return sa.insert(MeetingAgency).values(meeting_id=meeting.id, agency_id=theirs.id, area_id=area_id)

    assert not is_taken(stranger, invitation(area(GWENT).id))
    assert not is_taken(stranger, invitation(meeting.area_id))
    assert is_taken(manager, invitation(meeting.area_id))
    enter_scope(scope_of(make_user("agency_manager", ours).id))
    assert db.session.scalars(sa.select(MeetingAgency.agency_id)).all() == [ours.id]
    enter_scope(SYSTEM)


def test_a_restricted_persons_chase_is_written_by_the_named_alone() -> None:
    referral = make_sent(make_service(), make_person(restricted=True))
    officer = make_user("iom_officer")
    assert not is_taken(officer, chase(officer, owned(referral)))

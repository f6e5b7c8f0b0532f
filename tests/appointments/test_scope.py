"""The database itself shows, takes and changes appointments for those alone whose they are, with the check switched off."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.accounts.queries import scope_of
from portal.appointments.models import Appointment
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.people.models import PersonReader
from tests.appointments.conftest import Scene
from tests.factories import GWENT, area, make_user


def seen(scope: Scope) -> int:
    enter_scope(scope)
    found = db.session.scalars(sa.select(sa.func.count()).select_from(Appointment)).one()
    enter_scope(SYSTEM)
    return found


def changed(scope: Scope) -> int:
    enter_scope(scope)
    with db.session.begin_nested() as savepoint:
        done = db.session.execute(sa.text("UPDATE appointment SET state_words = state_words"))
        savepoint.rollback()
    enter_scope(SYSTEM)
    return done.rowcount  # type: ignore[attr-defined]


def test_the_database_shows_and_changes_them_for_both_sides_alone(scene: Scene) -> None:
    scene.offered()
    for user, number in (
        (scene.worker, 1),
        (make_user("agency_manager", scene.worker.agency), 1),
        (scene.officer, 1),
        (make_user("agency_worker"), 0),
        (make_user("iom_officer", areas=[area(GWENT)]), 0),
    ):
        assert (seen(scope_of(user.id)), changed(scope_of(user.id))) == (number, number)
    assert (seen(NOBODY), changed(NOBODY)) == (0, 0)


def test_a_restricted_persons_are_seen_by_the_named_and_the_agency(scene: Scene) -> None:
    scene.offered()
    scene.referral.restricted = scene.referral.person.restricted = True
    db.session.flush()
    assert seen(scope_of(scene.officer.id)) == 0
    db.session.add(PersonReader(person_id=scene.referral.person_id, user_id=scene.officer.id))
    db.session.flush()
    assert seen(scope_of(scene.officer.id)) == 1
    assert seen(scope_of(scene.worker.id)) == 1


@pytest.mark.parametrize("side", ["officer", "stranger"])
def test_the_database_takes_offers_from_the_agency_alone(scene: Scene, side: str) -> None:
    made = scene.offered()
    user = scene.officer if side == "officer" else make_user("agency_worker")
    row = {
        name: getattr(made, name)
        for name in ("referral_id", "agency_id", "service_id", "area_id", "at", "mode")
    }
    enter_scope(scope_of(user.id))
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), db.session.begin_nested():
        db.session.execute(sa.insert(Appointment).values(**row, offered_by_id=user.id, token="foreign"))
    enter_scope(SYSTEM)

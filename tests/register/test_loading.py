"""Rows of extracts make one register, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.people.models import Person
from portal.quality.closing import close
from tests import TODAY
from tests.factories import make_user
from tests.register.extracts import delius, load_all, lost_words, make_extracts, register, take

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_extracts_their_halves_and_repetition_make_no_difference(seed: int) -> None:
    probation, police = make_extracts(seed, 60)
    ways = (
        (probation, police),
        (police, probation),
        (probation[::2], police, probation[1::2]),
        (police[30:], probation[:20], police[:30], probation[20:]),
        (reversed(police), reversed(probation), police, probation, police),
    )
    made = []
    for way in ways:
        savepoint = db.session.begin_nested()
        load_all(*way)
        made.append(register())
        assert lost_words() == set()
        savepoint.rollback()
    states = {person["state"] for person in made[0]}
    assert all(one == made[0] for one in made[1:])
    assert states >= {"paired", "single"}


def test_the_same_file_twice_adds_nothing() -> None:
    probation, police = make_extracts(1, 40)
    first = take(*probation)
    assert first.added + first.asked == len(probation)
    take(*police)
    before = register()
    for extract in (probation, police):
        again = take(*extract, on=TODAY + timedelta(days=1))
        assert (again.added, again.updated, again.asked, again.unchanged) == (0, 0, 0, len(extract))
    assert register() == before


def test_nobody_closed_here_is_reopened_by_an_extract() -> None:
    take(delius(cohort="fixed", cohort_from=date(2026, 1, 5)))
    person = db.session.scalars(sa.select(Person)).one()
    assert person.open_spell is not None
    close(
        [person.id],
        reason="moved_away",
        words="",
        batch="b",
        by_id=make_user().id,
        now=datetime.now(UTC),
    )
    take(delius(cohort="flex", cohort_from=date(2026, 6, 1)))
    db.session.expire_all()
    assert person.closed_at is not None
    assert person.open_spell is None

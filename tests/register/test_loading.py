"""Rows of extracts make one register, in whatever order they come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.db import db
from tests import TODAY
from tests.register.extracts import load_all, make_extracts, register, take

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

"""How agreements stand on a day: which is in force where, what replaced what, what ends soon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from portal.agencies.models import Area
from portal.agencies.queries import today
from portal.promises.models import Agreement
from portal.promises.queries import get_in_force, list_in_force
from portal.promises.standing import Standing, ends_soon, standings
from tests.factories import GWENT, SOUTH_WALES, area, make_service
from tests.promises.rows import make_agreement, make_proposal

DAY = date(2026, 6, 15)
GWENT_AREA, SOUTH = Area(id=2, code=GWENT), Area(id=3, code=SOUTH_WALES)
NUMBERS = iter(range(1, 1000))


def agreement(areas: tuple[Area, ...] = (SOUTH,), **values: Any) -> Agreement:
    made = Agreement(**({"id": next(NUMBERS), "service_id": 1, "from_on": DAY - timedelta(days=90)} | values))
    made.areas = list(areas)
    return made


def signed(areas: tuple[Area, ...] = (SOUTH,), **values: Any) -> Agreement:
    return agreement(areas, **({"signed_at": datetime(2026, 3, 1, tzinfo=UTC)} | values))


@pytest.mark.parametrize(
    ("made", "stands"),
    [
        (agreement(), Standing.WAITING),
        (agreement(refused_at=datetime(2026, 3, 1, tzinfo=UTC)), Standing.REFUSED),
        (agreement(taken_back_at=datetime(2026, 3, 1, tzinfo=UTC)), Standing.TAKEN_BACK),
        (signed(), Standing.IN_FORCE),
        (signed(from_on=DAY), Standing.IN_FORCE),
        (signed(from_on=DAY + timedelta(days=1)), Standing.COMING),
        (signed(to_on=DAY), Standing.IN_FORCE),
        (signed(to_on=DAY - timedelta(days=1)), Standing.ENDED),
    ],
)
def test_an_agreement_stands_as_its_dates_say(made: Agreement, stands: Standing) -> None:
    assert standings([made], DAY) == {made.id: stands}


def test_the_one_that_began_last_replaces_the_other_in_its_areas_only() -> None:
    both, later = signed((SOUTH, GWENT_AREA)), signed((SOUTH,), from_on=DAY)
    assert standings([both, later], DAY) == {both.id: Standing.IN_FORCE, later.id: Standing.IN_FORCE}
    last = signed((GWENT_AREA,), from_on=DAY)
    assert standings([both, later, last], DAY)[both.id] is Standing.REPLACED


def test_of_two_from_one_day_the_one_signed_last_is_in_force() -> None:
    first, second = signed(), signed(signed_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert standings([second, first], DAY) == {first.id: Standing.REPLACED, second.id: Standing.IN_FORCE}


def test_what_was_agreed_for_one_service_replaces_nothing_of_another() -> None:
    one, other = signed(), signed(service_id=2, from_on=DAY)
    assert standings([one, other], DAY)[one.id] is Standing.IN_FORCE


def test_an_end_is_soon_within_thirty_days_unless_something_follows_in_every_area() -> None:
    soon = signed((SOUTH, GWENT_AREA), to_on=DAY + timedelta(days=30))
    assert ends_soon(soon, [soon], DAY)
    assert not ends_soon(soon, [soon], DAY - timedelta(days=1))
    assert not ends_soon(signed(), [], DAY)
    part = agreement((SOUTH,))
    assert ends_soon(soon, [soon, part], DAY)
    assert not ends_soon(soon, [soon, part, agreement((GWENT_AREA,))], DAY)
    refused = agreement((SOUTH, GWENT_AREA), refused_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert ends_soon(soon, [soon, refused], DAY)


@pytest.mark.usefixtures("database")
def test_the_database_and_the_rule_agree_on_what_is_in_force() -> None:
    service, gwent, south = make_service(), area(GWENT), area()
    made = [
        make_agreement(service, [south, gwent]),
        make_agreement(service, [south], from_on=today() - timedelta(days=3)),
        make_agreement(service, [gwent], from_on=today() - timedelta(days=3), to_on=today() - timedelta(days=1)),
        make_agreement(service, [gwent], from_on=today() + timedelta(days=1)),
        make_proposal(service, [south]),
    ]  # fmt: skip
    stands = standings(made, today())
    held = {get_in_force(service.id, place.id, today()) for place in (south, gwent)}
    assert held == {one for one in made if stands[one.id] is Standing.IN_FORCE} == {made[0], made[1]}
    assert list_in_force([service.id], [gwent.id], today()) == {service.id: made[0]}
    assert get_in_force(service.id, gwent.id, made[0].from_on - timedelta(days=1)) is None

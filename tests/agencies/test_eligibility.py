"""Which services fit a person, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from flask import Flask

from portal.agencies.eligibility import PersonFacts, age_words, areas_touching, misfits

TODAY = date(2026, 11, 23)
CARDIFF, SOUTH_WALES, CARDIFF_AND_VALE, UNIT, WALES, SWANSEA, SWANSEA_BAY, GWENT, DORSET = range(1, 10)


@dataclass
class Place:
    id: int
    kind: str
    police_force_id: int | None = None
    health_board_id: int | None = None
    delivery_unit_id: int | None = None


@dataclass
class Offered:
    need_codes: list[str] = field(default_factory=lambda: ["housing"])
    area_ids: list[int] = field(default_factory=lambda: [SOUTH_WALES])
    minimum_age: int | None = None
    maximum_age: int | None = None
    accepts_female: bool = True
    accepts_male: bool = True
    open_now: bool = True

    def is_open(self, today: date) -> bool:
        return self.open_now


AREAS = [
    Place(CARDIFF, "local_authority", SOUTH_WALES, CARDIFF_AND_VALE, UNIT),
    Place(SWANSEA, "local_authority", SOUTH_WALES, SWANSEA_BAY),
    Place(SOUTH_WALES, "police_force"),
    Place(GWENT, "police_force"),
    Place(CARDIFF_AND_VALE, "health_board"),
    Place(SWANSEA_BAY, "health_board"),
    Place(UNIT, "delivery_unit"),
    Place(WALES, "country"),
    Place(DORSET, "other"),
]


def facts(**changes: object) -> PersonFacts:
    known: dict[str, object] = {
        "area_ids": frozenset({CARDIFF, SOUTH_WALES, WALES}),
        "sex": "male",
        "age": 30,
        "need": "housing",
        "today": TODAY,
    }
    return PersonFacts(**(known | changes))  # type: ignore[arg-type]


def reasons(service: Offered, person: PersonFacts) -> list[str]:
    return [misfit.code for misfit in misfits(service, person)]


def test_a_service_for_everyone_in_the_area_fits() -> None:
    assert reasons(Offered(), facts()) == []


@pytest.mark.parametrize(
    ("service", "person", "code"),
    [
        (Offered(open_now=False), facts(), "closed"),
        (Offered(need_codes=["finance"]), facts(), "need"),
        (Offered(area_ids=[GWENT]), facts(), "area"),
        (Offered(area_ids=[]), facts(), "area"),
        (Offered(accepts_male=False), facts(), "sex"),
        (Offered(accepts_female=False), facts(sex="female"), "sex"),
        (Offered(minimum_age=18, maximum_age=25), facts(age=26), "age"),
        (Offered(minimum_age=18, maximum_age=25), facts(age=17), "age"),
    ],
)
def test_each_thing_that_speaks_against_a_service_is_named(
    service: Offered, person: PersonFacts, code: str
) -> None:
    assert reasons(service, person) == [code]


@pytest.mark.parametrize("age", [18, 25])
def test_the_youngest_and_the_oldest_age_still_fit(age: int) -> None:
    assert reasons(Offered(minimum_age=18, maximum_age=25), facts(age=age)) == []


def test_what_is_not_known_speaks_against_nothing() -> None:
    narrow = Offered(accepts_male=False, minimum_age=18, maximum_age=25, area_ids=[GWENT])
    assert reasons(narrow, facts(sex=None, age=None, need=None, area_ids=frozenset())) == []


def test_a_service_for_all_wales_fits_whoever_lives_there() -> None:
    assert reasons(Offered(area_ids=[WALES]), facts()) == []


def test_several_reasons_come_the_weightiest_first() -> None:
    service = Offered(open_now=False, need_codes=[], area_ids=[GWENT], accepts_male=False, minimum_age=60)
    assert reasons(service, facts()) == ["closed", "need", "area", "sex", "age"]


def test_reasons_have_words(app: Flask) -> None:
    with app.test_request_context():
        found = misfits(Offered(accepts_male=False, minimum_age=18, maximum_age=25), facts())
        assert [str(misfit.words) for misfit in found] == ["For women only", "For people aged 18 to 25"]
        assert str(age_words(26, None)) == "For people aged 26 and over"
        assert str(age_words(None, 25)) == "For people aged 25 and under"


def test_a_local_authority_lies_in_its_force_health_board_unit_and_country() -> None:
    assert areas_touching(CARDIFF, AREAS) == {CARDIFF, SOUTH_WALES, CARDIFF_AND_VALE, UNIT, WALES}


def test_a_force_is_touched_by_everything_that_reaches_into_it() -> None:
    everything = {SOUTH_WALES, CARDIFF, SWANSEA, CARDIFF_AND_VALE, SWANSEA_BAY, UNIT, WALES}
    assert areas_touching(SOUTH_WALES, AREAS) == everything


def test_the_country_is_touched_by_every_area_but_foreign_ones() -> None:
    assert DORSET not in areas_touching(WALES, AREAS)
    assert areas_touching(WALES, AREAS) == {area.id for area in AREAS if area.id != DORSET}


def test_a_foreign_area_touches_only_itself() -> None:
    assert areas_touching(DORSET, AREAS) == {DORSET}

"""The list of services with its filters, and the services that fit a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from portal.agencies import lookup, queries
from portal.agencies.eligibility import PersonFacts, areas_touching
from portal.agencies.queries import ServiceFilter, list_services, services_for
from portal.db import db
from tests.factories import CARDIFF, GWENT, SOUTH_WALES, area, make_agency, make_service

TODAY = queries.today()


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    engine = db.session.connection().engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


def names(**filters: Any) -> list[str]:
    return [row.name for row in list_services(ServiceFilter(**filters))[0]]


@pytest.fixture(autouse=True)
def services(database: None) -> None:
    gwent, cardiff = [area(GWENT)], [area(CARDIFF)]
    cartref = make_agency("Cartref Enghreifftiol", name_cy="Cartref Cymraeg")
    make_service(cartref, name="Rooms", needs=("housing", "finance"), places="Tŷ Gobaith, Splott")
    make_service(cartref, name="Beds in Gwent", areas=gwent)
    make_service(name="Cardiff Counselling", needs=("mental_health",), areas=cardiff, accepts_male=False)
    make_service(
        name="Young Men", needs=("mental_health",), minimum_age=18, maximum_age=25, accepts_female=False
    )
    make_service(name="Shut", active=False)
    make_service(name="Over", closes_on=TODAY - timedelta(days=1))
    make_service(name="Last day", closes_on=TODAY)
    make_service(name="Not yet", opens_on=TODAY + timedelta(days=1))
    make_service(make_agency("Gone", closed_on=TODAY), name="Of a closed agency")
    make_service(make_agency("Of the past", historic=True), name="Of a historic agency")


def test_only_services_that_take_referrals_today_are_listed() -> None:
    assert names() == ["Beds in Gwent", "Cardiff Counselling", "Last day", "Rooms", "Young Men"]


def test_closed_services_can_be_asked_for() -> None:
    assert {"Shut", "Over", "Not yet", "Of a closed agency", "Of a historic agency"} <= set(
        names(closed_too=True)
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"need": "finance"}, ["Rooms"]),
        ({"need": "mental_health"}, ["Cardiff Counselling", "Young Men"]),
        ({"sex": "male"}, ["Beds in Gwent", "Cardiff Counselling", "Last day", "Rooms", "Young Men"]),
        ({"need": "mental_health", "sex": "male"}, ["Young Men"]),
        ({"need": "mental_health", "sex": "female"}, ["Cardiff Counselling"]),
        ({"need": "mental_health", "age": 25, "sex": "male"}, ["Young Men"]),
        ({"need": "mental_health", "age": 26, "sex": "male"}, []),
        ({"text": "ty GOBAITH"}, ["Rooms"]),
        ({"text": "splott beds"}, []),
        ({"text": "100%"}, []),
    ],
)
def test_filters_narrow_the_list(filters: dict[str, Any], found: list[str]) -> None:
    if filters == {"sex": "male"}:
        found = [name for name in found if name != "Cardiff Counselling"]
    assert names(**filters) == found


def test_an_area_finds_what_covers_any_part_of_it() -> None:
    assert "Beds in Gwent" not in names(area_id=area(SOUTH_WALES).id)
    assert "Cardiff Counselling" in names(area_id=area(SOUTH_WALES).id)
    assert "Rooms" in names(area_id=area(CARDIFF).id)
    assert names(area_id=area(GWENT).id) == ["Beds in Gwent"]


def test_an_agency_and_its_welsh_name_find_its_services() -> None:
    agency_id = queries.get_service(list_services(ServiceFilter(text="rooms"))[0][0].id).agency_id  # type: ignore[union-attr]
    assert names(agency_id=agency_id) == ["Beds in Gwent", "Rooms"]
    assert names(text="cymraeg") == ["Beds in Gwent", "Rooms"]


def test_pages_follow_one_another_and_the_total_is_of_all() -> None:
    for number in range(40):
        make_service(name=f"Zebra {number:02}")
    first, total = list_services(ServiceFilter(text="zebra"), 1)
    second, _ = list_services(ServiceFilter(text="zebra"), 2)
    assert (len(first), len(second), total) == (25, 15, 40)
    assert [row.name for row in first + second] == [f"Zebra {number:02}" for number in range(40)]


def test_the_number_of_statements_does_not_depend_on_the_rows() -> None:
    with counted_statements() as few:
        list_services(ServiceFilter(area_id=area(SOUTH_WALES).id, text="o"))
    for number in range(30):
        make_service(
            name=f"More {number}", needs=("housing", "health"), areas=[area(GWENT), area(SOUTH_WALES)]
        )
    with counted_statements() as many:
        list_services(ServiceFilter(area_id=area(SOUTH_WALES).id, text="o"))
    assert len(few) == len(many) <= 4


def facts(**changes: Any) -> PersonFacts:
    where = areas_touching(area(CARDIFF).id, lookup.list_areas(closed=True))
    known: dict[str, Any] = {
        "area_ids": where,
        "sex": "male",
        "age": 30,
        "need": "mental_health",
        "today": TODAY,
    }
    return PersonFacts(**(known | changes))


def test_services_that_fit_come_apart_from_those_that_do_not() -> None:
    fitting, others = services_for(facts(age=20))
    assert [row.name for row in fitting] == ["Young Men"]
    why = {row.name: [misfit.code for misfit in against] for row, against in others}
    assert why["Cardiff Counselling"] == ["sex"]
    assert why["Beds in Gwent"] == ["need", "area"]
    assert why["Shut"] == ["closed", "need"]
    assert why["Of a closed agency"] == ["closed", "need"]
    counts = [len(against) for _row, against in others]
    assert counts == sorted(counts)


def test_a_service_for_part_of_the_force_area_fits_where_the_local_authority_is_not_known() -> None:
    anywhere = areas_touching(area(SOUTH_WALES).id, lookup.list_areas(closed=True))
    fitting, _ = services_for(facts(area_ids=anywhere, sex="female"))
    assert [row.name for row in fitting] == ["Cardiff Counselling"]


def test_whether_a_service_is_open_is_the_same_for_a_row_and_for_the_service() -> None:
    for row in list_services(ServiceFilter(closed_too=True))[0]:
        service = queries.get_service(row.id)
        assert service is not None
        assert service.is_open(TODAY) == row.is_open(TODAY) == (row.name in names())


def test_open_services_are_counted_by_agency() -> None:
    rows = list_services(ServiceFilter(closed_too=True))[0]
    rooms, shut = (next(row for row in rows if row.name == name) for name in ("Rooms", "Shut"))
    counted = queries.count_open_services()
    assert counted[rooms.agency_id] == 2
    assert shut.agency_id not in counted


def test_names_are_sorted_by_the_alphabet_of_the_reader(app: Flask) -> None:
    words = ["Llanelli", "Luton", "Chirk", "Cwmbrân", "Ôl", "Oa", "Dŵr", "Ddôl"]
    with app.test_request_context(), force_locale("en"):
        english = ["Chirk", "Cwmbrân", "Ddôl", "Dŵr", "Llanelli", "Luton", "Oa", "Ôl"]
        assert sorted(words, key=lookup.alphabetical) == english
    with app.test_request_context(), force_locale("cy"):
        welsh = ["Cwmbrân", "Chirk", "Dŵr", "Ddôl", "Luton", "Llanelli", "Oa", "Ôl"]
        assert sorted(words, key=lookup.alphabetical) == welsh


def test_areas_are_listed_kind_by_kind_without_closed_ones(database: None) -> None:
    area(GWENT).closed_on = date(2026, 1, 1)
    db.session.flush()
    listed = lookup.list_areas()
    assert [item.kind for item in listed[:2]] == ["country", "police_force"]
    assert GWENT not in [item.code for item in listed]
    assert GWENT in [item.code for item in lookup.list_areas("police_force", also=[area(GWENT).id])]
    assert GWENT in [item.code for item in lookup.list_areas(closed=True)]

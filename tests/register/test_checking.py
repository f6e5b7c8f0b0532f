"""Rows of extracts judged one by one: what each cell may say, what refuses a row, what is only said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.register.cells import READERS, Refused, read_cell
from portal.register.checking import Checked
from portal.register.columns import COLUMNS, ColumnMap
from portal.register.extracts import spoken
from tests.factories import CARDIFF, GWENT, SOUTH_WALES, area, make_user
from tests.register.extract_files import TODAY, checked, row

pytestmark = pytest.mark.usefixtures("database")


def values(source: str = "delius", **changed: Any) -> dict[str, Any]:
    found = checked(row(source, **changed), source=source)
    assert [str(one.reason) for one in found.found if one.refuses] == []
    return dict(found.good[0].values)


def refusals(*rows: dict[str, Any], **how: Any) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, str(one.reason)) for one in checked(*rows, **how).found if one.refuses]


def doubts(found: Checked) -> list[tuple[str, str]]:
    assert found.good
    return [(one.column, str(one.reason)) for one in found.found]


def test_a_full_row_is_read_in_the_registers_forms() -> None:
    om = make_user(email="om@test.example")
    full = values(
        crn=" x123456 ", pnc_id="03/1W", noms_number="a1234bc", date_of_birth="27/03/1990", sex="F",
        language="Cymraeg", local_authority="Caerdydd", probation_om_email="OM@test.example", cohort="Flex",
        cohort_from="2026-01-05 00:00:00", wisdom="N", y2a="ydy", mappa="1", needs="mental health; Housing;housing",
    )  # fmt: skip
    assert full == {
        "crn": "X123456",
        "pnc_id": "2003/0000001W",
        "noms_number": "A1234BC",
        "surname": "Enghraifft",
        "forenames": "Siân",
        "date_of_birth": date(1990, 3, 27),
        "sex": "female",
        "language": "cy",
        "area_id": area(SOUTH_WALES).id,
        "local_authority_id": area(CARDIFF).id,
        "probation_om_id": om.id,
        "cohort": "flex",
        "cohort_from": date(2026, 1, 5),
        "wisdom": False,
        "y2a": True,
        "mappa": True,
        "needs": ("housing", "mental_health"),
    }


def test_what_a_row_does_not_say_is_absent() -> None:
    said = values(sex="unknown", date_of_birth="NULL", wisdom="", cohort="none", pnc_id="-", needs=" ")
    assert said.keys() == {"crn", "surname", "forenames", "area_id"}
    assert values(surname="Null")["surname"] == "Null"


@pytest.mark.parametrize(
    "name", ["South Wales Police", "south wales", "Heddlu De Cymru", "De Cymru", "W15000003", "south-wales"]
)
def test_a_police_force_area_is_known_by_code_and_name_in_both_languages(name: str) -> None:
    assert values(area=name)["area_id"] == area(SOUTH_WALES).id


def test_a_local_authority_gives_its_police_force() -> None:
    force, cardiff = area(SOUTH_WALES).id, area(CARDIFF).id
    for place in ({"area": "Caerdydd"}, {"area": "", "local_authority": "Cardiff"}):
        said = values(**place)
        assert (said["area_id"], said["local_authority_id"]) == (force, cardiff)


def test_a_delivery_unit_gives_its_police_force() -> None:
    assert values(area="Cardiff and the Vale")["area_id"] == area(SOUTH_WALES).id


def test_a_local_authority_elsewhere_is_left_out_and_said() -> None:
    found = checked(row(area="Gwent", local_authority="Cardiff"))
    assert found.good[0].values["area_id"] == area(GWENT).id
    assert "local_authority_id" not in found.good[0].values
    assert [column for column, _reason in doubts(found)] == ["local_authority"]


@pytest.mark.parametrize(
    "email", ["nobody@test.example", "gwent@test.example", "agency@test.example", "=cmd"]
)
def test_an_offender_manager_who_is_not_known_for_the_area_is_said_and_the_row_goes_in(email: str) -> None:
    make_user(email="gwent@test.example", areas=[area(GWENT)])
    make_user("agency_worker", email="agency@test.example")
    found = checked(row(probation_om_email=email))
    assert "probation_om_id" not in found.good[0].values
    assert [column for column, _reason in doubts(found)] == ["probation_om_email"]


def test_a_wrong_check_letter_is_said_and_kept() -> None:
    found = checked(row(pnc_id="03/1B"))
    assert found.good[0].values["pnc_id"] == "2003/0000001B"
    column, reason = doubts(found)[0]
    assert (column, "to be W" in reason) == ("pnc_id", True)


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"crn": ""}, "crn", "missing"),
        ({"crn": "123"}, "crn", "CRN like X123456"),
        ({"surname": ""}, "surname", "missing"),
        ({"forenames": "???"}, "forenames", "is not a name"),
        ({"surname": "=cmd|' /C calc'!A0"}, "surname", "is not a name"),
        ({"surname": "x" * 101}, "surname", "more than 100"),
        ({"surname": "a\x00b"}, "surname", "cannot be shown"),
        ({"pnc_id": "1/2/3"}, "pnc_id", "PNC ID like"),
        ({"noms_number": "A12"}, "noms_number", "prison number like"),
        ({"date_of_birth": "31/02/1990"}, "date_of_birth", "is not a date"),
        ({"date_of_birth": "1990"}, "date_of_birth", "is not a date"),
        ({"date_of_birth": "2030-01-01"}, "date_of_birth", "in the future"),
        ({"date_of_birth": "1899-12-31"}, "date_of_birth", "before the year 1900"),
        ({"sex": "Q"}, "sex", "female, male"),
        ({"area": "Kent"}, "area", "police force area"),
        ({"area": ""}, "area", "missing"),
        ({"local_authority": "Kent"}, "local_authority", "local authority"),
        ({"cohort": "gold"}, "cohort", "fixed, flex, free"),
        (
            {"cohort": "fixed", "wisdom": "yes"},
            "cohort",
            "Every WISDOM case is an IOM case in the Free category.",
        ),
        ({"wisdom": "perhaps"}, "wisdom", "neither yes nor no"),
        ({"needs": "housing;gold"}, "needs", "gold"),
        ({"cohort": "free", "cohort_from": "2027-01-01"}, "cohort_from", "in the future"),
        (
            {"date_of_birth": "1990-01-01", "cohort": "free", "cohort_from": "1989-01-01"},
            "cohort_from",
            "before the date of birth",
        ),
    ],
)
def test_what_cannot_be_refuses_the_row_and_says_why(changed: dict[str, Any], column: str, said: str) -> None:
    found = refusals(row(**changed), row(crn="X999999"))
    assert [(line, where) for line, where, _reason in found] == [(2, column)]
    assert said in found[0][2]


def test_wisdom_with_free_or_without_a_cohort_is_no_contradiction() -> None:
    assert values(wisdom="yes", cohort="free")["wisdom"]
    assert values(wisdom="yes")["wisdom"]


def test_every_fault_of_a_row_is_said_at_once() -> None:
    assert len(refusals(row(crn="1", surname="", date_of_birth="x", area="Kent"))) == 4


def test_a_reference_comes_once_and_a_repetition_is_no_fault() -> None:
    found = checked(row(), row(surname="Arall"), row(crn="x123456 "), row(crn="1"), row(crn="X2"))
    assert [one.line for one in found.good] == [2]
    assert found.repeated == 1
    assert [raw.line for raw in found.refused] == [3, 5, 6]
    assert str(found.found[0].reason) == "Line 2 says something else of the same person"


def test_rows_of_areas_that_the_sender_does_not_work_for_are_refused() -> None:
    found = refusals(
        row(), row(crn="X2", area="Gwent"), row(crn="X333333", area="Gwent"), areas=[area(SOUTH_WALES).id]
    )
    assert found[-1] == (4, "area", "Gwent is not an area that you work for")
    assert {line for line, _column, _reason in found} == {3, 4}


def test_a_map_gives_the_files_own_headings_and_words() -> None:
    mapped = ColumnMap({}, {"sex": {"1": "male"}, "area": {"d1": "Gwent"}})
    found = checked(row(sex="1", area="D1"), row(crn="X222222", sex="2"), mapped=mapped)
    assert (found.good[0].values["sex"], found.good[0].values["area_id"]) == ("male", area(GWENT).id)
    assert [raw.line for raw in found.refused] == [3]


def test_the_police_know_less() -> None:
    om = make_user(email="pc@test.example")
    said = values(
        "niche",
        niche_ref="n 1/x2",
        police_om_email="pc@test.example",
        cohort="free",
        cohort_from="2026-01-05",
    )
    assert (said["niche_ref"], said["police_om_id"]) == ("N1/X2", om.id)


def test_every_column_of_both_contracts_is_read() -> None:
    read = {*READERS, "area", "local_authority", "police_om_email", "probation_om_email"}
    assert {*COLUMNS["delius"], *COLUMNS["niche"]} == read


def test_reasons_are_in_the_readers_language() -> None:
    found = checked(
        row(crn="1", pnc_id="1", noms_number="1", wisdom="perhaps", cohort="gold"),
        row(surname="=1", date_of_birth="1800-01-01", area="Kent"),
        row(cohort="fixed", wisdom="yes", date_of_birth="2025-01-01", cohort_from="2024-01-01"),
        row(local_authority="Kent"),
    ).found
    for words in spoken(found).values():
        for _column, english, welsh in words:
            assert english != welsh


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(sorted(READERS)), text=st.text(max_size=60))
def test_any_text_is_read_or_refused(column: str, text: str) -> None:
    try:
        value = read_cell(column, text, TODAY)
    except Refused:
        return
    assert value is None or value != ""

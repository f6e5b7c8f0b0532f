"""Reading one entry of an Open Referral UK directory: what is taken, what is refused and why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.agencies.oruk import Refused, read_entry


def entry(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "id": "svc-1",
        "name": "Rooms",
        "status": "active",
        "organization": {"id": "org-1", "name": "Cartref", "description": "Cartref"},
        "service_areas": [{"name": "gwent", "uri": None}],
        "attributes": [
            {"link_type": "need", "taxonomy_term": {"name": "Housing", "taxonomy": "Criminogenic need"}}
        ],
    }
    return whole | changes


def attribute(name: str, taxonomy: str = "Criminogenic need", link_type: str = "need") -> dict[str, Any]:
    return {"link_type": link_type, "taxonomy_term": {"name": name, "taxonomy": taxonomy}}


def test_a_bare_service_is_open_to_everyone() -> None:
    read = read_entry(entry())
    assert read.id == "svc-1"
    assert read.values["active"] is True
    assert read.values["needs"] == ("housing",)
    assert (read.values["accepts_female"], read.values["accepts_male"]) == (True, True)
    assert (read.values["minimum_age"], read.values["maximum_age"]) == (None, None)
    assert (read.values["opens_on"], read.values["closes_on"]) == (None, None)
    assert read.values["agency"] == ("org-1", "Cartref", "")
    assert read.notices == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Housing", "housing"),
        ("Mental health", "mental_health"),
        ("Substance misuse", "substance_misuse"),
        ("Finance, benefit and debt", "finance"),
        ("Employment, training and education", "employment"),
        ("Family and significant others", "family"),
        ("Lifestyle and associates", "lifestyle"),
        ("Social inclusion", "social_inclusion"),
        ("Other", "other"),
    ],
)
def test_each_need_of_the_probation_service_has_its_own_code(name: str, code: str) -> None:
    read = read_entry(entry(attributes=[attribute(name)]))
    assert read.values["needs"] == (code,)
    assert read.notices == ()


def test_an_unknown_need_is_kept_as_other_and_said() -> None:
    read = read_entry(entry(attributes=[attribute("Housing"), attribute("Gardening")]))
    assert read.values["needs"] == ("housing", "other")
    assert read.notices == ("the need “Gardening” is not known here: kept as other",)


def test_a_service_without_needs_or_areas_is_kept_and_said() -> None:
    read = read_entry(entry(attributes=[], service_areas=None))
    assert read.values["needs"] == ("other",)
    assert read.notices == (
        "names no need: kept as other",
        "names no area: it will fit nobody until one is chosen",
    )


def test_sex_narrows_whom_a_service_takes() -> None:
    read = read_entry(entry(attributes=[attribute("female", "Sex", "eligible_sex")]))
    assert (read.values["accepts_female"], read.values["accepts_male"]) == (True, False)


def test_text_loses_its_mark_up_and_keeps_its_lines() -> None:
    described = "<p>Rooms &amp; support:</p>\r\n• short   \n \n \n• long<br>for age < 25 and > 18"
    read = read_entry(entry(description=described))
    assert read.values["description"] == "Rooms & support:\n\n• short\n\n• long\nfor age < 25 and > 18"


def test_schedules_give_the_first_and_the_last_day() -> None:
    schedules = [
        {"valid_from": "2025-04-01", "valid_to": "2026-03-31"},
        {"valid_from": "2024-04-01T00:00:00Z", "valid_to": "2027-03-31"},
    ]
    read = read_entry(entry(schedules=schedules))
    assert (read.values["opens_on"], read.values["closes_on"]) == (date(2024, 4, 1), date(2027, 3, 31))


def test_one_schedule_without_an_end_leaves_the_service_open() -> None:
    schedules = [
        {"valid_from": "2024-04-01", "valid_to": "2025-03-31"},
        {"valid_from": "2025-04-01", "valid_to": None},
    ]
    assert read_entry(entry(schedules=schedules)).values["closes_on"] is None


def test_what_an_entry_does_not_say_is_left_to_the_portal() -> None:
    assert not {"intake_email", "telephone", "delivery", "welsh_offer"} & read_entry(entry()).values.keys()


def test_what_an_entry_says_of_contact_and_manner_is_taken() -> None:
    told = entry(
        email="intake@cartref.example",
        phones=[{"number": None}, {"number": "01632 960001"}],
        languages=[{"name": "English"}, {"code": "cy"}],
        service_at_locations=[
            {"location": {"name": "Newport", "location_type": "physical"}},
            {"location": {"location_type": "virtual"}},
        ],
    )
    values = read_entry(told).values
    assert values["intake_email"] == "intake@cartref.example"
    assert values["telephone"] == "01632 960001"
    assert values["welsh_offer"] is True
    assert values["delivery"] == ["in_person", "video"]
    assert values["places"] == "Newport"


def test_an_area_is_sought_by_its_code_first() -> None:
    area = {"name": "Cardiff", "uri": "http://statistics.data.gov.uk/id/statistical-geography/W06000015"}
    assert read_entry(entry(service_areas=[area])).values["areas"] == (("W06000015", "Cardiff"),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("Rooms", "it is not an object"),
        (entry(id=None), "id is missing"),
        (entry(name="  "), "name is missing"),
        (entry(name=7), "name is not text"),
        (entry(name="x" * 201), "name is longer than 200 characters"),
        (entry(name="Ro\x00oms"), "name holds characters that cannot be stored"),
        (entry(description="\ud800"), "description holds characters that cannot be stored"),
        (entry(organization=None), "organization is missing"),
        (entry(organization={"id": "org-1"}), "organization.name is missing"),
        (entry(status="open"), "status is none of active, inactive, defunct, temporarily closed"),
        (entry(minimum_age=26, maximum_age=25), "minimum_age 26 is above the maximum, 25"),
        (entry(minimum_age="old"), "minimum_age is not a whole number of years"),
        (entry(maximum_age=-1), "maximum_age is not a whole number of years"),
        (entry(maximum_age=float("nan")), "maximum_age is not a whole number of years"),
        (entry(schedules=[{"valid_from": "1 April"}]), "valid_from is not a date such as 2026-04-01"),
        (entry(schedules=[{"valid_from": "2026-04-01", "valid_to": "2025-04-01"}]),
         "valid_to 2025-04-01 is before valid_from 2026-04-01"),
        (entry(attributes=[7]), "attributes is not a list of objects"),
        (entry(attributes=[{"taxonomy_term": 7}]), "taxonomy_term is not an object"),
        (entry(attributes=[attribute("")]), "taxonomy_term.name is missing"),
        (entry(service_areas=[{"name": None}]), "service_areas.name is missing"),
        (entry(email="nobody"), "email is not an email address"),
    ],
)  # fmt: skip
def test_a_broken_entry_is_refused_with_its_reason(raw: object, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_entry(raw)
    assert str(refused.value) == reason

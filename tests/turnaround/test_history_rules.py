"""Every rule of a past referral: what refuses the row, what is only said, and in which words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from portal.sheets.findings import read_date
from portal.turnaround.history_checking import Checked, Known, check
from portal.turnaround.history_reading import read
from tests.turnaround.history_files import as_csv, row

pytestmark = pytest.mark.usefixtures("database")

TODAY = date(2026, 11, 22)
KNOWN = Known(
    areas={"cardiff": (3, 15), "newport": (2, 22), "south wales": (3, None)},
    agencies={"nacro": 1, "asiantaeth gŵyr": 1, "pobl": 2},
    agency_names={"nacro": "Nacro", "asiantaeth gŵyr": "Asiantaeth Gŵyr", "pobl": "Pobl"},
    services={(1, "rooms"): 11, (2, "flats"): 12},
)


def checked(*rows: dict[str, Any], known: Known = KNOWN) -> Checked:
    return check(read(as_csv(*rows)), known, TODAY)


def found(*rows: dict[str, Any], known: Known = KNOWN) -> list[tuple[int, str, str, bool]]:
    return [(one.line, one.column, str(one.reason), one.refuses) for one in checked(*rows, known=known).found]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("29/02/2024", date(2024, 2, 29)),
        ("1/2/2024", date(2024, 2, 1)),
        *[
            (text, None)
            for text in (
                "2023-02-29", "31/04/2024", "02/29/2024", "1/2/24", "2024-2-1", "2024/02/01", "20240201", "٢٠٢٤-٠٢-٠١",
                "٣٤", "yesterday", "=TODAY()", "45383", "0000-01-01", "2024-02-01T00:00", "-1", "9" * 400,
            )
        ],
    ],
)  # fmt: skip
def test_dates_are_iso_or_british_and_nothing_else(text: str, day: date | None) -> None:
    assert read_date(text) == day


ACCEPTED = {"decided_on": "2024-03-10", "decision": "accepted_priority"}
DECLINED = {"decided_on": "2024-03-10", "decision": "declined", "decline_reason": "no_capacity"}


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"reference": ""}, "reference", "missing"),
        ({"agency": " "}, "agency", "missing"),
        ({"need": ""}, "need", "missing"),
        ({"area": ""}, "area", "missing"),
        ({"sent_on": ""}, "sent_on", "missing"),
        ({"need": "hats"}, "need", "“hats” is not one of: housing, "),
        ({"cohort": "loose"}, "cohort", "fixed, flex, free"),
        ({"area": "London"}, "area", "“London” is not a local authority"),
        ({**ACCEPTED, "decision": "yes"}, "decision", "accepted_priority, accepted_standard, declined"),
        ({**DECLINED, "decline_reason": "full"}, "decline_reason", "“full” is not one of: no_capacity, "),
        ({"closed_on": "2024-04-01", "outcome": "good"}, "outcome", "met, partly_met, not_met"),
        ({"sent_on": "32/01/2024"}, "sent_on", "is not a date"),
        ({"sent_on": "1999-12-31"}, "sent_on", "before the year 2000"),
        ({"acknowledged_on": "2026-11-23"}, "acknowledged_on", "in the future"),
        *[
            ({**extra, column: "2024-03-03"}, column, "before it was sent")
            for column, extra in {
                "acknowledged_on": {},
                "decided_on": {"decision": "accepted_standard"},
                "first_appointment_offered_on": {},
                "service_started_on": {},
                "closed_on": {},
                "withdrawn_on": {},
            }.items()
        ],
        ({"service_started_on": "2024-03-09", "closed_on": "2024-03-08"}, "closed_on", "before the service started"),
        ({**ACCEPTED, "closed_on": "2024-03-08"}, "closed_on", "before it was decided"),
        ({"closed_on": "2024-03-08", "withdrawn_on": "2024-03-08"}, "withdrawn_on", "Both closed and withdrawn"),
        ({"decision": "declined"}, "decided_on", "decision without its date"),
        ({"decided_on": "2024-03-10"}, "decision", "without the decision"),
        ({**DECLINED, "service_started_on": "2024-03-12"}, "service_started_on", "Declined, but"),
        ({"reference": "a\x00b"}, "reference", "cannot be shown"),
        ({"agency": "Na\u2028cro"}, "agency", "cannot be shown"),
        ({"reference": "x" * 101}, "reference", "more than 100"),
        ({"agency": "x" * 100_000}, "agency", "more than 200"),
    ],
)  # fmt: skip
def test_what_cannot_be_refuses_its_row(changed: dict[str, str], column: str, said: str) -> None:
    result = checked(row(**changed), row(reference="good"))
    assert [past.values["reference"] for past in result.rows] == ["good"]
    assert result.refused == 1
    [finding] = result.found
    assert (finding.line, finding.column, finding.refuses) == (2, column, True)
    assert said in str(finding.reason)


@pytest.mark.parametrize(
    ("changed", "column", "said", "kept"),
    [
        ({**ACCEPTED, "acknowledged_on": "2024-03-11"}, "acknowledged_on", "after the decision", {}),
        ({**ACCEPTED, "service_started_on": "2024-03-08"}, "service_started_on", "before the decision", {}),
        ({**ACCEPTED, "withdrawn_on": "2024-03-08"}, "decided_on", "Decided after it was withdrawn", {}),
        (
            {**DECLINED, "first_appointment_offered_on": "2024-03-11"},
            "first_appointment_offered_on",
            "after the decline",
            {"first_offer_on": date(2024, 3, 11)},
        ),
        ({**DECLINED, "decline_reason": ""}, "decline_reason", "counted as other", {"decline_reason": "other"}),
        ({**ACCEPTED, "decline_reason": "other"}, "decline_reason", "left out", {"decline_reason": None}),
        ({"outcome": "met"}, "outcome", "left out", {"outcome": None}),
        ({"sent_on": "2014-12-31"}, "sent_on", "no figure reaches so far back", {"sent_on": date(2014, 12, 31)}),
        ({"service": "Palace"}, "service", "Nacro has no service called “Palace”", {"service_id": None}),
    ],
)  # fmt: skip
def test_what_is_odd_is_said_and_kept(
    changed: dict[str, str], column: str, said: str, kept: dict[str, Any]
) -> None:
    result = checked(row(**changed))
    [finding], [past] = result.found, result.rows
    assert (finding.line, finding.column, finding.refuses) == (2, column, False)
    assert said in str(finding.reason)
    assert {name: past.values.get(name) for name in kept} == kept


def test_a_whole_good_row_has_nothing_said_of_it() -> None:
    result = checked(
        row(
            agency="  NACRO ",
            service="rooms",
            need="Substance misuse",
            area="CARDIFF",
            cohort="Flex",
            acknowledged_on="05/03/2024",
            first_appointment_offered_on="2024-03-06",
            service_started_on="2024-03-20",
            closed_on="2024-06-01",
            outcome="partly met",
            **ACCEPTED,
        )
    )
    assert result.found == []
    assert result.rows[0].values == {
        "reference": "1",
        "agency_id": 1,
        "service_id": 11,
        "need_code": "substance_misuse",
        "area_id": 3,
        "local_authority_id": 15,
        "cohort": "flex",
        "sent_on": date(2024, 3, 4),
        "acknowledged_on": date(2024, 3, 5),
        "decided_on": date(2024, 3, 10),
        "decision": "accepted_priority",
        "first_offer_on": date(2024, 3, 6),
        "started_on": date(2024, 3, 20),
        "closed_on": date(2024, 6, 1),
        "outcome": "partly_met",
    }


def test_everything_that_cannot_be_read_in_a_row_is_said() -> None:
    assert [one[1] for one in found(row(need="x", cohort="y", sent_on="z", area="?"))] == [
        *("need", "cohort", "sent_on", "area")
    ]


def test_of_rows_with_one_agency_and_reference_the_first_good_one_counts() -> None:
    rows = [row(need="x"), row(sent_on="2024-03-05"), row(agency="nacro"), row(agency="Pobl")]
    result = checked(*rows)
    assert [(past.line, past.agency) for past in result.rows] == [(3, "nacro"), (5, "pobl")]
    assert (4, "reference", "The same agency and reference as line 3", True) in found(*rows)


def test_an_unknown_agency_is_said_once_with_what_may_be_meant() -> None:
    rows = [row(agency="Nakro"), row(agency="nakro", reference="2"), row(agency="Elsewhere", reference="3")]
    said = found(*rows)
    assert [(one[0], one[1], one[3]) for one in said] == [(2, "agency", False), (4, "agency", False)]
    assert said[0][2].endswith("Did you mean Nacro?")
    assert "Did you mean" not in said[1][2]
    assert checked(*rows).new_agencies == {"nakro": "Nakro", "elsewhere": "Elsewhere"}


def test_a_service_of_another_agency_is_not_this_ones_and_is_said_once() -> None:
    said = found(row(service="Flats"), row(service="FLATS", reference="2"))
    assert [(one[0], one[1]) for one in said] == [(2, "service")]


def test_accents_written_in_two_parts_are_the_same_name() -> None:
    assert checked(row(agency="Asiantaeth Gw\u0302yr")).rows[0].values["agency_id"] == 1


def test_rows_of_other_areas_are_refused_to_whoever_may_not_import_them() -> None:
    mine = Known(**{**vars(KNOWN), "area_ids": {3}})
    said = found(row(area="Newport"), row(reference="2", area="South Wales"), known=mine)
    assert said == [(2, "area", "Newport is not an area that you work for", True)]


def test_columns_that_are_not_read_are_said_and_rows_with_too_many_cells_refused() -> None:
    sheet = read(
        b"reference,agency,need,area,sent_on,surname\n1,Nacro,housing,Cardiff,2024-03-04,Example,x\n"
    )
    result = check(sheet, KNOWN, TODAY)
    assert [str(one.reason)[:30] for one in result.found] == [
        "Columns that are not read: sur",
        "The row has more cells than th",
    ]
    assert result.rows == []


def test_findings_are_in_the_readers_language(app: Flask) -> None:
    [finding] = checked(row(sent_on="2099-01-01")).found
    with app.test_request_context(headers={"Accept-Language": "cy"}):
        assert str(finding.reason) == "Mae 2099-01-01 yn y dyfodol"

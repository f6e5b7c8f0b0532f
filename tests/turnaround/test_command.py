"""The command `turnaround`: the document of the contract, from real rows."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.agencies.models import Service
from tests.factories import GWENT, area, make_agency, make_person, make_service
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30", "--as-of", "2026-12-31")
ROW_KEYS = [
    *("key", "label", "need", "measure", "n", "events", "competing", "censored", "excluded"),
    *("median", "median_low", "median_high", "promise_days", "within_promise", "judged", "share_by"),
    *("open_now", "past_promise_now", "oldest_open_days", "flag"),
]


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["turnaround", *arguments])


def document(app: Flask, *arguments: str) -> dict[str, Any]:
    result = run(app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


@pytest.fixture
def nacro(database: None) -> Service:
    """All sent on Monday 2 November 2026: 3 priority on day 2, 1 standard on day 6, 1 withdrawn, 1 open, 1 in error."""
    service, sent = make_service(make_agency("Nacro")), date(2026, 11, 2)
    for _ in range(3):
        make_row(service, sent=sent, priority=sent + timedelta(days=2), cohort="fixed")
    make_row(service, sent=sent, standard=sent + timedelta(days=8))
    make_row(service, sent=sent, withdrawn=sent + timedelta(days=1))
    make_row(service, sent=sent, person=make_person(cohort=None, restricted=True))
    make_row(service, sent=sent, withdrawn=sent, why="sent_in_error")
    return service


def test_the_document_of_the_contract(app: Flask, nacro: Service) -> None:
    found = document(app, *NOVEMBER)
    assert list(found) == ["as_of", "from", "to", "days", "by", "rows"]
    assert [found[key] for key in ("as_of", "from", "to", "days", "by")] == [
        "2026-12-31",
        "2026-11-01",
        "2026-11-30",
        "working",
        "agency",
    ]
    [row] = found["rows"]
    assert list(row) == ROW_KEYS
    shares = row.pop("share_by")
    assert row == {
        "key": str(nacro.agency_id),
        "label": "Nacro",
        "need": "housing",
        "measure": "M1",
        "n": 6,
        "events": 4,
        "competing": 1,
        "censored": 1,
        "excluded": 1,
        "median": 2,
        "median_low": 2,
        "median_high": None,
        "promise_days": None,
        "within_promise": None,
        "judged": None,
        "open_now": 1,
        "past_promise_now": None,
        "oldest_open_days": 41,
        "flag": None,
    }
    assert [share["day"] for share in shares] == [5, 10, 20]
    assert list(shares[0]) == ["day", "share", "low", "high", "competing", "waiting"]
    assert shares[0]["share"] == pytest.approx(3 / 6, abs=1e-15)
    assert shares[1]["share"] == pytest.approx(4 / 6, abs=1e-15)
    assert (shares[0]["competing"], shares[0]["waiting"]) == pytest.approx((1 / 6, 2 / 6), abs=1e-15)
    assert 0 < shares[0]["low"] < shares[0]["share"] < shares[0]["high"] < 1


def test_priority_granted_in_plain_numbers(app: Flask, nacro: Service) -> None:
    [row] = document(app, *NOVEMBER, "--measure", "M4")["rows"]
    assert list(row) == [*ROW_KEYS, "granted", "granted_of", "granted_low", "granted_high", "mature_days"]
    assert [
        row[key] for key in ("n", "events", "competing", "open_now", "granted", "granted_of", "mature_days")
    ] == [
        6,
        3,
        2,
        1,
        3,
        5,
        20,
    ]
    assert (row["granted_low"], row["granted_high"]) == pytest.approx((0.2307, 0.8824), abs=1e-4)


def test_exactly_the_days_asked_for(app: Flask, nacro: Service) -> None:
    [row] = document(app, *NOVEMBER, "--share-days", "0,2,400", "--days", "calendar")["rows"]
    assert [share["day"] for share in row["share_by"]] == [0, 2, 400]
    assert row["oldest_open_days"] == 59


def test_the_command_sees_everything(app: Flask, nacro: Service) -> None:
    make_row(nacro, sent=date(2026, 11, 3), person=make_person(cohort=None, area=area(GWENT)))
    rows = document(app, *NOVEMBER, "--by", "area")["rows"]
    assert [(row["key"], row["label"], row["n"]) for row in rows] == [
        (GWENT, "Gwent Police", 1),
        (area().code, "South Wales Police", 6),
    ]


def test_groups_by_cohort_month_and_need(app: Flask, nacro: Service) -> None:
    cohorts = document(app, *NOVEMBER, "--by", "cohort")["rows"]
    assert [(row["key"], row["label"], row["n"]) for row in cohorts] == [
        ("fixed", "Fixed", 3),
        ("none", "No cohort", 3),
    ]
    [month] = document(app, *NOVEMBER, "--by", "month")["rows"]
    assert (month["key"], month["label"]) == ("2026-11", "November 2026")
    [need] = document(app, *NOVEMBER, "--by", "need")["rows"]
    assert (need["key"], need["label"]) == ("housing", "Housing")


def test_filters(app: Flask, nacro: Service) -> None:
    for arguments, rows in [
        (("--agency", "nacro"), 1),
        (("--agency", str(nacro.agency_id)), 1),
        (("--need", "health"), 0),
        (("--area", "gwent"), 0),
        (("--area", "W15000003"), 1),
        (("--cohort", "flex"), 0),
    ]:
        assert len(document(app, *NOVEMBER, *arguments)["rows"]) == rows, arguments


def test_a_period_without_referrals_has_no_rows(app: Flask, nacro: Service) -> None:
    assert document(app, "--from", "2025-01-01", "--to", "2025-01-31", "--as-of", "2025-12-31")["rows"] == []


def test_a_table_to_read(app: Flask, nacro: Service) -> None:
    output = run(app, *NOVEMBER).output
    assert "How soon does the agency answer?" in output
    assert output.splitlines()[-1].split() == [
        "Nacro",
        "housing",
        "6",
        "1",
        "50%",
        "67%",
        "67%",
        "2",
        "1",
        "41",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--measure", "M9"),
        ("--from", "2026-13-01"),
        ("--from", "2026-11-30", "--to", "2026-11-01"),
        ("--from", "٢٠٢٦-11-01"),
        ("--as-of", "2050-01-01"),
        ("--as-of", "2014-12-31"),
        ("--to", "0001-01-01", "--from", "0001-01-02"),
        ("--agency", "nobody"),
        ("--agency", "99999999999999"),
        ("--area", "Atlantis"),
        ("--need", "zzz"),
        ("--share-days", "5,x"),
        ("--share-days", "-1"),
        ("--days", "net"),
        ("--by", "worker"),
    ],
)
def test_a_wrong_option_is_refused(app: Flask, arguments: tuple[str, ...]) -> None:
    result = run(app, *arguments)
    assert result.exit_code == 2
    assert "Error:" in result.output

"""`turnaround --json` of every measure, by rows worked out by hand. November 2026: the 2nd is a Monday."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.dialects.postgresql import Range

from portal.agencies.models import Service
from tests.factories import make_agency, make_service
from tests.promises.rows import make_wait
from tests.turnaround.rows import make_row, noon

pytestmark = pytest.mark.usefixtures("database")


def day(number: int) -> date:
    return date(2026, 11, number)


def rows(app: Flask, measure: str, *more: str) -> list[dict[str, Any]]:
    period = ["--from", "2026-11-01", "--to", "2026-11-30", "--as-of", "2026-11-30"]
    result = app.test_cli_runner().invoke(args=["turnaround", "--measure", measure, *period, "--json", *more])
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)["rows"]
    return found


@pytest.fixture
def service(database: None) -> Service:
    return make_service(make_agency("Nacro"))


def test_a_promise_is_judged_on_net_days_once_it_would_be_broken(app: Flask, service: Service) -> None:
    agreed = {"promise_acknowledge": 1, "promise_decide": 5, "promise_offer": 10}
    make_row(service, sent=day(2), priority=day(9), **agreed)  # day 5: kept
    make_row(service, sent=day(2), standard=day(10), **agreed)  # day 6: not
    make_row(service, sent=day(2), **agreed)  # waits: not
    make_row(service, sent=day(2), withdrawn=day(5), **agreed)  # before it fell due: not judged
    make_row(service, sent=day(2), withdrawn=day(12), **agreed)  # after: not kept
    make_row(service, sent=day(23), **agreed)  # day 5 of 5: not yet
    make_row(service, sent=day(24), priority=day(25), **agreed)  # day 4, answered: not judged yet
    [m1] = rows(app, "M1")
    promised = ("promise_days", "within_promise", "judged", "past_promise_now")
    assert [m1[name] for name in promised] == [5, 1, 4, 1]
    found = {row["promise"]: row for row in rows(app, "M6")}
    assert [found["M1"][name] for name in promised] == [5, 1, 4, 1]
    # Acknowledged with the decision: in time on day 1 only. Withdrawn on day 3 and 8: past the first day, unanswered.
    assert [found["M0"][name] for name in promised] == [1, 1, 7, 2]
    # Nobody was offered anything by the tenth day; withdrawn before it: not judged.
    assert [found["M2"][name] for name in promised] == [10, 0, 3, 3]
    [m3] = rows(app, "M3")
    assert [m3[name] for name in promised] == [None] * 4


def test_rests_do_not_count_on_the_net_clock(app: Flask, service: Service) -> None:
    """Sent on Monday, asked on Tuesday, answered on Thursday, accepted on Friday: 4 − 2 = 2."""
    make_row(
        service, sent=day(2), priority=day(6), promise_decide=3, rests=[Range(day(3), day(5))], rest_count=1
    )
    gross, net = rows(app, "M1")[0], rows(app, "M1", "--clock", "net")[0]
    assert (gross["median"], net["median"]) == (4, 2)
    assert rows(app, "M1", "--clock", "net", "--days", "calendar")[0]["median"] == 2
    for row in (gross, net):
        assert (row["within_promise"], row["judged"]) == (1, 1)


def test_faster_than_usual_is_in_the_unit_of_the_usual_wait(app: Flask, service: Service) -> None:
    make_wait(service, days=10, unit="working", as_of=date(2026, 1, 1))
    for number in range(24):
        offered = noon(day(5) if number < 22 else None)
        make_row(service, sent=day(2), priority=day(3), first_offer_at=offered)
    [row] = rows(app, "M5")
    assert (row["usual_days"], row["usual_unit"], row["n"], row["verdict"]) == (10, "working", 24, "faster")
    assert row["faster_share"] == pytest.approx(22 / 24)
    assert row["ratio"] == pytest.approx(0.3)
    assert row["measure"] == "M5"


def test_a_target_is_no_usual_wait(app: Flask, service: Service) -> None:
    make_wait(service, days=10, kind="target", as_of=date(2026, 1, 1))
    make_row(service, sent=day(2), priority=day(3), first_offer_at=noon(day(5)))
    [row] = rows(app, "M5")
    assert (row["usual_days"], row["verdict"], row["faster_share"]) == (None, None, None)


def test_outcomes_are_counts(app: Flask, service: Service) -> None:
    for outcome in ("met", "met", "partly_met", "not_met"):
        make_row(
            service, sent=day(2), priority=day(3), started_at=noon(day(4)), closed_at=noon(day(12)), status="closed",
            ended_from="in_service", outcome=outcome, close_reason="completed",
        )  # fmt: skip
    make_row(service, sent=day(2), withdrawn=day(4))
    make_row(service, sent=day(2))
    [row] = rows(app, "M7")
    assert [row[name] for name in ("n", "met", "partly_met", "not_met", "withdrawn", "open")] == [
        6,
        2,
        1,
        1,
        1,
        1,
    ]
    assert row["appointments"]["offered"] == 0


def test_an_agency_far_from_the_others_is_flagged(app: Flask) -> None:
    for number in range(6):
        service = make_service(make_agency(f"Asiantaeth {number}"))
        for _ in range(15):
            make_row(service, sent=day(2), priority=day(4) if number else day(20))
    flags = {row["label"]: row["flag"] for row in rows(app, "M1")}
    assert flags["Asiantaeth 0"] == "investigate"
    assert [row["flag"] for row in rows(app, "M1", "--agency", "Asiantaeth 0")] == ["investigate"]

"""The referrals behind each figure: as many as the figure says, whatever is asked and whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.referrals.models import Referral
from portal.turnaround import behind
from portal.turnaround import history_importing as importing
from portal.turnaround.behind import Chosen, count_behind, list_behind
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.counting import together
from portal.turnaround.declines import cause, decline_counts, withdrawal_counts
from portal.turnaround.filters import Filter, months_before
from portal.turnaround.history_reading import read
from portal.turnaround.outcomes import referral_counts
from portal.turnaround.pressing import beside_counts
from portal.turnaround.result import Row, figures
from tests.factories import GWENT, area, make_agency, make_service
from tests.turnaround.history_files import as_csv, row
from tests.turnaround.rows import make_row, noon
from tests.turnaround.test_pages import TODAY
from tests.turnaround.test_tally import some_row

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def take_in(*rows: dict[str, Any]) -> None:
    report = importing.examine(read(as_csv(*rows)), TODAY)
    importing.take_in(report, token="t", file_name="x.csv")


def counted(found: Row, measure: str) -> Iterable[tuple[str, int]]:
    """The figures of a row and what they count."""
    if measure == "M4":
        granted = found.in_time
        yield "priority", granted.part
        yield "not_priority", granted.whole - granted.part
        yield "granted_besides", int(found.counts.event.sum()) - granted.part
        return
    yield "sent", found.n
    yield "left_out", found.excluded
    yield "waiting", found.open_now
    yield "answered_in_time", found.in_time.part
    yield "answered_late", found.in_time.whole - found.in_time.part
    if found.promise:
        yield "kept", found.promise.kept.part
        yield "not_kept", found.promise.kept.whole - found.promise.kept.part
        yield "late_now", found.promise.late_now


def listed(asked: Filter, chosen: Chosen, scope: Scope) -> list[int]:
    """The numbers of all pages, one after the other."""
    ids: list[int] = []
    cursor = None
    while True:
        rows, more = list_behind(asked, chosen, scope, cursor)
        ids += [each.id for each in rows]
        if not more:
            return ids
        cursor = rows[-1].sent_at, rows[-1].id


@pytest.fixture
def random_rows(database: None) -> Random:
    """Eighty referrals somewhere in their lives, and three imported ones."""
    random = Random(7)  # noqa: S311
    services = [
        make_service(make_agency("Nacro")),
        make_service(make_agency()),
        make_service(needs=("mental_health",)),
    ]
    for _ in range(80):
        some_row(random, services)
    closed_rows(services)
    sent = (TODAY - timedelta(days=60)).isoformat()
    decided = (TODAY - timedelta(days=50)).isoformat()
    take_in(
        row(reference="1", sent_on=sent),
        row(reference="2", sent_on=sent, withdrawn_on=decided),
        row(
            reference="3", sent_on=sent, decided_on=decided, decision="declined", decline_reason="no_capacity"
        ),
    )
    return random


def questions(random: Random) -> Iterable[tuple[Filter, Scope]]:
    people = db.session.scalars(sa.select(Referral.person_id).where(Referral.restricted)).all()
    [nacro] = set(db.session.scalars(sa.text("SELECT id FROM agency WHERE name = 'Nacro'")))
    asked = Filter(months_before(TODAY, 4), TODAY - timedelta(days=10), TODAY)
    south, gwent = area().id, area(GWENT).id
    yield asked, SYSTEM
    yield replace(asked, clock="net", days="calendar"), SYSTEM
    yield replace(asked, as_of=TODAY - timedelta(days=40)), Scope("iom", 1, area_ids=(south, gwent))
    yield replace(asked, cohort="flex"), Scope("iom", 1, area_ids=(gwent,), person_ids=tuple(people[:3]))
    yield (
        replace(asked, by="service", need="housing"),
        Scope("agency", 1, agency_id=nacro, area_ids=None, service_ids=None),
    )


def test_it_holds_exactly_the_referrals_that_the_figure_counted(random_rows: Random) -> None:
    seen: dict[str, int] = {}
    for asked, scope in questions(random_rows):
        enter_scope(scope)
        for code in BY_CODE:
            [rows] = figures(asked, BY_CODE[code])
            for found in rows:
                narrowed = _narrowed(asked, found)
                for figure, number in counted(found, code) if narrowed else ():
                    chosen = Chosen(figure, code)
                    behind_it = count_behind(narrowed, chosen, scope)[figure]  # type: ignore[arg-type]
                    assert behind_it.all == number, (asked, scope, code, figure)
                    ids = listed(narrowed, chosen, scope)  # type: ignore[arg-type]
                    assert len(ids) == len(set(ids)) == number - behind_it.imported
                    seen[figure] = seen.get(figure, 0) + number
    enter_scope(SYSTEM)
    assert set(seen) == set(behind.OF_A_MEASURE)
    assert all(seen.values()), seen


def _narrowed(asked: Filter, found: Row) -> Filter | None:
    """As the links of the summary do; a row without a service has none."""
    if asked.by == "agency":
        return replace(asked, need=found.need, agency_id=int(found.key))
    return replace(asked, need=found.need, service_id=int(found.key)) if found.key != "none" else None


def test_declines_and_withdrawals_by_reason_and_cause(random_rows: Random) -> None:
    for asked, scope in questions(random_rows):
        enter_scope(scope)
        by_agency = replace(asked, by="agency")
        for figure, counts in (
            ("declined", decline_counts(by_agency, scope)),
            ("withdrawn", withdrawal_counts(by_agency, scope)),
        ):
            total = together(counts).get(figure, 0)
            assert count_behind(asked, Chosen(figure), scope)[figure].all == total
            for reason in {each.part for each in counts if each.part}:
                number = sum(each[figure] for each in counts if each.part == reason)
                assert count_behind(asked, Chosen(figure, reason=reason), scope)[figure].all == number
        counts = decline_counts(by_agency, scope)
        for why in ("agency", "person", "referral"):
            number = sum(each["declined"] for each in counts if each.part and cause(each.part) == why)
            assert count_behind(asked, Chosen("declined", cause=why), scope)["declined"].all == number
    enter_scope(SYSTEM)


def test_what_became_of_referrals_and_what_is_known_beside_it(random_rows: Random) -> None:
    seen: dict[str, int] = {}
    for asked, scope in questions(random_rows):
        enter_scope(scope)
        by_agency = replace(asked, by="agency")
        became, beside = (together(counts(by_agency, scope)) for counts in (referral_counts, beside_counts))
        became["ended"] = sum(became.get(code, 0) for code in ("met", "partly_met", "not_met"))
        for page, counted in (("needs", became), ("chases", beside)):
            for figure, name in behind.OF_PAGES[page].items():
                number = count_behind(asked, Chosen(figure), scope)[figure]
                assert number.all == counted.get(name, 0), (asked, scope, figure)
                assert len(listed(asked, Chosen(figure), scope)) == number.all - number.imported
                seen[figure] = seen.get(figure, 0) + number.all
    enter_scope(SYSTEM)
    unseen = {figure for figure, number in seen.items() if not number}
    assert unseen <= {
        "pressed",
        "escalated",
        "late_agency",
        "late_iom",
        "reassigned",
        "reversed",
        "referred_again",
    }  # see flow_rows


def closed_rows(services: list[Service]) -> None:
    """Some that the agency closed, with help begun or without, and some sent to the wrong service."""
    for number, outcome in enumerate(("met", "met", "partly_met", "not_met") * 3):
        sent = TODAY - timedelta(days=50 + number)
        started = noon(sent + timedelta(days=4)) if number % 2 else None
        ended = {
            "status": "closed",
            "ended_from": "in_service" if started else "accepted",
            "outcome": outcome,
        }
        make_row(
            services[number % 3],
            sent=sent,
            priority=sent + timedelta(days=2),
            started_at=started,
            closed_at=noon(sent + timedelta(days=20)),
            **ended,
        )
    for service in services:
        sent = TODAY - timedelta(days=44)
        make_row(service, sent=sent, declined=sent, status="declined", reason="wrong_service")

"""The tally gives what counting every referral gives, whatever has happened since it was last added up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agencies.calendar import working_days
from portal.db import SYSTEM, Scope, as_owner, db, enter_scope
from portal.referrals.models import Referral
from portal.turnaround import tally, usual_facts
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.facts import Group, day_counts
from portal.turnaround.filters import Filter, months_before
from tests.factories import CARDIFF, GWENT, area, make_agency, make_person, make_service
from tests.promises.rows import make_wait
from tests.turnaround.rows import make_row, noon

MEASURES = [BY_CODE["M1"], BY_CODE["M4"]]
TODAY = date.today()  # noqa: DTZ011 - the tally is of today


def plain(groups: list[Group]) -> dict[tuple[Any, str, str], Any]:
    """Groups as values that compare."""
    found = {}
    for group in groups:
        counts = tuple(
            tuple((int(day), int(column[day])) for day in column.nonzero()[0])
            for column in (group.counts.event, group.counts.competing, group.counts.censored)
        )
        rest = {name: value for name, value in vars(group).items() if name not in ("key", "need", "counts")}
        found |= {(group.key, group.need, name): value for name, value in rest.items()}
        found[group.key, group.need, "counts"] = counts
    return found


def both_ways(asked: Filter, scope: Scope) -> None:
    assert tally.serves(asked, MEASURES, scope), asked
    by_tally = tally.day_counts(asked, MEASURES, scope)
    for measure, groups in zip(MEASURES, by_tally, strict=True):
        ours, theirs = plain(groups), plain(day_counts(asked, measure, scope))
        differ = {
            key: (ours.get(key), theirs.get(key)) for key in ours | theirs if ours.get(key) != theirs.get(key)
        }
        assert not differ, (measure.code, asked, scope)
    codes = tally.read(asked, scope)
    assert usual_facts.from_tally(codes, asked, scope) == usual_facts.from_referrals(asked, scope)


def fold() -> None:
    db.session.execute(sa.text("SELECT fold_tally()"))


def some_row(random: Random, services: list[Any]) -> Referral:
    """A referral somewhere in its life, sent within the last seven months."""
    sent = TODAY - timedelta(days=random.randint(0, 210))
    later = min(sent + timedelta(days=random.randint(0, 60)), TODAY)
    last = min(later + timedelta(days=random.randint(0, 40)), TODAY)
    values: dict[str, Any] = random.choice(
        [{}, {"priority": later}, {"standard": later}, {"declined": later}, {"declined": later, "final": last},
         {"declined": later, "reversed_to_priority": last}, {"withdrawn": later}, {"priority": later, "withdrawn": last},
         {"withdrawn": later, "why": "sent_in_error"}, {"declined": later, "final": last, "reason": "duplicate"}]
    )  # fmt: skip
    promise = random.choice([None, 0, 5, 10])
    late = None if promise is None or random.random() < 0.1 else working_days().add(sent, promise + 1)
    person = make_person(restricted=random.random() < 0.2, area=random.choice([area(), area(GWENT)]))
    return make_row(
        random.choice(services), sent=sent, person=person, promise_decide=promise, late_decide=late,
        cohort=random.choice([None, "fixed", "flex"]), area_id=person.area_id, restricted=person.restricted,
        local_authority_id=person.local_authority_id, **values,
        **random.choice([{}, {}, {"first_offer_at": noon(later)}]),
    )  # fmt: skip


def questions(random: Random, services: list[Any]) -> list[tuple[Filter, Scope]]:
    """Filters and viewers that the tally answers."""
    asked = Filter(months_before(TODAY, 6), TODAY, TODAY)
    force = services[0].agency.id
    narrowed = [
        asked,
        replace(asked, from_on=TODAY.replace(day=1), to_on=TODAY),
        replace(asked, from_on=months_before(TODAY, 5).replace(day=1), to_on=months_before(TODAY, 1)),
        replace(asked, from_on=TODAY - timedelta(days=9), to_on=TODAY - timedelta(days=2)),
        replace(asked, from_on=date(2019, 1, 1), to_on=date(2019, 12, 31)),
        *(replace(asked, by=by) for by in ("need", "area", "cohort", "month")),
        replace(asked, cohort="flex"),
        replace(asked, cohort="flex", by="month", to_on=TODAY - timedelta(days=20)),
        replace(asked, need="housing", agency_id=force, area_id=area(GWENT).id),
    ]
    restricted = db.session.scalars(sa.select(Referral.person_id).where(Referral.restricted)).all()
    named = tuple(random.sample(list(restricted), min(4, len(restricted))))
    scopes = [
        SYSTEM,
        Scope("figures", area_ids=None),
        Scope("iom", user_id=1, area_ids=(area(GWENT).id,), person_ids=named),
        Scope("iom", user_id=1, area_ids=(area(GWENT).id, area().id)),
    ]  # fmt: skip
    return [(one, scope) for one in narrowed for scope in scopes]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_agrees_with_the_referrals_however_they_change(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    services = [
        make_service(make_agency()),
        make_service(make_agency()),
        make_service(needs=("mental_health",)),
    ]
    make_wait(services[1], days=7, unit="calendar", until_step="start", as_of=TODAY - timedelta(days=90))
    make_wait(services[2], days=12, as_of=date(2020, 1, 1))
    rows = [some_row(random, services) for _ in range(60)]
    fold()
    for row in random.sample(rows, 20):
        row.cohort = random.choice([None, "free", "flex"])
        if row.decided_at is None and row.withdrawn_at is None and row.sent_at:
            row.decided_at = row.responded_at = row.accepted_at = min(
                row.sent_at + timedelta(days=8), row.sent_at
            )
            row.decision, row.status = "accepted_priority", "accepted"
    db.session.flush()
    rows += [some_row(random, services) for _ in range(20)]
    db.session.execute(sa.delete(Referral).where(Referral.id == rows.pop().id))
    rows[0].person.restricted = not rows[0].restricted
    make_wait(services[0], days=10)
    db.session.flush()
    for asked, scope in questions(random, services):
        enter_scope(scope)
        both_ways(asked, scope)
    enter_scope(SYSTEM)


@pytest.mark.usefixtures("database")
def test_what_it_cannot_answer_is_counted_from_the_referrals() -> None:
    asked = Filter(months_before(TODAY, 6), TODAY, TODAY)
    assert tally.serves(asked, MEASURES, SYSTEM)
    for other in (
        replace(asked, days="calendar"),
        replace(asked, clock="net"),
        replace(asked, as_of=TODAY - timedelta(days=1)),
        replace(asked, service_id=1),
        replace(asked, by="service"),
        replace(asked, area_id=area(CARDIFF).id),
    ):
        assert not tally.serves(other, MEASURES, SYSTEM)
    assert not tally.serves(asked, [BY_CODE["M2"]], SYSTEM)
    assert not tally.serves(asked, MEASURES, Scope("agency", agency_id=1))


def test_a_fault_is_found_and_mended(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        find_a_fault()


def find_a_fault() -> None:
    make_row(sent=TODAY - timedelta(days=30))
    faults = sa.text("SELECT count(*) FROM tally_faults()")
    assert db.session.scalar(faults) == 0
    db.session.execute(
        sa.text("UPDATE turnaround_tally SET numbers = array_fill(7, ARRAY[cardinality(numbers)])")
    )
    assert (db.session.scalar(faults) or 0) > 0
    db.session.execute(sa.text("SELECT rebuild_tally()"))
    assert db.session.scalar(faults) == 0

"""The page of one agency, for its own manager’s wall: for each need its promise, its answer, its usual wait, its trend.

Page and files read it. Its statements do not depend on how many needs or services there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import selectinload

from portal.agencies.lookup import alphabetical, forces_of
from portal.agencies.models import Area, Service
from portal.db import current_scope, db
from portal.i18n import language
from portal.promises.models import Agreement
from portal.promises.queries import list_every_in_force, list_usual
from portal.turnaround import files, page
from portal.turnaround.agency_cards import Card, against_card, priority_card, promise_cards, wait_card
from portal.turnaround.agency_promises import promises_of, promises_table
from portal.turnaround.agency_waits import Waited, against_table, waits_table
from portal.turnaround.asking import Question
from portal.turnaround.catalogue import ANSWER_DAYS, BY_CODE
from portal.turnaround.cells import Table
from portal.turnaround.curves import Curves, curves_of
from portal.turnaround.disclosure import published
from portal.turnaround.filters import Filter
from portal.turnaround.page import Section
from portal.turnaround.result import Row, figures
from portal.turnaround.summary import Entry, span
from portal.turnaround.trend_page import MONTHS, Trend, trend_of


@dataclass(frozen=True)
class Wall:
    """One need. `promises` is empty where nothing was promised, `no_promise` then says so. `tables` are those that the
    cards are made of; `curves` and `trend` are None where nothing was sent; `waiting_href` lists who waits."""

    section: Section
    promises: list[Card]
    no_promise: str
    priority: list[Card]
    tables: list[Table]
    curves: Curves | None
    trend: Trend | None
    waiting_href: str | None


@dataclass(frozen=True)
class _Said:
    """What was agreed for one need, and what is said of its usual waits."""

    agreements: list[Agreement]
    waits: list[Waited]


@dataclass(frozen=True)
class _Read:
    """What the database was asked for besides the summary: by need, and months of all needs."""

    acknowledged: dict[str, Row]
    offered: dict[str, Row]
    months: list[Row]
    said: dict[str, _Said]


def walls(question: Question) -> list[Wall]:
    """One for each need of the agency asked for."""
    asked = question.asked
    if asked is None or asked.agency_id is None:
        return []
    entries = page.entries_of_agency(asked)
    acknowledged, offered = figures(asked, BY_CODE["M0"], BY_CODE["M2"])
    # Of further back than the other figures, where no first day is chosen: a trend needs many months.
    [months] = figures(replace(question.form.further_back(asked, MONTHS), by="month"), BY_CODE["M1"])
    read = _Read(
        {row.need: row for row in acknowledged},
        {row.need: row for row in offered},
        months,
        _said(asked, [total.answer.need for total, _services in entries]),
    )
    return [
        _wall(total, page.section_of_agency(total, services, asked, question.viewer), read, question)
        for total, services in entries
    ]


@files.offer("agency", _l("One agency"))
def tables_of(question: Question) -> list[Table]:
    """All tables of the page, need by need."""
    return [
        table
        for wall in walls(question)
        for table in [*wall.tables, wall.section.summary, wall.section.bands]
    ]


def _wall(total: Entry, section: Section, read: _Read, question: Question) -> Wall:
    row, need, hide = total.answer, total.answer.need, question.viewer.hide_small
    said, key = read.said[need], section.summary.keys[0]
    months = [each for each in read.months if each.need == need]
    promises = promises_of([read.acknowledged.get(need), row, read.offered.get(need)], said.agreements)
    kept = _shown(promises_table(section.title, key, promises), hide)
    against = None
    if total.usual:
        against = _shown(against_table(section.title, key, row.label, total.usual), hide)
    cards = [priority_card(section.summary), wait_card(said.waits), against_card(against, said.waits)]
    tables = [kept, waits_table(section.title, said.waits), against]
    return Wall(
        section=section,
        promises=promise_cards(promises, kept),
        no_promise="" if promises else _no_promise(row.label, question),
        priority=[card for card in cards if card],
        tables=[table for table in tables if table and table.rows],
        curves=curves_of(need, [row], question) if row.n else None,
        trend=trend_of(months, question, need, f"trend-{need}"),
        waiting_href=_waiting_href(question, need, row),
    )


def _waiting_href(question: Question, need: str, row: Row) -> str | None:
    behind = question.viewer.opener()(need=need, agency=row.key)
    return f"{behind}&figure=waiting" if behind and row.open_now else None


def _shown(table: Table, hide_small: bool) -> Table:
    return published(table) if hide_small else table


def _no_promise(agency: str, question: Question) -> str:
    days = question.asked.days if question.asked else "working"
    return _(
        "%(agency)s and IOM have not agreed on days yet, so there is no promise to keep. Answers are held to %(days)s "
        "instead.",
        agency=agency,
        days=span(ANSWER_DAYS, days),
    )


def _said(asked: Filter, needs: Sequence[str]) -> dict[str, _Said]:
    """For each need what holds on the day as of which the figures are, in the areas asked for and seen."""
    services = _services(asked)
    ids = [service.id for service in services]
    agreements = list_every_in_force(ids, _area_ids(asked), asked.as_of)
    waits = list_usual(ids, asked.as_of)
    found = {}
    for need in needs:
        meeting = {each.id: each.name_in(language()) for each in services if need in each.need_codes}
        found[need] = _Said(
            [each for each in agreements if each.service_id in meeting],
            [Waited(name, waits[service]) for service, name in meeting.items() if service in waits],
        )
    return found


def _services(asked: Filter) -> list[Service]:
    """Those of the agency that the viewer works with, by name."""
    found = db.session.scalars(
        sa.select(Service).where(Service.agency_id == asked.agency_id).options(selectinload(Service.needs))
    ).all()
    seen = current_scope().service_ids or None
    wanted = [
        service
        for service in found
        if (seen is None or service.id in seen) and asked.service_id in (None, service.id)
    ]
    return sorted(wanted, key=lambda service: alphabetical(service.name_in(language())))


def _area_ids(asked: Filter) -> list[int] | None:
    """Police forces; None for all."""
    if asked.area_id is not None:
        return [force.id for force in forces_of(db.session.get_one(Area, asked.area_id))]
    seen = current_scope().area_ids
    return None if seen is None else list(seen)

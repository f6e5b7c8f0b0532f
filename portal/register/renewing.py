"""The register made to follow from what is said and decided: pairs settled, rows joined or parted, values resolved.

Each of these is a function of all voices, edits and decisions around the rows concerned, never of their order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from portal.db import db
from portal.register import joining, matching, voices, writing
from portal.register.grouping import groups
from portal.register.resolving import Edit, Voice, resolve


@dataclass
class News:
    """Base rows of whom a source says something else: a cohort, needs no more."""

    cohort: set[int] = field(default_factory=set)
    needs_dropped: dict[int, set[str]] = field(default_factory=dict)


def renew(person_ids: Collection[int], today: date, news: News | None = None, *, pairs: bool = True) -> None:
    """Settle and resolve these rows and all that hangs together with them; in the scope of *system*.

    Without `pairs` nothing has happened that could join or part rows. Changes rows beneath the session: what it had
    loaded is expired.
    """
    if not person_ids:
        return
    db.session.flush()
    rows = matching.neighbourhood(person_ids) if pairs else _rows_of(person_ids)
    concerned = set(person_ids)
    if pairs:
        plan = joining.make_plan(groups(rows, matching.settle_pairs(rows)))
        voices.keep_typed(row for row in plan.changed + plan.leaders)
        joining.carry_out(plan)
        concerned |= set(plan.changed) | set(plan.leaders)
        _resolve(concerned, plan.leads, today, news or News())
        voices.forget_typed(row for row in plan.leaders if len(plan.members[row]) == 1)
    else:
        _resolve(concerned, _leads(rows), today, news or News())
    db.session.expire_all()


def _rows_of(person_ids: Collection[int]) -> list[int]:
    """The rows of the same people."""
    query = sa.text(
        "WITH leads AS (SELECT coalesce(joined_to, id) AS id FROM person WHERE id = ANY (:ids))"
        " SELECT id FROM leads UNION SELECT p.id FROM person p JOIN leads ON p.joined_to = leads.id"
    )
    return list(db.session.scalars(query, {"ids": list(person_ids)}))


def _leads(rows: Collection[int]) -> dict[int, int]:
    query = sa.text("SELECT id, coalesce(joined_to, id) FROM person WHERE id = ANY (:ids)")
    return {row: leads for row, leads in db.session.execute(query, {"ids": list(rows)})}


def _resolve(concerned: Collection[int], leads: Mapping[int, int], today: date, news: News) -> None:
    leaders = {leads[row] for row in concerned if row in leads}
    members = [row for row, leading in leads.items() if leading in leaders]
    said: dict[int, list[Voice]] = {}
    for voice in voices.list_voices(members):
        said.setdefault(leads[voice.person_id], []).append(voice)
    edits: dict[int, dict[str, Edit]] = {}
    for row, name, edit in voices.list_edits(members):
        edits.setdefault(leads[row], {})[name] = edit
    forces = forces_of_authorities()
    resolved = {row: resolve(heard, edits.get(row, {}), forces) for row, heard in said.items()}
    writing.write(resolved)
    writing.write_cohorts(resolved, {leads[row] for row in news.cohort}, today)
    dropped: dict[int, set[str]] = {}
    for row, codes in news.needs_dropped.items():
        dropped.setdefault(leads[row], set()).update(codes)
    writing.write_needs(resolved, _needs_since(said), dropped)


def _needs_since(said: Mapping[int, list[Voice]]) -> dict[int, str]:
    found = {
        row: [voice.since["needs"] for voice in heard if "needs" in voice.since]
        for row, heard in said.items()
    }
    return {row: max(days) for row, days in found.items() if days}


def forces_of_authorities() -> dict[int, int | None]:
    rows = db.session.execute(sa.text("SELECT id, police_force_id FROM area"))
    return {area: force for area, force in rows}

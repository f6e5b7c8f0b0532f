"""Reading the tally: the same counts as `facts`, of M1 and M4 as things stand now, without looking at every referral.

The database keeps the tally in the transaction of each change (migrations/versions/0012_figures.py says what a code
is; docs/decisions/0015-tally.md why). Whatever it does not hold is counted from the referrals themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from portal.agencies.models import Area
from portal.db import Prepared, Scope, db
from portal.i18n import LONDON
from portal.turnaround import facts
from portal.turnaround.catalogue import Counted, Measure
from portal.turnaround.facts import Group, merged
from portal.turnaround.filters import Filter
from portal.turnaround.tally_codes import Codes

GROUPS = ("agency", "need", "area", "cohort", "month")
MEASURES = {"M1": 1, "M4": 4}

_TALLY = sa.table(
    "turnaround_tally",
    sa.column("grain", sa.Text), sa.column("starts", sa.Date), sa.column("agency_id", sa.Integer),
    sa.column("need_code", sa.Text), sa.column("area_id", sa.Integer), sa.column("cohort", sa.Text),
    sa.column("restricted", sa.Boolean), sa.column("has_open", sa.Boolean),
    sa.column("codes", ARRAY(sa.BigInteger)), sa.column("numbers", ARRAY(sa.Integer)),
).c  # fmt: skip
_CHANGE = sa.table(
    "turnaround_change",
    sa.column("sent_on", sa.Date), sa.column("agency_id", sa.Integer), sa.column("need_code", sa.Text),
    sa.column("area_id", sa.Integer), sa.column("cohort", sa.Text), sa.column("restricted", sa.Boolean),
    sa.column("code", sa.BigInteger), sa.column("number", sa.Integer),
).c  # fmt: skip
_CODE = np.dtype([("length", ">i4"), ("kind", ">u2"), ("a", ">u2"), ("b", ">u2"), ("c", ">u2")])
_NUMBER = np.dtype([("length", ">i4"), ("value", ">i4")])


def serves(asked: Filter, measures: Iterable[Measure], scope: Scope) -> bool:
    """Whether the tally alone can answer: as things stand, in gross working days, for a viewer of whole areas."""
    plain = asked.days == "working" and asked.clock == "gross" and asked.service_id is None
    if not plain or asked.by not in GROUPS or any(measure.code not in MEASURES for measure in measures):
        return False
    if scope.kind not in ("iom", "figures", "system") or asked.as_of < datetime.now(LONDON).date():
        return False
    if asked.area_id is None:
        return True
    return db.session.scalar(sa.select(Area.kind).where(Area.id == asked.area_id)) != "local_authority"


def day_counts(asked: Filter, measures: Sequence[Measure], scope: Scope) -> list[list[Group]]:
    """For each measure what `facts.day_counts` gives: one statement, and one a measure where something stands beside."""
    return from_codes(read(asked, scope), asked, measures, scope)


def from_codes(found: Codes, asked: Filter, measures: Sequence[Measure], scope: Scope) -> list[list[Group]]:
    """`day_counts` of codes that have been read."""
    others = beside(asked, scope)
    counted = [found.groups(MEASURES[measure.code], asked.as_of) for measure in measures]
    if others is None:
        return counted
    more = (facts.day_counts(asked, measure, scope, others) for measure in measures)
    return [merged([*groups, *rest]) for groups, rest in zip(counted, more, strict=True)]


def beside(asked: Filter, scope: Scope) -> sa.ColumnElement[bool] | None:
    """What the tally does not hold for this viewer: restricted people they are named on, where any is asked for."""
    if scope.kind != "iom" or not scope.person_ids:
        return None
    named = sa.literal(list(scope.person_ids), ARRAY(sa.BigInteger))
    theirs = Counted.restricted & (Counted.person_id == sa.any_(named))
    there_are = sa.exists().where(theirs, *facts.narrowing(asked))
    return theirs if db.session.scalar(sa.select(there_are)) else None


def _last_of(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _edges(asked: Filter) -> tuple[date, ...]:
    """The first days of the months of which the period holds a part only; of today's month all there is."""
    edges = []
    if asked.from_on.day != 1:
        edges.append(asked.from_on.replace(day=1))
    if asked.to_on < asked.as_of and (asked.to_on + timedelta(days=1)).day != 1:
        edges.append(asked.to_on.replace(day=1))
    return tuple(dict.fromkeys(edges))


def _key(columns: Any, day: Any, by: str) -> Any:
    return {
        "agency": columns.agency_id, "need": columns.need_code, "area": columns.area_id, "cohort": columns.cohort,
        "month": sa.func.to_char(day, "YYYY-MM"),
    }[by]  # fmt: skip


def statement(asked: Filter, scope: Scope) -> sa.Select[Any]:
    """A row a group, need and whether sent in the period: all its codes and numbers, as the driver's own bytes."""
    in_edge = sa.or_(sa.false(), *(_TALLY.starts.between(first, _last_of(first)) for first in _edges(asked)))
    inside = _TALLY.starts.between(
        sa.case((_TALLY.grain == "month", asked.from_on.replace(day=1)), else_=asked.from_on), asked.to_on
    )
    among = asked.cohort or ("any" if asked.by != "cohort" else None)
    cells = sa.select(
        _key(_TALLY, _TALLY.starts, asked.by).label("key"), _TALLY.need_code.label("need"), inside.label("in_period"),
        _TALLY.codes, _TALLY.numbers,
    ).where(
        sa.or_((_TALLY.grain == "month") & ~in_edge, (_TALLY.grain == "day") & in_edge),
        _TALLY.cohort == among if among else _TALLY.cohort != "any",
        inside | _TALLY.has_open,
        *_seen(_TALLY, asked, scope),
    )  # fmt: skip
    changed = sa.select(
        _key(_CHANGE, _CHANGE.sent_on, asked.by).label("key"), _CHANGE.need_code.label("need"),
        _CHANGE.sent_on.between(asked.from_on, asked.to_on).label("in_period"),
        sa.func.array_agg(_CHANGE.code), sa.func.array_agg(_CHANGE.number),
    ).where(
        _CHANGE.cohort == asked.cohort if asked.cohort else sa.true(),
        *_seen(_CHANGE, asked, scope)
    ).group_by("key", "need", "in_period")  # fmt: skip
    cell = sa.union_all(cells, changed).subquery("cell").c

    def packed(column: Any) -> Any:
        """Without the head of each array: one run of lengths and values."""
        return sa.func.string_agg(
            sa.func.substring(sa.func.array_send(column), 21), sa.literal_column("''::bytea")
        )

    return sa.select(
        cell.key, cell.need, cell.in_period, packed(cell.codes).label("codes"), packed(cell.numbers).label("numbers")
    ).group_by(cell.key, cell.need, cell.in_period)  # fmt: skip


def _seen(columns: Any, asked: Filter, scope: Scope) -> Iterable[Any]:
    wanted = {
        columns.need_code: asked.need,
        columns.agency_id: asked.agency_id,
        columns.area_id: asked.area_id,
    }
    yield from (column == value for column, value in wanted.items() if value is not None)
    if scope.area_ids is not None:
        yield columns.area_id == sa.any_(sa.literal(list(scope.area_ids), ARRAY(sa.Integer)))
    if scope.kind == "iom":
        yield ~columns.restricted


def read(asked: Filter, scope: Scope) -> Codes:
    rows = Prepared(statement(asked, scope)).rows(
        {}
    )  # in binary: megabytes that as text would be twice as many
    place = {key: number for number, key in enumerate(dict.fromkeys((row.key, row.need) for row in rows))}
    nobody = "none" if asked.by == "cohort" else None
    keys = [(None if key == nobody else key, need) for key, need in place]
    lengths = [len(row.codes) // _CODE.itemsize for row in rows]
    codes = np.frombuffer(b"".join(row.codes for row in rows), dtype=_CODE)
    kind, a, b, c = (codes[part].astype(np.uint16) for part in ("kind", "a", "b", "c"))
    numbers = np.frombuffer(b"".join(row.numbers for row in rows), dtype=_NUMBER)["value"]
    return Codes(
        keys,
        np.repeat(np.array([place[row.key, row.need] for row in rows], dtype=np.int32), lengths),
        np.repeat(np.array([row.in_period for row in rows], dtype=np.bool_), lengths),
        kind,
        a,
        b,
        c,
        numbers.astype(np.int32),
    )

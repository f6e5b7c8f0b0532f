"""Asking which records have a finding: one statement that both counts and lists, exact at the moment of asking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from portal.db import Scope, current_scope, db
from portal.people.wording import today as this_day
from portal.quality.findings import BY_CODE, FINDINGS

PAGE = 50
# What is found and not set aside. The function applies the scope; whoever may see nobody is given nobody.
FOUND = """
    SELECT f.id, f.code, f.seen, f.mine, f.sort_key COLLATE "C" AS sort_key FROM all_findings(:today) f
      LEFT JOIN finding_set_aside a
             ON a.person_id = f.id AND a.finding = f.code AND a.until_on >= :today AND a.seen = f.seen
     WHERE a.person_id IS NULL
"""
PAGED = f"""
WITH found AS MATERIALIZED (SELECT * FROM ({FOUND}) f WHERE f.mine OR NOT :mine), page AS (
    SELECT DISTINCT mine, sort_key, id FROM found WHERE code = ANY(:codes)
       AND (CAST(:after AS text) IS NULL OR (NOT mine, sort_key, id)
            > (CAST(:after_theirs AS boolean), CAST(:after AS text), CAST(:after_id AS bigint)))
     ORDER BY mine DESC, sort_key, id LIMIT :most
)
SELECT 'finding' AS what, code AS name, count(*) AS number, NULL::text[] AS codes, 0 AS place FROM found GROUP BY code
UNION ALL
SELECT 'group', g.name, count(DISTINCT found.id), NULL, 0
  FROM found JOIN unnest(CAST(:finding_codes AS text[]), CAST(:group_names AS text[])) g (code, name) USING (code)
 GROUP BY g.name
UNION ALL SELECT 'all', '', count(DISTINCT id), NULL, 0 FROM found
UNION ALL
SELECT 'person', NULL, id, array_agg(code), row_number() OVER (ORDER BY mine DESC, sort_key, id)
  FROM found JOIN page USING (id, mine, sort_key) GROUP BY id, mine, sort_key
ORDER BY place
"""  # noqa: S608  # nosec B608
ARRAYS: dict[str, Any] = {
    "codes": sa.Text(),
    "finding_codes": sa.Text(),
    "group_names": sa.Text(),
    "whom": sa.BigInteger(),
}


class Found(NamedTuple):
    """One record of the list: the person's id, and the codes of what was found, in the order of FINDINGS."""

    id: int
    codes: list[str]


@dataclass(frozen=True)
class Work:
    """A page of the list, and how many people each finding, each group and all of them have."""

    people: list[Found]
    more: bool
    by_finding: dict[str, int]
    by_group: dict[str, int]
    everybody: int


@dataclass(frozen=True)
class Chosen:
    """What the list is narrowed to: one finding or one group or everything; the user's own people only; after whom."""

    finding: str = ""
    group: str = ""
    mine: bool = False
    after: int | None = None

    @property
    def codes(self) -> list[str]:
        if self.finding:
            return [self.finding]
        return [each.code for each in FINDINGS if not self.group or each.group == self.group]


def ask(chosen: Chosen, today: date, most: int = PAGE) -> Work:
    """The people of the current scope with a finding, the user's own first, then by name; at most so many."""
    scope = current_scope()
    values = {
        "today": today, "mine": chosen.mine, "codes": chosen.codes, "most": most + 1,
        "finding_codes": [each.code for each in FINDINGS], "group_names": [each.group for each in FINDINGS],
        **_after(chosen, scope),
    }  # fmt: skip
    counts: dict[str, dict[str, int]] = {"finding": {}, "group": {}, "all": {}}
    people = []
    for row in db.session.execute(_statement(PAGED), values):
        if row.what == "person":
            people.append(Found(row.number, in_order(row.codes)))
        else:
            counts[row.what][row.name] = row.number
    return Work(
        people[:most], len(people) > most, counts["finding"], counts["group"], counts["all"].get("", 0)
    )


def in_order(codes: Sequence[str]) -> list[str]:
    return [code for code in BY_CODE if code in codes]


def findings_of(person_id: int, today: date) -> dict[str, str]:
    """What is found of a person in sight and not set aside: by its code, the value that it is about."""
    query = _statement(f"SELECT * FROM ({FOUND}) f WHERE f.id = :id")  # noqa: S608  # nosec B608
    rows = db.session.execute(query, {"today": today, "id": person_id})
    return {row.code: row.seen for row in rows}


def count_waiting() -> int:
    """How many people of the current scope have a finding."""
    return ask(Chosen(), this_day(), most=0).everybody


def heard_of(person_ids: Sequence[int]) -> dict[int, date]:
    """The last day on which a record, a referral or an extract said something of these people."""
    query = _statement("SELECT person_id, heard_on FROM person_upkeep WHERE person_id = ANY(:whom)")
    return {row.person_id: row.heard_on for row in db.session.execute(query, {"whom": list(person_ids)})}


def _after(chosen: Chosen, scope: Scope) -> dict[str, Any]:
    """Where the page begins: after a person in sight, else at the first."""
    place = None
    if chosen.after is not None:
        query = sa.text(
            "SELECT sort_key, coalesce(:me IN (police_om_id, probation_om_id), false) AS mine FROM person WHERE id = :id"
        )
        place = db.session.execute(query, {"id": chosen.after, "me": scope.user_id}).one_or_none()
    if place is None:
        return {"after": None, "after_theirs": None, "after_id": None}
    return {"after": place.sort_key, "after_theirs": not place.mine, "after_id": chosen.after}


def _statement(text: str) -> sa.TextClause:
    types: dict[str, Any] = {name: ARRAY(of) for name, of in ARRAYS.items()}
    types |= {"today": sa.Date(), "me": sa.Integer(), "mine": sa.Boolean()}
    return sa.text(text).bindparams(
        *(sa.bindparam(n, type_=t) for n, t in types.items() if re.search(rf":{n}\b", text))
    )

"""Making rows one person, and two again. What a joined row has of its own stands with the row that leads, and its
`moved` says what that is: so it comes back, whatever else has been joined or parted in between."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.db import db
from portal.register.grouping import leader

# Tables whose rows simply stand with whoever leads, by their ids; a cohort that is open is resolved instead.
MOVING = {
    "referral": "true",
    "cohort_spell": "to_on IS NOT NULL",
    "cohort_review": "true",
    "need_statement": "true",
}
_NEEDS = "SELECT person_id, need_code, identified_on FROM person_need WHERE person_id = ANY (:ids)"
# Where a need stands follows in the database from referrals and statements: only that it is there, and since when, is
# written here.
_TAKE_NEEDS = """
INSERT INTO person_need AS held (person_id, need_code, identified_on, changed_on)
SELECT r.leads, n.need_code, min(n.identified_on), min(n.identified_on)
  FROM unnest(CAST(:rows AS bigint[]), CAST(:leads AS bigint[])) AS r(row, leads)
  JOIN person_need n ON n.person_id = r.row GROUP BY 1, 2
ON CONFLICT (person_id, need_code) DO UPDATE SET identified_on = EXCLUDED.identified_on
 WHERE held.identified_on > EXCLUDED.identified_on"""
_DROP_NEED = """
DELETE FROM person_need n WHERE n.person_id = :leads AND n.need_code = :code
   AND NOT EXISTS (SELECT FROM need_voice v WHERE v.person_id = n.person_id AND v.need_code = n.need_code)"""
_SET_IDENTIFIED = """
UPDATE person_need SET identified_on = CAST(:identified AS date) WHERE person_id = :leads AND need_code = :code"""


@dataclass(frozen=True)
class Standing:
    """A person row before the change: which row leads it, what of its own stands elsewhere, is it restricted."""

    id: int
    leads_id: int
    moved: dict[str, Any]
    restricted: bool
    area_id: int


@dataclass
class Plan:
    """`leads`: who is to lead each row of a neighbourhood."""

    rows: dict[int, Standing]
    leads: dict[int, int]

    @cached_property
    def changed(self) -> list[int]:
        return [row for row, leads in self.leads.items() if self.rows[row].leads_id != leads]

    @cached_property
    def leaders(self) -> list[int]:
        """Those whose person is made up of other rows than before."""
        concerned = {self.rows[row].leads_id for row in self.changed} | {
            self.leads[row] for row in self.changed
        }
        return sorted(row for row in concerned if self.leads[row] == row)

    @cached_property
    def members(self) -> dict[int, list[int]]:
        """The rows that each leads, itself among them."""
        found: dict[int, list[int]] = {}
        for row, leads in self.leads.items():
            found.setdefault(leads, []).append(row)
        return found


def make_plan(groups: list[list[int]]) -> Plan:
    ids = [row for group in groups for row in group]
    rows = _standing(ids)
    now = {row: rows[row].leads_id for row in ids}
    own = {row for row in ids if rows[row].moved.get("referral")}
    query = sa.text("SELECT DISTINCT person_id FROM referral WHERE person_id = ANY (:ids)")
    referred = own | set(db.session.scalars(query, {"ids": ids}))
    leads: dict[int, int] = {}
    for group in groups:
        first = leader(group, now, referred) if len(group) > 1 else group[0]
        leads |= dict.fromkeys(group, first)
    return Plan(rows, leads)


def _standing(ids: Collection[int]) -> dict[int, Standing]:
    query = sa.text(
        "SELECT id, coalesce(joined_to, id) AS leads_id, moved, restricted, area_id FROM person WHERE id = ANY (:ids)"
    )
    return {row.id: Standing(*row) for row in db.session.execute(query, {"ids": list(ids)})}


def carry_out(plan: Plan) -> None:
    """Everything but the resolved values: see `writing`. The numbers of rows that stand again are set there."""
    if not plan.changed:
        return
    moved = {row: dict(plan.rows[row].moved) for row in plan.changed}
    had = _needs_of(plan.leads)
    for table, which in MOVING.items():
        _move(table, which, plan, moved)
    _set_leaders(plan)
    _give_needs_back(plan, moved, had)
    _take_needs(plan, moved, had)
    _restrict(plan, moved)
    _keep_moved(moved)
    joined = [row for row in plan.changed if plan.leads[row] != row]
    parted = [row for row in plan.changed if plan.leads[row] == row]
    if joined:
        audit.record("person.joined", "person", [*joined, *{plan.leads[row] for row in joined}])
    if parted:
        audit.record("person.parted", "person", [*parted, *{plan.rows[row].leads_id for row in parted}])


def _move(table: str, which: str, plan: Plan, moved: dict[int, dict[str, Any]]) -> None:
    """To whoever leads now: what had been moved before, and, of rows that led themselves, all that is their own."""
    concerned = {plan.rows[row].leads_id for row in plan.changed}
    query = sa.text(f"SELECT id, person_id FROM {table} WHERE person_id = ANY (:ids) AND {which} ORDER BY id")  # noqa: S608  # nosec B608
    at: dict[int, list[int]] = {}
    for thing, person in db.session.execute(query, {"ids": list(concerned)}):
        at.setdefault(person, []).append(thing)
    if not at:
        return
    elsewhere = {thing for row in plan.rows.values() for thing in row.moved.get(table, ())}
    going: dict[int, int] = {}
    for row in plan.changed:
        own = [thing for thing in at.get(row, ()) if thing not in elsewhere]
        things = own + [thing for thing in plan.rows[row].moved.get(table, ())]
        going |= dict.fromkeys(things, plan.leads[row])
        moved[row][table] = things if plan.leads[row] != row else []
    statement = sa.text(
        f"UPDATE {table} t SET person_id = r.person_id FROM unnest(CAST(:things AS bigint[]), CAST(:people AS bigint[]))"  # noqa: S608  # nosec B608
        " AS r(id, person_id) WHERE t.id = r.id AND t.person_id <> r.person_id"
    )
    db.session.execute(statement, {"things": list(going), "people": list(going.values())})


def _set_leaders(plan: Plan) -> None:
    """Rows that stand again give up their numbers until they are resolved: somebody may have got them since."""
    leads = [plan.leads[row] for row in plan.changed]
    statement = sa.text(
        "UPDATE person p SET joined_to = nullif(r.leads, p.id), differs = '{}', version = version + 1,"
        " crn = CASE WHEN r.leads <> p.id THEN crn END, niche_ref = CASE WHEN r.leads <> p.id THEN niche_ref END"
        " FROM unnest(CAST(:rows AS bigint[]), CAST(:leads AS bigint[])) AS r(id, leads) WHERE p.id = r.id"
    )
    values = {"rows": plan.changed, "leads": leads}
    db.session.execute(statement, values)
    for table, own, leading in (
        ("source_record", "person_id", "leads_id"),
        ("person_edit", "person_id", "leads_id"),
        ("person_pair", "one_id", "one_leads"),
        ("person_pair", "other_id", "other_leads"),
    ):
        renew = sa.text(
            f"UPDATE {table} t SET {leading} = r.leads"  # noqa: S608  # nosec B608
            " FROM unnest(CAST(:rows AS bigint[]), CAST(:leads AS bigint[])) AS r(id, leads)"
            f" WHERE t.{own} = r.id AND t.{leading} <> r.leads"
        )
        db.session.execute(renew, values)
    hidden = [row for row in plan.changed if plan.leads[row] != row]
    db.session.execute(sa.text("DELETE FROM person_name WHERE person_id = ANY (:ids)"), {"ids": hidden})


Needs = dict[int, dict[str, str]]  # of a person, by code: the day on which it was identified


def _needs_of(ids: Collection[int]) -> Needs:
    found: Needs = {row: {} for row in ids}
    for person, code, identified in db.session.execute(sa.text(_NEEDS), {"ids": list(ids)}):
        found[person][code] = identified.isoformat()
    return found


def _take_needs(plan: Plan, moved: dict[int, dict[str, Any]], had: Needs) -> None:
    """The leading row gets the needs that it lacks, and the earlier day of what both have; the joined row keeps its own."""
    joined = [(row, leads) for leads in plan.leaders for row in plan.members[leads] if row != leads]
    for row, leads in joined:
        taken = {
            code: had[leads].get(code)
            for code, identified in sorted(had[row].items())
            if had[leads].get(code, "9999") > identified
        }
        if taken:
            kept = moved.setdefault(row, dict(plan.rows[row].moved))
            kept["need"] = taken | kept.get("need", {})
    db.session.execute(sa.text(_TAKE_NEEDS), _pairs(joined))


def _give_needs_back(plan: Plan, moved: dict[int, dict[str, Any]], had: Needs) -> None:
    """The row that led has again what it had before, unless something has been done about it since."""
    for row in plan.changed:
        leads = plan.rows[row].leads_id
        for code, before in moved[row].pop("need", {}).items():
            values = {"leads": leads, "code": code, "identified": before}
            db.session.execute(sa.text(_SET_IDENTIFIED if before else _DROP_NEED), values)
            had[leads].pop(code, None)
            if before:
                had[leads][code] = before


def _pairs(rows: Collection[tuple[int, int]]) -> dict[str, list[int]]:
    return {"rows": [row for row, _ in rows], "leads": [leads for _, leads in rows]}


def _restrict(plan: Plan, moved: dict[int, dict[str, Any]]) -> None:
    """Whoever is joined with somebody restricted is restricted, to the readers of both, as long as they are joined."""
    own = {row.id: row.restricted and not row.moved.get("opened") for row in plan.rows.values()}
    for leads in plan.leaders:
        others = [row for row in plan.members[leads] if row != leads]
        for row in (leads, *others):
            _set_restricted(plan.rows[row], own[row], moved)
        restricted = own[leads] or any(own[row] for row in others)
        if not restricted or not others:
            continue
        share = sa.text(
            "INSERT INTO person_reader (person_id, user_id) SELECT DISTINCT CAST(:leads AS bigint), user_id"
            " FROM person_reader WHERE person_id = ANY (:rows) ON CONFLICT DO NOTHING RETURNING user_id"
        )
        readers = sorted(db.session.scalars(share, {"leads": leads, "rows": others}))
        kept = moved.setdefault(leads, dict(plan.rows[leads].moved))
        kept |= {"readers": readers, "opened": not own[leads]}
        open_row = sa.text("UPDATE person SET restricted = true WHERE id = :id AND NOT restricted")
        db.session.execute(open_row, {"id": leads})
    statement = sa.text(
        "UPDATE referral r SET restricted = p.restricted FROM person p"
        " WHERE p.id = r.person_id AND p.id = ANY (:ids) AND r.restricted <> p.restricted"
    )
    db.session.execute(statement, {"ids": plan.leaders})


def _set_restricted(row: Standing, own: bool, moved: dict[int, dict[str, Any]]) -> None:
    """As it was before it led others."""
    if "opened" not in row.moved and "readers" not in row.moved:
        return
    drop = sa.text("DELETE FROM person_reader WHERE person_id = :id AND user_id = ANY (:lent)")
    db.session.execute(drop, {"id": row.id, "lent": row.moved.get("readers", [])})
    db.session.execute(
        sa.text("UPDATE person SET restricted = :own WHERE id = :id"), {"own": own, "id": row.id}
    )
    kept = moved.setdefault(row.id, dict(row.moved))
    kept |= {"readers": [], "opened": False}


def _keep_moved(moved: Mapping[int, Mapping[str, Any]]) -> None:
    rows = [
        {"id": row, "moved": {key: thing for key, thing in what.items() if thing}}
        for row, what in moved.items()
    ]
    statement = sa.text(
        "UPDATE person p SET moved = r.moved FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, moved jsonb)"
        " WHERE p.id = r.id AND p.moved <> r.moved"
    )
    db.session.execute(statement, {"rows": json.dumps(rows)})

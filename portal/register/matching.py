"""Pairs of rows: found among the cards, kept, and settled together with what people have decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.register.pairing import Card, Pair, around, find_pairs, settle
from portal.register.voices import list_cards

Ids = tuple[int, int]
BOTH_REFERRED = (
    "both_referred"  # ground for asking: each has a live referral to the same service for the same need
)

_TOUCHING = """
SELECT one_id, other_id FROM person_pair WHERE one_id = ANY (:ids) AND state <> 'refused'
UNION SELECT one_id, other_id FROM person_pair WHERE other_id = ANY (:ids) AND state <> 'refused'
UNION SELECT id, joined_to FROM person WHERE joined_to IS NOT NULL AND id = ANY (:ids)
UNION SELECT id, joined_to FROM person WHERE joined_to = ANY (:ids)"""
_KEEP = """
INSERT INTO person_pair (one_id, other_id, one_leads, other_leads, weight, grounds, state)
SELECT r.one_id, r.other_id, coalesce(one.joined_to, one.id), coalesce(other.joined_to, other.id), r.weight, r.grounds, 'aside'
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(one_id bigint, other_id bigint, weight real, grounds text[])
  JOIN person one ON one.id = r.one_id JOIN person other ON other.id = r.other_id
 ORDER BY r.one_id, r.other_id
ON CONFLICT (one_id, other_id) DO UPDATE SET weight = EXCLUDED.weight, grounds = EXCLUDED.grounds"""
_SETTLE = """
UPDATE person_pair p SET state = r.state, grounds = r.grounds,
       decided_at = CASE WHEN r.state = 'joined' THEN now() END
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, state text, grounds text[]) WHERE p.id = r.id"""
_SIDES = """
SELECT p.id, coalesce(array_agg(s.source) FILTER (WHERE s.source <> 'portal'), '{}') AS sources
  FROM person p LEFT JOIN source_record s ON s.person_id = p.id WHERE p.id = ANY (:ids) GROUP BY p.id"""
_CLASHES = """
SELECT DISTINCT least(one.person_id, other.person_id), greatest(one.person_id, other.person_id)
  FROM referral one JOIN referral other USING (service_id, need_code)
 WHERE one.person_id = ANY (:ids) AND other.person_id = ANY (:ids) AND one.person_id < other.person_id
   AND one.status NOT IN ('closed', 'withdrawn') AND other.status NOT IN ('closed', 'withdrawn')"""


def renew_pairs(person_ids: Collection[int], progress: Callable[[int], None] | None = None) -> None:
    """Find anew all pairs of rows about which something new is said; what people have decided of them stays."""
    if not person_ids:
        return
    owner: dict[int, int] = {}
    new = [_noted(card, person_id, owner) for card, person_id in list_cards(list(person_ids))]
    everyone = (_noted(card, person_id, owner) for card, person_id in list_cards())
    best: dict[Ids, Pair] = {}
    for pair in find_pairs(new, everyone, progress):
        ids = _in_order(owner[pair.one_id], owner[pair.other_id])
        if ids[0] != ids[1] and (ids not in best or _strength(pair) > _strength(best[ids])):
            best[ids] = pair
    _keep(best, list(person_ids))


def _noted(card: Card, person_id: int, owner: dict[int, int]) -> Card:
    owner[card.id] = person_id
    return card


def _strength(pair: Pair) -> tuple[float, tuple[str, ...]]:
    return pair.weight, pair.grounds


def _in_order(one: int, other: int) -> Ids:
    return (one, other) if one < other else (other, one)


def _keep(best: dict[Ids, Pair], person_ids: list[int]) -> None:
    rows = [
        {"one_id": one, "other_id": other, "weight": pair.weight, "grounds": list(pair.grounds)}
        for (one, other), pair in best.items()
    ]
    held = db.session.execute(
        sa.text(
            "SELECT id, one_id, other_id FROM person_pair WHERE decided_by_id IS NULL AND one_id = ANY (:ids)"
            " UNION SELECT id, one_id, other_id FROM person_pair WHERE decided_by_id IS NULL AND other_id = ANY (:ids)"
        ),
        {"ids": person_ids},
    )
    gone = [row.id for row in held if (row.one_id, row.other_id) not in best]
    db.session.execute(sa.text("DELETE FROM person_pair WHERE id = ANY (:ids)"), {"ids": gone})
    db.session.execute(sa.text(_KEEP), {"rows": json.dumps(rows)})


def neighbourhood(person_ids: Collection[int]) -> list[int]:
    """The rows whose pairs decide what becomes of these, and those joined with any of them."""

    def touching(ids: AbstractSet[int]) -> Iterator[Ids]:
        for one, other in db.session.execute(sa.text(_TOUCHING), {"ids": list(ids)}).all():
            yield int(one), int(other)

    return sorted(around(person_ids, touching))


def settle_pairs(rows: Sequence[int]) -> set[Ids]:
    """Settle the pairs among a neighbourhood; keep what becomes of each; give those that are joined."""
    query = sa.text("SELECT * FROM person_pair WHERE one_id = ANY (:ids) AND other_id = ANY (:ids)")
    held = db.session.execute(query, {"ids": list(rows)}).all()
    sides, twins = _sides(rows)
    refused = {(row.one_id, row.other_id) for row in held if row.state == "refused"}
    confirmed = {(row.one_id, row.other_id) for row in held if row.state == "joined" and row.decided_by_id}
    clashing = list_clashes(rows)
    pairs = [Pair(row.one_id, row.other_id, row.weight, tuple(row.grounds)) for row in held]
    kept_apart = refused | (clashing - confirmed)
    settled = settle(pairs, sides, kept_apart, confirmed | twins)
    asked = settled.asked | {pair.ids for pair in pairs if pair.ids in kept_apart - refused}
    states = dict.fromkeys(asked, "asked") | dict.fromkeys(settled.joined, "joined")
    _keep_states(held, states, kept_apart)
    return {ids for ids, state in states.items() if state == "joined" and ids not in twins}


def _keep_states(held: Sequence[Any], states: dict[Ids, str], kept_apart: set[Ids]) -> None:
    changed = []
    for row in held:
        ids = row.one_id, row.other_id
        state = row.state if row.decided_by_id else states.get(ids, "aside")
        grounds = [ground for ground in row.grounds if ground != BOTH_REFERRED]
        if state == "asked" and ids in kept_apart:
            grounds.append(BOTH_REFERRED)
        if (state, grounds) != (row.state, row.grounds):
            changed.append({"id": row.id, "state": state, "grounds": grounds})
    if changed:
        db.session.execute(sa.text(_SETTLE), {"rows": json.dumps(changed)})


def _sides(rows: Sequence[int]) -> tuple[dict[int, str], set[Ids]]:
    """The source of each row; one of which both sources speak counts as two rows, known to be one person."""
    sides: dict[int, str] = {}
    twins: set[Ids] = set()
    for row in db.session.execute(sa.text(_SIDES), {"ids": list(rows)}):
        first, *others = sorted(set(row.sources)) or ["portal"]
        sides[row.id] = first
        for other in others:
            sides[-row.id] = other
            twins.add((-row.id, row.id))
    return sides, twins


def list_clashes(rows: Sequence[int]) -> set[Ids]:
    """Pairs of rows that cannot be joined: one person has one live referral to a service for a need."""
    return {(one, other) for one, other in db.session.execute(sa.text(_CLASHES), {"ids": list(rows)})}

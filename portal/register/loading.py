"""Taking good rows of an extract into the register.

The same rows in any order, whole or in parts, once or twice, make the same register: see docs/decisions/0020-one-register.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, beyond_scope, db
from portal.people.actions import wait_for_others
from portal.register import voices
from portal.register.arrivals import Arrivals, receive
from portal.register.matching import renew_pairs
from portal.register.renewing import News, renew
from portal.register.stated import Stated

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Counts:
    """How many rows did what. Each counts once: `added` new people, `updated` joined to someone known or said something
    new of one, `asked` new, and perhaps someone known: a question is open. `outcomes`: line -> one of these words."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    asked: int = 0
    outcomes: dict[int, str] = field(default_factory=dict)


def load(
    rows: Sequence[Stated],
    *,
    source: str,
    today: date,
    by_id: int | None,
    progress: Progress | None = None,
) -> Counts:
    """Take the rows in, within the caller's transaction; one load at a time. ValueError for rows of another source.

    Who loads must not learn of people whom they may not see: a row about one of them counts as it would if there were
    nobody, and that person's manager will be told. `progress` is told how many rows are through, up to all of them.
    """
    if any(row.source != source for row in rows):
        raise ValueError(f"not all rows are of {source}")
    once = list({row.ref: row for row in reversed(rows)}.values())[::-1]  # of a row sent twice, the first
    tell = progress or _tell_nobody
    with beyond_scope():
        wait_for_others()
        arrivals = receive(once, source, today, by_id)
        tell(len(rows) // 10)
        renew_pairs(arrivals.concerned, _within(tell, len(rows)))
        tell(len(rows) * 7 // 10)
        renew(arrivals.concerned, today, News(arrivals.cohort_changed, arrivals.needs_dropped))
        voices.mark_seen(source, [row.ref for row in once], today, by_id)
        outcomes = _outcomes(once, source, arrivals, by_id)
    audit.record("people.loaded", by=by_id, source=source, rows=len(rows))
    tell(len(rows))
    by_line = {row.line: outcomes[row.ref] for row in rows}
    count = Counter(outcomes.values())
    count["unchanged"] += len(rows) - len(once)
    return Counts(count["added"], count["updated"], count["unchanged"], count["asked"], by_line)


def _tell_nobody(_rows: int) -> None:
    pass


def _within(tell: Progress, rows: int) -> Progress:
    """Pairing says how many cards it has looked through, of all that there are: the middle of the work."""
    count = "SELECT (SELECT count(*) FROM source_record) + (SELECT count(*) FROM person)"
    cards = int(db.session.scalar(sa.text(count)) or 1)
    return lambda through: tell(rows // 10 + int(rows * 0.6 * min(through / cards, 1)))


def _outcomes(rows: Sequence[Stated], source: str, arrivals: Arrivals, by_id: int | None) -> dict[str, str]:
    """ref -> what became of the row, as whoever loads may know it."""
    known = voices.list_known(source, [row.ref for row in rows])
    asked = _asked_about(arrivals.new, by_id)
    hidden = _out_of_sight({record.leads_id for record in known.values()}, by_id)
    created = set(arrivals.created)
    whole = _rows_led({known[ref].leads_id for ref in arrivals.new})
    outcomes: dict[str, str] = {}
    for row in rows:
        record = known[row.ref]
        if record.leads_id in hidden and by_id not in arrivals.sent_before.get(row.ref, ()):
            outcomes[row.ref] = "added"
            area = hidden[record.leads_id]
            audit.record("person.added_again", "person", [record.leads_id], area_id=area, by=by_id)
        elif row.ref not in arrivals.new:
            outcomes[row.ref] = "updated" if row.ref in arrivals.changed else "unchanged"
        elif not whole[record.leads_id] <= created or record.person_id not in created:
            outcomes[row.ref] = "updated"
        else:
            outcomes[row.ref] = "asked" if record.leads_id in asked else "added"
    return outcomes


def _rows_led(leaders: set[int]) -> dict[int, set[int]]:
    query = sa.text("SELECT joined_to, id FROM person WHERE joined_to = ANY (:ids)")
    found = {row: {row} for row in leaders}
    for leads, row in db.session.execute(query, {"ids": list(leaders)}):
        found[leads].add(row)
    return found


def _asked_about(new: dict[str, int], by_id: int | None) -> set[int]:
    """Leading rows of which there is a question that whoever loads may see."""
    if not new:
        return set()
    query = sa.text("SELECT one_leads, other_leads FROM person_pair WHERE state = 'asked'")
    pairs = db.session.execute(query).all()
    hidden = _out_of_sight({row for pair in pairs for row in pair}, by_id)
    return {row for pair in pairs if hidden.keys().isdisjoint(pair) for row in pair}


def _out_of_sight(leaders: set[int], by_id: int | None) -> dict[int, int]:
    """Of these people, those whom the user may not see, with their area; a command sees everybody."""
    scope = scope_of(by_id) if by_id is not None else SYSTEM
    if scope.kind == "system":
        return {}
    query = sa.text(
        "SELECT id, area_id FROM person WHERE id = ANY (:ids)"
        " AND NOT (area_id = ANY (:areas) AND (NOT restricted OR id = ANY (:people)))"
    )
    values: dict[str, Any] = {
        "ids": list(leaders),
        "areas": list(scope.area_ids or ()),
        "people": list(scope.person_ids),
    }
    return {person: area for person, area in db.session.execute(query, values)}

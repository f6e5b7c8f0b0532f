"""The access log as an administrator reads it: numbers and references of people and referrals, never a name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import db

PAGE = 50
COUNTED = 1_000  # beyond that it is "more than"
USUAL = timedelta(days=30)  # shown where no day was asked for: the log is long

_WHERE = """
     WHERE e.at >= (CAST(:from_on AS date)::timestamp AT TIME ZONE 'Europe/London')
       AND e.at < ((CAST(:to_on AS date) + 1)::timestamp AT TIME ZONE 'Europe/London')"""
# Added where it is asked for: each has an index of its own. A number is looked for in one subject alone.
_PARTS = {
    "user": " AND e.user_id = :user",
    "action": " AND e.action = :action",
    "person": " AND e.subject = 'person' AND e.subject_ids @> ARRAY[CAST(:person AS bigint)]",
    "referral": " AND e.subject = 'referral' AND e.subject_ids @> ARRAY[CAST(:referral AS bigint)]",
    "before": " AND e.at <= (SELECT b.at FROM audit_entry b WHERE b.id = :before)"
    " AND (e.at, e.id) < ((SELECT b.at FROM audit_entry b WHERE b.id = :before), :before)",
}
_ROWS = """
    SELECT e.id, e.at, e.user_id, e.action, e.subject, e.subject_ids, e.area_id, e.agency_id, e.detail,
           u.name, u.role, coalesce(a.name, u.organisation) AS organisation
      FROM audit_entry e LEFT JOIN user_account u ON u.id = e.user_id LEFT JOIN agency a ON a.id = u.agency_id"""
_NEWEST_FIRST = " ORDER BY e.at DESC, e.id DESC LIMIT :most"


@dataclass(frozen=True)
class Asked:
    """Numbers and codes only, because they stand in the address. The days are whole ones in London, both included."""

    from_on: date
    to_on: date
    user: int | None = None
    person: int | None = None
    referral: int | None = None
    action: str | None = None
    before: int | None = None  # the entry after which the page begins, newest first

    @property
    def parts(self) -> str:
        return "".join(part for name, part in _PARTS.items() if getattr(self, name) is not None)


def list_entries(asked: Asked, most: int = PAGE) -> tuple[list[Any], bool]:
    """The newest first, and whether there are more."""
    query = sa.text(_ROWS + _WHERE + asked.parts + _NEWEST_FIRST)  # nosemgrep: no-text-of-values
    rows = list(db.session.execute(query, asdict(asked) | {"most": most + 1}))
    return rows[:most], len(rows) > most


def count_entries(asked: Asked) -> int:
    """On all pages; at most COUNTED and one."""
    asked = replace(asked, before=None)
    inner = f"SELECT FROM audit_entry e{_WHERE}{asked.parts} LIMIT {COUNTED + 1}"  # nosec B608 - constants
    return db.session.scalar(sa.text(f"SELECT count(*) FROM ({inner}) capped"), asdict(asked)) or 0  # noqa: S608 # nosec B608


def references_of(referral_ids: Collection[int]) -> dict[int, str]:
    """By id; a draft that was discarded has none any more."""
    query = sa.text("SELECT id, reference FROM references_of(CAST(:ids AS bigint[]))")
    return {row.id: row.reference for row in db.session.execute(query, {"ids": sorted(referral_ids)})}


def referral_called(reference: str) -> int | None:
    found: int | None = db.session.scalar(sa.select(sa.func.referral_called(reference)))
    return found


def email_of(user_id: int) -> str:
    """Empty for a user whom there is not."""
    return db.session.scalar(sa.select(User.email).where(User.id == user_id)) or ""


def places_of(entry_ids: Sequence[int]) -> dict[int, int]:
    """The positions of entries in the chain, as far as they are chained."""
    query = sa.text("SELECT entry_id, position FROM audit_link WHERE entry_id = ANY (:ids)")
    return {row.entry_id: row.position for row in db.session.execute(query, {"ids": list(entry_ids)})}


def last_signed() -> datetime | None:
    """When the head was last signed."""
    found: datetime | None = db.session.scalar(
        sa.text("SELECT at FROM audit_head ORDER BY number DESC LIMIT 1")
    )
    return found

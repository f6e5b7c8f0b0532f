"""Emails that failed, without what they carry: those given up one by one, those that are tried again by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.db import run
from portal.undelivered.wording import fault_words, kind_words

MOST = 200  # shown at a time; a mail server that was away for days leaves more
_GIVEN_UP = "SELECT * FROM given_up_mails(%(most)s, %(key)s)"
_FAULTY = "SELECT * FROM faulty_mails()"


@dataclass(frozen=True)
class Kind:
    """Emails of one template and, of those that are tried again, one fault. `number` of them, the first from `oldest`."""

    template: str
    words: str
    number: int
    oldest: datetime
    next_try: datetime
    fault: str = ""


@dataclass(frozen=True)
class GivenUp:
    """One email. `link_over`: the one-time link in it no longer works, so that it is not sent again."""

    key: str
    template: str
    words: str
    address: str
    user_id: int | None
    created_at: datetime
    attempts: int
    fault: str
    link_over: bool


def list_given_up() -> list[GivenUp]:
    """The oldest first, at most MOST."""
    return [_given_up(row) for row in run(_GIVEN_UP, {"most": MOST, "key": None})]


def get_given_up(key: str) -> GivenUp | None:
    rows = run(_GIVEN_UP, {"most": 1, "key": key})
    return _given_up(rows[0]) if rows else None


def list_kinds() -> tuple[list[Kind], list[Kind]]:
    """Kinds of those given up, and of those that are tried again."""
    rows = run(_FAULTY, {})
    dead: dict[str, Kind] = {}
    for row in rows:
        if row.dead:
            before = dead.get(row.template)
            dead[row.template] = _kind(row, row.mails + (before.number if before else 0))
    return list(dead.values()), [
        _kind(row, row.mails, fault_words(row.fault)) for row in rows if not row.dead
    ]


def count_given_up() -> int:
    return sum(kind.number for kind in list_kinds()[0])


def of_kind(rows: Sequence[GivenUp], kind: Kind) -> list[GivenUp]:
    return [row for row in rows if row.template == kind.template]


def _kind(row: Any, number: int, fault: str = "") -> Kind:
    return Kind(row.template, kind_words(row.template), number, row.oldest, row.next_try, fault)


def _given_up(row: Any) -> GivenUp:
    return GivenUp(
        row.key,
        row.template,
        kind_words(row.template),
        row.address,
        row.user_id,
        row.created_at,
        row.attempts,
        fault_words(row.fault),
        row.link_over,
    )

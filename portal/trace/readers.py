"""Who read of one person or one referral: one line a day and reader, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access import ROLE_NAMES, Role
from portal.db import db
from portal.i18n import clock_time
from portal.trace.reasons import reason_in_words

PAGE = 25
KINDS = ("opened", "referral", "list", "searched", "taken", "elsewhere", "refused", "readers", "changed")
_READERS = sa.text(
    "SELECT on_day, user_id, name, role, organisation, first_at, last_at, done, reasons"
    " FROM readers_of(:about, :which, :reader, :day, :user, :most)"
)
_NAMES = sa.text("SELECT id, name FROM names_of_readers(:about, :which)")


@dataclass(frozen=True)
class Asked:
    """What the address asks for: one reader, and the last line of the page before. What cannot be read asks nothing."""

    reader: int | None = None
    day: date | None = None
    user: int | None = None


@dataclass(frozen=True)
class Line:
    """What one reader did on one day. `done` and `reasons` are sentences."""

    on_day: date
    user_id: int
    times: str
    name: str
    role: str
    organisation: str
    done: list[str]
    reasons: list[str]


def read_asked(args: Mapping[str, str]) -> Asked:
    day, _sep, user = args.get("after", "").partition("_")
    try:
        after = date.fromisoformat(day)
    except ValueError:
        return Asked(_number(args.get("reader", "")))
    number = _number(user)
    return Asked(_number(args.get("reader", "")), after if number else None, number)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 else None


def list_readers(about: str, which: int, asked: Asked) -> tuple[list[Line], bool]:
    """A page of who read of it, the latest day first, and whether there is more. `about`: person or referral."""
    values = {
        "about": about, "which": which, "reader": asked.reader, "day": asked.day, "user": asked.user, "most": PAGE + 1,
    }  # fmt: skip
    rows = db.session.execute(_READERS, values).all()
    return [_line(row, about) for row in rows[:PAGE]], len(rows) > PAGE


def list_names(about: str, which: int) -> Sequence[sa.Row[Any]]:
    """(id, name) of everybody who has read of it, by name."""
    return db.session.execute(_NAMES, {"about": about, "which": which}).all()


def hrefs(at: str, asked: Asked, lines: Sequence[Line], *, more: bool) -> dict[str, str | None]:
    """Where the first and the next page are, None where one is there already."""
    kept = {"reader": asked.reader} if asked.reader else {}
    last = f"{lines[-1].on_day}_{lines[-1].user_id}" if more else ""
    return {
        "first": f"{at}?{urlencode(kept)}".rstrip("?") if asked.day else None,
        "next": f"{at}?{urlencode({**kept, 'after': last})}" if more else None,
    }


def _line(row: sa.Row[Any], about: str) -> Line:
    first, last = clock_time(row.first_at), clock_time(row.last_at)
    times = first if first == last else _("%(first)s to %(last)s", first=first, last=last)
    role = str(ROLE_NAMES.get(Role(row.role), ""))
    reasons = [reason_in_words(one["kind"], one["reason"], one["words"]) for one in row.reasons or ()]
    return Line(
        row.on_day, row.user_id, times, row.name, role, row.organisation, in_words(row.done, about), reasons
    )


def in_words(done: Mapping[str, int], about: str) -> list[str]:
    """What these actions were, each kind once with how often, in the order of KINDS."""
    counts: Counter[str] = Counter()
    for action, times in done.items():
        counts[kind_of(action)] += times
    return [_said(kind, counts[kind], about) for kind in KINDS if counts[kind]]


def kind_of(action: str) -> str:
    """Which of KINDS an action of the log is."""
    named = {
        "person.read": "opened", "referral.read": "referral", "people.searched": "searched",
        "person.found_elsewhere": "elsewhere", "person.sought_elsewhere": "elsewhere", "person.refused": "refused",
        "copy.taken": "taken", "needs.opened": "list", "turnaround.opened": "list", "readers.read": "readers",
    }  # fmt: skip
    if action in named:
        return named[action]
    verb = action.partition(".")[2]
    return "list" if verb == "listed" else "taken" if verb in ("exported", "export") else "changed"


def _said(kind: str, times: int, about: str) -> str:
    if kind == "opened":
        return ngettext("Opened the record", "Opened the record %(num)s times", times)
    if kind == "referral" and about == "person":
        return ngettext("Opened a referral", "Opened a referral %(num)s times", times)
    if kind == "referral":
        return ngettext("Opened the referral", "Opened the referral %(num)s times", times)
    if kind == "list":
        return ngettext("Saw it in a list", "Saw it in a list %(num)s times", times)
    if kind == "changed":
        return ngettext("Added or changed something", "Added or changed %(num)s things", times)
    return {
        "searched": _("Found the person by searching"),
        "taken": _("Took a file with it"),
        "elsewhere": _("Looked for the person from another area"),
        "refused": _("Tried to open the record and was refused"),
        "readers": _("Looked at who has read it"),
    }[kind]

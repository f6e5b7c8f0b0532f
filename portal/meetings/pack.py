"""The pack of a meeting: for each agency, its lines under the most urgent heading each, in the reader's words.

Page and PDF are drawn from the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import gettext as _

from portal.agencies.calendar import working_days
from portal.agencies.codes import NEEDS
from portal.clocks.clock import london_date
from portal.i18n import long_date
from portal.meetings import queries, wording
from portal.meetings.models import Meeting
from portal.referrals.clock_words import course_of, row_clock
from portal.referrals.states import ENDED
from portal.referrals.wording import status_tag
from portal.turnaround.filters import Filter, period
from portal.turnaround.page import entries_by_need, read_aloud
from portal.turnaround.summary import summary_table


@dataclass(frozen=True)
class Said:
    """One decision: what, and by whom and when it was written down."""

    words: str
    by: str


@dataclass(frozen=True)
class Line:
    """One referral in words. `tags` are (text, colour); `tone` of the clock is late, due or empty."""

    id: int
    reference: str
    who: str
    need: str
    service: str
    status: str
    colour: str
    tags: list[tuple[str, str]]
    notes: list[str]
    clock: str
    tone: str
    worker: str
    referrer: str
    decisions: list[Said]


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Part:
    """One agency: what its figures say, and its sections, the most urgent first."""

    agency_id: int
    name: str
    figures: list[str]
    sections: list[Section] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(len(section.lines) for section in self.sections)


@dataclass(frozen=True)
class Pack:
    meeting: Meeting
    parts: list[Part]
    more: bool
    now: datetime

    @property
    def ids(self) -> list[int]:
        return [line.id for part in self.parts for section in part.sections for line in section.lines]


def read_pack(meeting: Meeting, only: int | None = None) -> Pack:
    """As things stand now, all of it that the current user may see; `only`: of one agency."""
    now = datetime.now(UTC)
    today = london_date(now)
    invited = [pair for pair in queries.list_invited(meeting) if only in (None, pair[0])]
    since = queries.well_since(meeting, today)
    rows, more = queries.list_cases(meeting, [agency_id for agency_id, _name in invited], since, today)
    lines = _Lines(since, today, queries.list_decisions(meeting))
    by_agency: dict[int, list[Any]] = {agency_id: [] for agency_id, _name in invited}
    for row in rows:
        by_agency[row.agency_id].append(row)
    said = _figures(meeting, today)
    parts = [
        Part(agency_id, name, said.get(str(agency_id), []), lines.sections(by_agency[agency_id]))
        for agency_id, name in invited
    ]
    return Pack(meeting, parts, more, now)


def _figures(meeting: Meeting, today: date) -> dict[str, list[str]]:
    """Of the last six months in the meeting's area: a sentence for each need, by the agency's id."""
    asked = Filter(*period(today), area_id=meeting.area_id)
    found: dict[str, list[str]] = {}
    for need, entries in entries_by_need(asked):
        table = summary_table(str(NEEDS[need]), entries, "", asked.days)
        for entry, words in zip(entries, read_aloud(entries, table, asked.days), strict=True):
            said = _("%(need)s: %(sentence)s", need=NEEDS[need], sentence=words)
            found.setdefault(entry.answer.key, []).append(said)
    return found


def headings_of(row: Any, since: date, today: date) -> list[str]:
    """Every heading that fits, the most urgent first; never none."""
    is_open = row.status not in ENDED
    fits = {
        "late": is_open and row.late_from is not None and row.late_from <= today,
        "escalated": is_open and row.escalated_at is not None,
        "declined": row.status in ("declined", "challenged"),
        "questions": row.status == "information_requested",
        "waiting": row.status in ("sent", "acknowledged"),
        "well": wording.granted_since(row, since) or wording.started_since(row, since),
    }
    found = [code for code in wording.HEADINGS if fits.get(code)]
    return found or ["open" if is_open else "ended"]


class _Lines:
    """Puts rows into words, and each under its heading."""

    def __init__(self, since: date, today: date, decisions: dict[int, list[queries.Decision]]) -> None:
        self.since, self.today, self.decisions = since, today, decisions
        self.calendar = working_days()

    def sections(self, rows: Iterable[Any]) -> list[Section]:
        placed: dict[str, list[tuple[Any, Line]]] = {}
        for row in rows:
            headings = headings_of(row, self.since, self.today)
            placed.setdefault(headings[0], []).append((row, self._line(row, headings)))
        return [
            Section(code, wording.heading(code, self.since), _in_order(code, placed[code]))
            for code in wording.HEADINGS
            if code in placed
        ]

    def _line(self, row: Any, headings: list[str]) -> Line:
        status, colour = status_tag(row.status, row.decision)
        clock = row_clock(course_of(row), self.today, self.calendar)
        said = [
            Said(each.words, wording.decided(each.by, long_date(each.at)))
            for each in self.decisions.get(row.id, [])
        ]
        tags = [wording.TAGS[code] for code in headings[1:] if code in wording.TAGS]
        return Line(
            id=row.id,
            reference=row.reference,
            who=(f"{row.forenames} {row.surname}" if row.surname else row.initials) or "",
            need=str(NEEDS[row.need_code]),
            service=row.service,
            status=status,
            colour=colour,
            tags=[(str(words), tag_colour) for words, tag_colour in tags],
            notes=list(wording.notes(row, headings, self.since)),
            clock=clock.words,
            tone=clock.tone,
            worker=row.worker or _("No worker yet"),
            referrer=row.referrer,
            decisions=said,
        )


def _in_order(code: str, placed: Sequence[tuple[Any, Line]]) -> list[Line]:
    """The longest late, unanswered, asked or sent first."""

    def age(pair: tuple[Any, Line]) -> Any:
        row = pair[0]
        if code == "late":
            return row.late_from, row.sent_at
        moment = {"escalated": row.escalated_at, "declined": row.status_since, "questions": row.status_since}
        return moment.get(code) or row.sent_at, row.sent_at

    return [line for _row, line in sorted(placed, key=age)]

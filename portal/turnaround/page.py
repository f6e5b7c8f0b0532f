"""What the summary holds: for each need, its sentences and its tables. Page, files and the meeting's pack read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import groupby
from urllib.parse import urlencode

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import long_date
from portal.turnaround import sections
from portal.turnaround.cells import Table
from portal.turnaround.disclosure import published
from portal.turnaround.filters import Filter
from portal.turnaround.groups import NO_SERVICE
from portal.turnaround.result import Row, summary
from portal.turnaround.sentences import sentence
from portal.turnaround.summary import Entry, bands_table, summary_table

AgencyHref = Callable[[str], str]
Opener = Callable[..., str | None]
# What the page behind a figure takes besides the filter that its row stands under.
OWN_ARGUMENTS = ("need", "agency", "service", "figure", "measure", "reason", "cause", "month", "after")


@dataclass(frozen=True)
class Viewer:
    """What the page depends on: side is iom, agency or none (analysts, who see no referrals and no small numbers)."""

    side: str

    @property
    def hide_small(self) -> bool:
        return self.side not in ("iom", "agency")

    def opener(self) -> Opener:
        """For each row the address of its referrals, to which a figure is added: None for those who may not open them.
        The filter is read from the address once."""
        if self.hide_small:
            return lambda **narrowed: None
        start = sections.href("referrals", **dict.fromkeys(OWN_ARGUMENTS))
        start += "&" if "?" in start else "?"
        return lambda **narrowed: start + urlencode(narrowed)


@dataclass(frozen=True)
class Shown:
    """What a page is drawn from. Not the section: a template keeps what it is given until memory is tidied up, and 200
    agencies' curves are megabytes."""

    need: str
    title: str
    table: Table
    sentences: Sequence[str]


@dataclass(frozen=True)
class Section:
    """One need. `summary` and `bands` have a row for each entry, which its sentence reads out: each is made when it is
    first asked for, as there may be 200 rows."""

    need: str
    entries: Sequence[Entry]
    by: str
    days: str
    hide_small: bool

    @property
    def title(self) -> str:
        return str(NEEDS[self.need])

    @cached_property
    def summary(self) -> Table:
        return self._shown(summary_table(self.title, self.entries, self.by, self.days))

    @cached_property
    def bands(self) -> Table:
        return self._shown(bands_table(self.title, self.entries, self.by))

    @cached_property
    def sentences(self) -> list[str]:
        return read_aloud(self.entries, self.summary, self.days)

    def shown(self, *, by_day: bool) -> Shown:
        table, sentences = (self.bands, []) if by_day else (self.summary, self.sentences)
        return Shown(self.need, self.title, table, sentences)

    def _shown(self, table: Table) -> Table:
        return published(table) if self.hide_small else table


def sections_by_agency(asked: Filter, viewer: Viewer, agency_href: AgencyHref) -> list[Section]:
    """Each need with its agencies. Agencies are compared within one need only."""
    opens = viewer.opener()

    def linked(entry: Entry) -> Entry:
        key, need = entry.answer.key, entry.answer.need
        return replace(entry, href=agency_href(key), behind=opens(need=need, agency=key))

    return sections_by(asked, viewer, linked)


def sections_by(
    asked: Filter, viewer: Viewer, linked: Callable[[Entry], Entry] = lambda entry: entry
) -> list[Section]:
    """Each need with its agencies or services, as `asked.by` says."""
    return [
        Section(need, [linked(entry) for entry in found], asked.by, asked.days, viewer.hide_small)
        for need, found in entries_by_need(asked)
    ]


def entries_of_agency(asked: Filter) -> list[tuple[Entry, list[Entry]]]:
    """Of one agency, need by need: its figures, and those of each of its services."""
    services = dict(entries_by_need(replace(asked, by="service")))
    return [(total, services[need]) for need, [total] in entries_by_need(asked)]


def sections_of_agency(asked: Filter, viewer: Viewer) -> list[Section]:
    return [section_of_agency(total, services, asked, viewer) for total, services in entries_of_agency(asked)]


def section_of_agency(total: Entry, services: Sequence[Entry], asked: Filter, viewer: Viewer) -> Section:
    """A need of one agency, with its services beneath; where it has only one, only that."""
    need, opens = total.answer.need, viewer.opener()
    found = [
        each
        if each.answer.key == NO_SERVICE
        else replace(each, behind=opens(need=need, agency=total.answer.key, service=each.answer.key))
        for each in services
    ]
    all_of_them = replace(total, label=_("All services"), behind=opens(need=need, agency=total.answer.key))
    rows = found if len(found) == 1 else [all_of_them, *found]
    first = replace(rows[0], answer=replace(rows[0].answer, label=total.answer.label))
    return Section(need, [first, *rows[1:]], "service", asked.days, viewer.hide_small)


def published_sections(asked: Filter) -> list[Section]:
    """By agency, as anybody may see them."""
    return sections_by(replace(asked, by="agency"), Viewer("none"))


def read_aloud(entries: Sequence[Entry], table: Table, days: str) -> list[str]:
    """A sentence for each row of the table, which the entries became."""
    keys = [column.key for column in table.columns]
    return [
        sentence(entry, dict(zip(keys, row, strict=True)), days, about=table.published)
        for entry, row in zip(entries, table.rows, strict=True)
    ]


def entries_by_need(asked: Filter) -> list[tuple[str, list[Entry]]]:
    """The figures of answers and of priority, need by need and within it by name."""
    found = summary(asked)
    priority = {(row.key, row.need): row for row in found.decisions}

    def entry(row: Row) -> Entry:
        place = row.key, row.need
        untested, key = place in found.untested, f"{asked.by} {row.key}"
        return Entry(row, priority.get(place), found.usual.get(place), key, row.label, untested=untested)

    order = list(NEEDS)
    rows = sorted(found.answers, key=lambda row: order.index(row.need))
    return [(need, [entry(row) for row in group]) for need, group in groupby(rows, key=lambda row: row.need)]


def in_words(asked: Filter, today: date, names: Mapping[str, Mapping[int, str]]) -> str:
    """What is shown, as one reads it aloud. `names`: areas, agencies and services by number."""
    chosen = {"agencies": asked.agency_id, "services": asked.service_id, "areas": asked.area_id}
    which = [
        str(NEEDS[asked.need]) if asked.need else _("All needs"),
        *(names[kind][number] for kind, number in chosen.items() if number and kind in names),
        *([str(COHORT_NAMES[asked.cohort])] if asked.cohort else []),
    ]
    how = [
        _(
            "referrals sent from %(first)s to %(last)s",
            first=long_date(asked.from_on),
            last=long_date(asked.to_on),
        ),
        _("counted in working days") if asked.days == "working" else _("counted in calendar days"),
        *([_("as things stood on %(day)s", day=long_date(asked.as_of))] if asked.as_of != today else []),
    ]
    return f"{', '.join(which)}: {', '.join(how)}"

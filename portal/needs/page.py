"""The dashboard: who is on IOM, what they need and whether they get it, as tables that page, charts and files show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.lookup import list_areas
from portal.i18n import language
from portal.needs.ages import NAMES
from portal.needs.asking import Asked, href
from portal.needs.counting import STATES, STEPS, UNKNOWN, NeedCounts, count_needs, count_people
from portal.people.wording import LANGUAGES, SEXES
from portal.turnaround.agency_tables import ALL, Teller, add_days, findings, median_cell
from portal.turnaround.bar_charts import bars_of, last_row
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart
from portal.turnaround.days import Steps
from portal.turnaround.disclosure import published
from portal.turnaround.lines import Bar, Lines, in_lines, per_cent
from portal.turnaround.need_page import headings as step_headings
from portal.turnaround.need_page import waits_table
from portal.turnaround.page import Viewer

Opens = Callable[..., str | None]
# One key for all rows: how many there are stands in each, and moved anew in forty rows it could be worked out of them.
PEOPLE = "people"


@dataclass(frozen=True)
class Page:
    """`findings` are read aloud; `needs` and `people` are tables, charts by the name of the table that they draw."""

    findings: list[str]
    needs: list[Table]
    people: list[Table]
    charts: dict[str, Chart]

    @property
    def tables(self) -> list[Table]:
        return [*self.needs, *self.people]


def build(asked: Asked, viewer: Viewer, *, draw: bool = True) -> Page:
    """Two statements that count, however many people there are. Who sees no names sees published numbers, and opens nothing."""
    opens = _closed if viewer.hide_small else _opens
    people, (needs, days) = count_people(asked), count_needs(asked)
    many = people["all"]["all"]
    by_need = [_steps(needs, opens), _states(needs, opens), _waits(needs, days)] if needs else []
    of_people = list(_people_tables(people, many, opens)) if many else []
    if viewer.hide_small:
        by_need, of_people = (
            [published(table) for table in by_need],
            [published(table) for table in of_people],
        )
    charts = dict(_charts(by_need)) if draw else {}
    said = _findings(many, needs, Teller(viewer.hide_small))
    return Page(said, by_need, of_people, charts)


def _opens(by: str, value: str, of: str | None = None) -> str | None:
    return href("/needs/people", by=by, **{"is": value, "of": of})


def _closed(by: str, value: str, of: str | None = None) -> str | None:
    return None


def _label(each: NeedCounts) -> Cell:
    return text(str(NEEDS[each.code]) if each.code else _("All needs"))


def _keys(needs: Sequence[NeedCounts]) -> tuple[str, ...]:
    return tuple(f"need {each.code}" if each.code else ALL for each in needs)


def _number(number: int, opens: Opens, by: str, value: str, of: str | None) -> Cell:
    return count(number, opens(by, value, of) if number else None)


def _steps(needs: Sequence[NeedCounts], opens: Opens) -> Table:
    headings = step_headings()
    columns = (
        Column("need", _("Need"), Kind.TEXT),
        *(
            Column(step, headings[step], Kind.COUNT, within="" if step == "identified" else "identified")
            for step in STEPS
        ),
    )
    rows = tuple(
        (_label(each), *(_number(each.steps[step], opens, "step", step, each.code) for step in STEPS))
        for each in needs
    )
    note = _("How many people have the need on record, and how far it has ever got since it was identified.")
    return Table("needs-steps", _("From identified to met"), columns, rows, note, _keys(needs))


def state_headings() -> dict[str, str]:
    return {
        "identified": _("To be referred"),
        "referred": _("Referred, waiting"),
        "being_met": pgettext("how many needs", "Being met"),
        "not_met": pgettext("how many needs", "Not met"),
        "met": pgettext("how many needs", "Met"),
        "declined_by_person": _("Person declined"),
    }


def _states(needs: Sequence[NeedCounts], opens: Opens) -> Table:
    headings = state_headings()
    columns = (
        Column("need", _("Need"), Kind.TEXT),
        Column("unmet", pgettext("how many needs", "Unmet now"), Kind.COUNT),
        *(
            Column(f"now_{state}", headings[state], Kind.COUNT, within="unmet" if place < 4 else "")
            for place, state in enumerate(STATES)
        ),
    )
    rows = tuple(
        (
            _label(each),
            _number(each.unmet, opens, "unmet", "all", each.code),
            *(_number(each.states[state], opens, "state", state, each.code) for state in STATES),
        )
        for each in needs
    )
    note = _("Unmet now are the needs in the four columns after it.")
    return Table("needs-now", _("Where needs stand now"), columns, rows, note, _keys(needs))


def _waits(needs: Sequence[NeedCounts], days: Steps) -> Table:
    def cells(each: NeedCounts, step: str) -> Cell:
        if each.code:
            return median_cell(days.get((each.code, step)))
        return median_cell(add_days(found for (_need, at), found in days.items() if at == step))

    rows = tuple((_label(each), *(cells(each, step) for step in STEPS[1:])) for each in needs)
    return waits_table("needs-days", rows, _keys(needs))


def values_of(part: str) -> dict[str, str]:
    """The codes by which people are counted, and their names, in the order of their rows."""
    names: dict[str, Mapping[str, Any]] = {
        "cohort": COHORT_NAMES,
        "age": dict(reversed(NAMES.items())),
        "sex": SEXES,
        "language": LANGUAGES,
    }
    return {code: str(name) for code, name in names[part].items()}


def _people_tables(people: Mapping[str, Mapping[str, int]], many: int, opens: Opens) -> Iterable[Table]:
    for part, heading, title in (
        ("cohort", _("Cohort"), _("People by cohort")),
        ("age", _("Age"), _("People by age")),
        ("sex", _("Sex"), _("People by sex")),
        ("language", _("Language"), _("People by language")),
    ):
        values = values_of(part)
        if UNKNOWN in people[part]:
            values[UNKNOWN] = _("Not known")
        columns = (Column(part, heading, Kind.TEXT), Column("people", _("People"), Kind.SHARE))
        cells = {value: _share(people[part].get(value, 0), many, opens, part, value) for value in values}
        rows = tuple((text(name), cells[value]) for value, name in values.items())
        yield Table(f"people-{part}", title, columns, rows, keys=(PEOPLE,) * len(rows))
    yield _authorities(people["authority"], many, opens)


def _share(number: int, many: int, opens: Opens, part: str, value: str) -> Cell:
    return share(number, many, None, None, opens(part, value) if number else None)


def _authorities(numbers: Mapping[str, int], many: int, opens: Opens) -> Table:
    """Rural or not stands beside it, because distance is not in the hands of IOM; nothing ranks them."""
    known = [area for area in list_areas("local_authority", closed=True) if str(area.id) in numbers]
    rows = [
        (
            text(area.name(language())),
            text(_("Rural") if area.rural else _("Not rural")),
            _share(numbers[str(area.id)], many, opens, "authority", str(area.id)),
        )
        for area in known
    ]
    if UNKNOWN in numbers:
        unknown = _share(numbers[UNKNOWN], many, opens, "authority", UNKNOWN)
        rows.append((text(_("Not known")), text("–"), unknown))
    columns = (
        Column("authority", _("Local authority"), Kind.TEXT),
        Column("rural", _("Rural or not"), Kind.TEXT),
        Column("people", _("People"), Kind.SHARE),
    )
    title = _("People by local authority")
    return Table("people-authority", title, columns, tuple(rows), keys=(PEOPLE,) * len(rows))


def _charts(tables: Sequence[Table]) -> Iterable[tuple[str, Chart]]:
    """Of the tables as they are shown."""
    if not tables:
        return
    steps, states, _days = tables
    words = _("Needs")
    drawn = bars_of(steps, last_row(steps, STEPS, words), words)
    headings = [column.heading for column in states.columns]
    last = None if len(states.rows) == 1 else -1
    rows = [(str(row[0].value), list(zip(headings[2:], row[2:], strict=True))) for row in states.rows[:last]]
    for chart, table in ((drawn, steps), (bars_of(states, rows, words), states)):
        if chart:
            yield table.name, chart


def _findings(many: int, needs: Sequence[NeedCounts], teller: Teller) -> list[str]:
    if not many:
        return [_("Nobody is on IOM here.")]
    total = needs[-1] if needs else NeedCounts(None)
    whole = total.steps["identified"]
    alone = teller.part(total.states["identified"], whole)
    started = teller.part(total.steps["started"], whole)
    met = teller.part(total.states["met"], whole)
    return findings(
        _people_said(many, teller),
        alone and _("Of their needs on record, %(part)s wait for somebody to refer them.", part=alone),
        started and _("Help has started for %(part)s.", part=started),
        met and _("Met are %(part)s.", part=met),
    )


def _people_said(many: int, teller: Teller) -> str:
    if not teller.hide_small:
        return ngettext("%(num)s person is on IOM.", "%(num)s people are on IOM.", many)
    [[cell]] = published(
        Table("", "", (Column("people", "", Kind.COUNT),), ((count(many),),), keys=(PEOPLE,))
    ).rows
    if cell.value is None:
        return _("Too few people are on IOM here to show.")
    return _("About %(number)d people are on IOM.", number=cell.value)


def bars_in_lines(table: Table) -> Lines:
    """Shares of everybody there is, each with its bar: nothing about them is likely, so the bar has no range."""
    lines = in_lines(table)
    rows = [
        [shown._replace(bar=_bar(cell)) for cell, shown in zip(cells, row, strict=True)]
        for cells, row in zip(table.rows, lines.rows, strict=True)
    ]
    return lines._replace(rows=rows)


def _bar(cell: Cell) -> Bar | None:
    if cell.kind is not Kind.SHARE or not isinstance(cell.value, float):
        return None
    return (per_cent(cell.value),) * 3

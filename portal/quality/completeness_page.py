"""The page of how complete the register is: a sentence, a table by area, one measure month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.agencies.models import Area
from portal.fields import PortalForm, SelectField, Text
from portal.i18n import language, long_date
from portal.quality.completeness import Snapshot, list_latest, list_months
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart, bars
from portal.turnaround.disclosure import published
from portal.turnaround.lines import per_cent

MEASURES: dict[str, Text] = {
    "born": _l("Has a date of birth"),
    "authority": _l("Has a local authority"),
    "pnc": _l("Has a PNC ID with the right last letter"),
    "managers": _l("Has a police and a probation offender manager"),
    "cohort": _l("Is in a cohort"),
    "reviewed": _l("The review is up to date"),
    "paired": _l("Is known from both police and probation"),
    "agreed": _l("Nothing contradicts itself"),
}


class MeasureForm(PortalForm):
    """In the address, hence without a token."""

    class Meta(PortalForm.Meta):
        csrf = False

    measure = SelectField(_l("Figure"), choices=list(MEASURES.items()))
    area = SelectField(_l("Area"), empty=_l("All your areas"))


@dataclass(frozen=True)
class Page:
    """`table` holds areas side by side, `chart` one measure by month; both as the viewer may see them."""

    sentences: list[str]
    table: Table | None
    chart: Chart | None


def build(areas: Sequence[Area], measure: str, within: int | None, today: date, *, hide_small: bool) -> Page:
    latest = list_latest(list(areas))
    here = [area for area in areas if area.id in latest]
    if not here:
        return Page([], None, None)
    table = _by_area(here, latest)
    months = _by_month(list_months([area for area in areas if within in (None, area.id)], today), measure)
    if hide_small:
        table, months = published(table), published(months)
    day = max(each.day for each in latest.values())
    return Page(_sentences(table, day), table, _chart(months, str(MEASURES[measure])))


def _by_area(areas: Sequence[Area], latest: dict[int, Snapshot]) -> Table:
    """A row for each measure, a column for each area, in the order of their names; with all of them in the last."""
    spoken = language()
    snapshots = [latest[area.id] for area in areas]
    heads = [area.name(spoken) for area in areas]
    if len(areas) > 1:
        snapshots.append(_together(snapshots))
        heads.append(_("All together"))
    columns = (
        Column("what", _("Of the people on the register"), Kind.TEXT),
        *(Column(f"a{number}", head, Kind.SHARE) for number, head in enumerate(heads)),
    )
    rows = [(text(_("People")), *(count(each.people) for each in snapshots))]
    rows += [
        (text(str(words)), *(share(each.parts[part], each.people, None, None) for each in snapshots))
        for part, words in MEASURES.items()
    ]
    keys = (_key(max(each.day for each in snapshots)),) * len(rows)
    return Table("completeness", _("How complete the records are"), columns, tuple(rows), keys=keys)


def _together(snapshots: Sequence[Snapshot]) -> Snapshot:
    return Snapshot(
        max(each.day for each in snapshots),
        sum(each.people for each in snapshots),
        {part: sum(each.parts[part] for each in snapshots) for part in MEASURES},
    )


def _by_month(months: Sequence[Snapshot], measure: str) -> Table:
    columns = (
        Column("month", _("Month"), Kind.TEXT),
        Column("people", _("People"), Kind.COUNT),
        Column("share", str(MEASURES[measure]), Kind.SHARE, within="people"),
    )
    rows = tuple(
        (text(_month(each.day)), count(each.people), share(each.parts[measure], each.people, None, None))
        for each in months
    )
    keys = tuple(_key(each.day) for each in months)
    return Table(
        "completeness-months",
        _("%(measure)s: month by month", measure=MEASURES[measure]),
        columns,
        rows,
        keys=keys,
    )


def _key(day: date) -> str:
    """One for all that is published of a month: the same number, seen beside each measure, is moved alike each time."""
    return f"register {day:%Y-%m}"


def _month(day: date) -> str:
    return str(format_date(day, "MMM y", locale=language()))


def _sentences(table: Table, day: date) -> list[str]:
    """How many there are, and what is missing most often, of all areas together; what may not be shown is not said."""
    said, people = [], table.rows[0][-1].value
    if isinstance(people, int):
        words = ngettext("%(num)d person is on the register.", "%(num)d people are on the register.", people)
        counted = _("Counted on %(date)s.", date=long_date(day))
        said.append(f"{words} {counted}")
    known = [(row[-1], str(row[0].value)) for row in table.rows[1:] if isinstance(row[-1].value, float)]
    if known:
        cell, label = min(known, key=lambda each: float(str(each[0].value)))
        said.append(
            _(
                "What is missing most often: “%(label)s” is so for %(share)d%%.",
                label=label,
                share=_whole(cell),
            )
        )
    return said


def _whole(cell: Cell) -> int:
    return per_cent(float(str(cell.value)))


def _chart(months: Table, measure: str) -> Chart | None:
    drawn = [
        (str(row[0].value), [(measure, float(str(row[2].value)))])
        for row in months.rows
        if isinstance(row[2].value, float)
    ]
    if not drawn:
        return None
    said = "; ".join(f"{month}: {per_cent(parts[0][1])}%" for month, parts in drawn)
    return bars(
        drawn, name=months.name, title=months.title, alternative=said, axis=_("Share of the people"), stacked=False,
        share=True, table=months,
    )  # fmt: skip

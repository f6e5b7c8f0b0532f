"""The command `turnaround`: the figures of the page, of everything there is, as JSON or as a table."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from portal.agencies import reference_data
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.models import Agency, Area, CalendarDay
from portal.db import SYSTEM, db, enter_scope
from portal.i18n import LONDON
from portal.turnaround.catalogue import BY_CODE, Measure
from portal.turnaround.document import CODES, document
from portal.turnaround.filters import CLOCKS, DAYS, GROUPS, Filter, period
from portal.turnaround.result import Row, figures


class DayType(click.ParamType[date]):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date like 2026-11-22.", param, ctx)


class DayListType(click.ParamType[list[int]]):
    """Numbers of days with commas between them."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        parts = value.split(",") if isinstance(value, str) else value
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            self.fail(f"{value!r} is not a list of days like 5,10,20.", param, ctx)
        return [int(part) for part in parts]


DAY, DAY_LIST = DayType(), DayListType()


@click.command("turnaround")
@click.option("--measure", type=click.Choice(CODES), default="M1", show_default=True)
@click.option("--from", "from_on", type=DAY, help="First sending date; six months before --to.")
@click.option("--to", "to_on", type=DAY, help="Last sending date; --as-of.")
@click.option("--as-of", type=DAY, help="As things stood on this day; today.")
@click.option("--need", type=click.Choice(list(NEEDS)))
@click.option("--agency", help="An agency’s name or number.")
@click.option("--area", help="A police force area or local authority, by code or name.")
@click.option("--cohort", type=click.Choice(list(COHORT_NAMES)))
@click.option("--by", type=click.Choice(GROUPS), default="agency", show_default=True)
@click.option("--days", type=click.Choice(DAYS), default="working", show_default=True)
@click.option(
    "--clock", type=click.Choice(CLOCKS), default="gross", show_default=True, help="Net: without rests."
)
@click.option("--share-days", type=DAY_LIST, default="5,10,20", show_default=True)
@click.option("--json", "json_wanted", is_flag=True, help="Numbers unrounded, nothing left out.")
@with_appcontext
def turnaround(
    measure: str,
    from_on: date | None,
    to_on: date | None,
    as_of: date | None,
    share_days: list[int],
    json_wanted: bool,
    **chosen: str | None,
) -> None:
    """How soon agencies answer, and whether they grant priority."""
    enter_scope(SYSTEM)
    from_on, to_on, as_of = period(datetime.now(LONDON).date(), from_on, to_on, as_of)
    if from_on > to_on:
        raise click.UsageError(f"--from {from_on} is after --to {to_on}.")
    _refuse_unknown_day(as_of)
    agency, area = chosen.pop("agency"), chosen.pop("area")
    asked = Filter(
        from_on=from_on,
        to_on=to_on,
        as_of=as_of,
        agency_id=_agency_id(agency) if agency is not None else None,
        area_id=_area_id(area) if area is not None else None,
        **chosen,  # type: ignore[arg-type]
    )
    if json_wanted:
        click.echo(json.dumps(document(asked, measure, share_days), ensure_ascii=False))
        return
    if measure not in BY_CODE:
        raise click.UsageError(f"{measure} is given as JSON only: add --json.")
    [rows] = figures(asked, BY_CODE[measure])
    _print_table(rows, asked, BY_CODE[measure], share_days)


def _refuse_unknown_day(day: date) -> None:
    ends = sa.func.min(CalendarDay.day), sa.func.max(CalendarDay.day)
    first, last = db.session.execute(sa.select(*ends)).one()
    if first is None or not first <= day <= last:
        raise click.UsageError(f"The working calendar reaches from {first} to {last}, not to {day}.")


def _agency_id(wanted: str) -> int:
    named = sa.func.lower(Agency.name) == wanted.lower()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
        named = named | (Agency.id == int(wanted))
    found = db.session.scalar(sa.select(Agency.id).where(named).order_by(Agency.id))
    if found is None:
        raise click.BadParameter(f"there is no agency {wanted!r}.", param_hint="--agency")
    return found


def _area_id(wanted: str) -> int:
    wanted = reference_data.DIRECTORY_CODES.get(wanted, wanted)
    named = (Area.code == wanted) | (Area.name_en == wanted) | (Area.name_cy == wanted)
    kinds = Area.kind.in_(["police_force", "local_authority", "other"])
    found = db.session.scalar(sa.select(Area.id).where(named, kinds).order_by(Area.kind.desc()))
    if found is None:
        raise click.BadParameter(
            f"there is no police force area or local authority {wanted!r}.", param_hint="--area"
        )
    return found


def _print_table(rows: list[Row], asked: Filter, measure: Measure, share_days: list[int]) -> None:
    click.echo(f"{measure.code}  {measure.question}")
    click.echo(f"Sent {asked.from_on} to {asked.to_on}, as of {asked.as_of}, {asked.days} days\n")
    head = [
        "",
        "need",
        "sent",
        "left out",
        *(f"by day {day}" for day in share_days),
        "median",
        "open",
        "oldest",
    ]
    lines = [head, *(_cells(row, share_days) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cells(row: Row, share_days: list[int]) -> list[str]:
    shares = [row.curve.share_at(day).share for day in share_days]
    numbers = [row.median.value, row.open_now, row.oldest_open_days]
    return [
        row.label,
        row.need,
        str(row.n),
        str(row.excluded),
        *("-" if share is None else f"{share:.0%}" for share in shares),
        *("-" if number is None else str(number) for number in numbers),
    ]

"""What `init` loads: areas, needs, reasons and the working calendar. Safe to repeat; never overwrites a year of the calendar."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from portal.agencies.codes import NEEDS, reason_rows
from portal.agencies.models import Area, CalendarDay, Need, Reason
from portal.clocks.working_days import WorkingDays, welsh_bank_holidays
from portal.db import db

AREAS_FILE = Path(__file__).parent / "data" / "wales-areas.csv"
FIRST_YEAR, YEARS_AHEAD = 2015, 3
WALES = "W92000004"

# Names by which Open Referral files of the probation service call areas that we know by their ONS code.
DIRECTORY_CODES = {
    "north-wales": "W15000001",
    "gwent": "W15000002",
    "south-wales": "W15000003",
    "dyfed-powys": "W15000004",
    "nps-D": WALES,
}
RURAL = {
    "Isle of Anglesey", "Gwynedd", "Conwy", "Denbighshire", "Powys", "Ceredigion", "Pembrokeshire",
    "Carmarthenshire", "Monmouthshire",
}  # fmt: skip


def load(today: date) -> None:
    """Areas, needs, reasons; the calendar for each year it does not hold yet, to three years ahead."""
    with AREAS_FILE.open(encoding="utf-8", newline="") as file:
        load_areas(list(csv.DictReader(file)))
    needs = [{"code": code, "position": position} for position, code in enumerate(NEEDS)]
    db.session.execute(insert(Need).values(needs).on_conflict_do_nothing())
    db.session.execute(insert(Reason).values(reason_rows()).on_conflict_do_nothing())
    load_calendar(FIRST_YEAR, today.year + YEARS_AHEAD)


def load_areas(rows: list[dict[str, str]]) -> None:
    """Each row is a local authority with the larger areas it lies in."""
    ids = {area.code: area.id for area in db.session.scalars(sa.select(Area))}

    def area(code: str, kind: str, name_en: str, name_cy: str, **within: int | bool) -> int:
        if code not in ids:
            added = Area(code=code, kind=kind, name_en=name_en, name_cy=name_cy, **within)
            db.session.add(added)
            db.session.flush()
            ids[code] = added.id
        return ids[code]

    area(WALES, "country", "Wales", "Cymru")
    for row in rows:
        unit = row["probation_delivery_unit_en"]
        area(
            row["local_authority_code"],
            "local_authority",
            row["local_authority_en"],
            row["local_authority_cy"],
            rural=row["local_authority_en"] in RURAL,
            police_force_id=area(
                row["police_force_code"], "police_force", row["police_force_en"], row["police_force_cy"]
            ),
            health_board_id=area(
                row["health_board_code"], "health_board", row["health_board_en"], row["health_board_cy"]
            ),
            delivery_unit_id=area(
                "pdu-" + unit.lower().replace(" ", "-"),
                "delivery_unit",
                unit,
                row["probation_delivery_unit_cy"],
            ),
        )


def load_calendar(first_year: int, last_year: int) -> None:
    """Add the years that are missing at the end, so that an update of the holidays library rewrites no past year."""
    held = db.session.scalars(sa.select(CalendarDay).where(CalendarDay.holiday)).all()
    last_held = db.session.scalar(sa.select(sa.func.max(CalendarDay.day)))
    start_year = last_held.year + 1 if last_held else first_year
    if start_year > last_year:
        return
    holidays = {day.day for day in held} | set(welsh_bank_holidays(range(start_year, last_year + 1)))
    ordinals = WorkingDays(sorted(holidays)).ordinals(date(first_year, 1, 1), date(last_year, 12, 31))
    new = [
        {"day": day, "holiday": holiday, "forward": forward, "back": back}
        for day, holiday, forward, back in ordinals
        if day.year >= start_year
    ]
    db.session.execute(sa.insert(CalendarDay), new)
    # The roll-forward of the last days held before may now reach into the new years.
    for day, _holiday, forward, back in ordinals:
        if last_held and day.year == last_held.year and day.month == 12:
            db.session.execute(
                sa.update(CalendarDay).where(CalendarDay.day == day).values(forward=forward, back=back)
            )

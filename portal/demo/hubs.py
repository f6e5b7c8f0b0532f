"""Where agencies of the demonstration sit together with others: offices in most local authorities, every rural one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from portal.agencies.models import Area
from portal.demo.directory import Offer, delivery_of
from portal.demo.hours import WorkingHours
from portal.demo.loading import copy_rows

COLUMNS = "agency_id service_id area_id place weekday week_of_month begins ends from_on to_on words demo"
MOST = 3  # sessions at one office
Row = tuple[object, ...]


def add_hubs(hours: WorkingHours, offers: Sequence[Offer], local_authorities: Sequence[Area]) -> None:
    """Every second week-day pattern is weekly, the others are in one week of the month; some have ended."""
    rows = (
        row
        for place, area in enumerate(local_authorities)
        if area.rural or place % 2
        for row in _sessions(hours, place, area, offers)
    )
    copy_rows("hub_session", COLUMNS, rows)


def _sessions(hours: WorkingHours, place: int, area: Area, offers: Sequence[Offer]) -> Iterator[Row]:
    there = [offer for offer in offers if "hub" in delivery_of(offer) and offer.covers(area)]
    start = place % max(len(there), 1)
    for turn, offer in enumerate((there[start:] + there[:start])[:MOST]):
        number = place + turn
        weekly, afternoon = number % 2 == 0, number % 3 == 0
        yield (
            offer.agency_id,
            offer.id if number % 3 else None,
            area.id,
            f"Example Hub {area.name_en} / Canolfan Enghraifft {area.name_cy}",
            number % 5,
            None if weekly else number % 5 + 1,
            time(13, 30) if afternoon else time(9, 30),
            time(16) if afternoon else time(12, 30),
            hours.day(0),
            hours.days_before(100) if number % 7 == 6 else None,
            "Ask at the front desk. / Holwch wrth y ddesg flaen." if turn == 0 else "",
            True,
        )

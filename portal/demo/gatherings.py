"""What follows from the whole history: meetings with their decisions, staff who are away, and what accounts have read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from portal.agencies.models import Area
from portal.db import db
from portal.demo.directory import Offer
from portal.demo.hours import WorkingHours
from portal.demo.loading import copy_rows, first_free_id
from portal.demo.staff import ACCOUNTS, Staff
from portal.demo.words import DECIDED

HELD, COMING = 15, 5  # working days before and after the end
SEATS = 4  # agencies at a meeting
FORCES = 2  # police forces whose meetings are shown: South Wales and Gwent
UNREAD_SINCE = timedelta(days=5)
PLACE = "Example House / Tŷ Enghraifft"

# Referrals to the agencies of a meeting that were open then, oldest first, and to which nothing has happened since.
DISCUSSED = """
SELECT r.id, r.agency_id, r.service_id, r.area_id, r.reference FROM referral r
 WHERE r.area_id = :area AND r.agency_id = ANY(:agencies) AND r.status NOT IN ('draft', 'closed', 'withdrawn')
   AND NOT r.restricted AND r.sent_at < :held
   AND NOT EXISTS (SELECT FROM event e WHERE e.referral_id = r.id AND e.happened_at >= :held)
 ORDER BY r.sent_at, r.id LIMIT :most
"""
# Accounts have read all but the newest.
READ = """
INSERT INTO message_mark (user_id, referral_id, message_id)
SELECT u.id, r.id, max(m.id) FROM user_account u
  JOIN referral r ON r.referrer_id = u.id OR (r.agency_id = u.agency_id AND coalesce(r.worker_id, u.id) = u.id)
  JOIN message m ON m.referral_id = r.id
 WHERE u.id BETWEEN :first AND :last AND m.at < :since
 GROUP BY u.id, r.id
"""


def add_meetings(hours: WorkingHours, offers: Sequence[Offer], forces: Sequence[Area], staff: Staff) -> None:
    """For each of the first police forces one that was held, with decisions, and one to come."""
    held_on, coming_on = hours.days_before(HELD), hours.days_before(-COMING)
    days = ((held_on, HELD + 10), (coming_on, 3))
    shown = [(place, *day) for place in range(FORCES) for day in days]
    numbered = list(enumerate(shown, first_free_id("meeting")))
    seats = [_agencies(offers, area) for area in forces[:FORCES]]
    copy_rows(
        "meeting",
        "id area_id held_on place created_by_id created_at demo",
        (
            (number, forces[place].id, day, PLACE, staff.managers[place][0], _at(hours, called), True)
            for number, (place, day, called) in numbered
        ),
    )
    copy_rows(
        "meeting_agency",
        "meeting_id agency_id area_id",
        (
            (number, agency_id, forces[place].id)
            for number, (place, _day, _called) in numbered
            for agency_id in seats[place]
        ),
    )
    for number, (place, day, _called) in numbered:
        if day == held_on:
            _decide(number, day, forces[place].id, seats[place], staff.managers[place][0])


def _at(hours: WorkingHours, before: int) -> str:
    return f"{hours.days_before(before)}T10:00:00Z"


def _agencies(offers: Sequence[Offer], area: Area) -> list[int]:
    local = list(dict.fromkeys(offer.agency_id for offer in offers if offer.area.id == area.id))
    everywhere = list(dict.fromkeys(offer.agency_id for offer in offers if offer.area.kind == "country"))
    return [*local, *everywhere][:SEATS]


def _decide(number: int, day: date, area_id: int, agencies: list[int], by_id: int) -> None:
    at = f"{day}T14:00:00Z"
    values = {"area": area_id, "agencies": agencies, "held": at, "most": len(DECIDED)}
    lines = list(zip(db.session.execute(sa.text(DISCUSSED), values), DECIDED, strict=False))
    data = json.dumps({"meeting_id": number, "held_on": day.isoformat()})
    copy_rows(
        "event",
        "referral_id area_id kind side by_id happened_at recorded_at data words",
        ((line.id, line.area_id, "discussed", "iom", by_id, at, at, data, words) for line, words in lines),
    )
    copy_rows(
        "meeting_decision",
        "meeting_id referral_id agency_id service_id area_id words at by_id token",
        (
            (
                number,
                line.id,
                line.agency_id,
                line.service_id,
                line.area_id,
                words,
                at,
                by_id,
                f"demo {line.reference}",
            )
            for line, words in lines
        ),
    )


def add_absences(hours: WorkingHours, staff: Staff) -> None:
    """Of every agency one worker was away last month; of the first three one is away now, covered by the first."""
    copy_rows("absence", "user_id cover_id from_on to_on recorded_by_id", _absences(hours, staff))


def _absences(hours: WorkingHours, staff: Staff) -> Iterator[tuple[object, ...]]:
    for agency, workers in enumerate(staff.workers):
        manager_id = staff.agency_managers[agency][0]
        yield workers[-1], workers[0], hours.days_before(30), hours.days_before(21), manager_id
        if agency < 3:
            yield workers[1], workers[0], hours.days_before(2), hours.days_before(-4), manager_id


def mark_messages(hours: WorkingHours, staff: Staff) -> None:
    """The accounts, who are the first users, have had all messages on a page but those of the last days."""
    first = min(staff.by_id)
    since = f"{hours.days_before(0) - UNREAD_SINCE}T00:00:00Z"
    values = {"first": first, "last": first + ACCOUNTS - 1, "since": since}
    db.session.execute(sa.text(READ), values)

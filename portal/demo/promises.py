"""Agreements of the demonstration, and what its agencies say of their usual waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from portal.agencies.models import Area
from portal.clocks.due import late_from
from portal.clocks.working_days import WorkingDays
from portal.demo.agencies import ORDINARY, PROMPT, SILENT, SLOW, STEADY
from portal.demo.directory import Offer
from portal.demo.hours import Seconds, WorkingHours
from portal.demo.loading import copy_rows, first_free_id
from portal.demo.staff import Staff
from portal.demo.words import REFUSED, WAIT_SOURCES

NONE, SIGNED, RENEWED, ENDED, WAITING, REFUSAL = range(6)
# How the first services stand: those of agencies A, B and C, and then turn by turn.
FIRST = (RENEWED, WAITING, SIGNED, REFUSAL, SIGNED, NONE, SIGNED, SIGNED)
TURNS = (RENEWED, NONE, SIGNED, NONE, SIGNED, ENDED, NONE, SIGNED)
RENEWED_BEFORE, ENDED_BEFORE, WAITING_SINCE, REFUSED_BEFORE = 140, 60, 6, 40  # working days before the end
# Working days to acknowledge, to decide and to offer that agencies agree to, and that they agreed to at first.
DAYS: dict[int, tuple[int | None, int | None, int | None]] = {
    PROMPT: (1, 3, 5), STEADY: (2, 5, 10), SLOW: (3, 10, 15), SILENT: (2, 5, 10), ORDINARY: (2, 10, 20),
}  # fmt: skip
AT_FIRST = (3, 10, None)
# Days, unit, kind and step of usual waits, by manner of agency.
WAITS = {
    PROMPT: (15, "working", "median", "offer"),
    STEADY: (28, "calendar", "target", "offer"),
    SLOW: (84, "calendar", "median", "start"),
    SILENT: (42, "calendar", "maximum", "offer"),
    ORDINARY: (126, "calendar", "median", "start"),
}


@dataclass(frozen=True)
class Promise:
    """An agreement; `days` to acknowledge, to decide and to offer. Signed if it is to hold for anybody."""

    id: int
    offer: Offer
    area_id: int
    days: tuple[int | None, int | None, int | None]
    from_on: date
    to_on: date | None
    standing: int

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


Register = Mapping[tuple[int, int], Sequence[Promise]]


def add_promises(
    hours: WorkingHours, offers: Sequence[Offer], forces: Sequence[Area], staff: Staff
) -> Register:
    """Write agreements and usual waits. Gives back the signed ones by service and police force, the newest first."""
    first = first_free_id("agreement")
    plans = (plan for number, offer in enumerate(offers) for plan in _plan(hours, number, offer, forces))
    promises = [Promise(first + number, *plan) for number, plan in enumerate(plans)]
    managers = {area.id: staff.managers[place][0] for place, area in enumerate(forces)}
    copy_rows(
        "agreement",
        "id service_id acknowledge_days decide_days offer_days from_on to_on document proposed_at proposed_by_id signed_at"
        " signed_by_id refused_at refused_by_id refused_words ended_at ended_by_id demo",
        (_row(hours, promise, managers[promise.area_id], staff) for promise in promises),
    )
    copy_rows(
        "agreement_area", "agreement_id area_id", ((promise.id, promise.area_id) for promise in promises)
    )
    copy_rows(
        "usual_wait",
        "service_id days unit kind until_step source as_of recorded_at recorded_by_id demo",
        (row for number, offer in enumerate(offers) for row in _waits(hours, number, offer, staff)),
    )
    register: dict[tuple[int, int], list[Promise]] = {}
    for promise in sorted(promises, key=lambda found: (found.from_on, found.id), reverse=True):
        if promise.standing not in (WAITING, REFUSAL):
            register.setdefault((promise.offer.id, promise.area_id), []).append(promise)
    return register


def in_force(register: Register, service_id: int, area_id: int, day: date) -> Promise | None:
    """The one that began last, as `portal.promises.queries.get_in_force` finds it."""
    return next((found for found in register.get((service_id, area_id), ()) if found.holds(day)), None)


def late_on(
    sent_on: date,
    promise: Promise | None,
    available_from: date | None,
    rests: Sequence[tuple[date, date | None]],
    calendar: WorkingDays,
) -> tuple[date | None, date | None, date | None]:
    """The days from which each promise is broken, as `portal.referrals.moving` would have it."""
    if promise is None:
        return None, None, None
    starts = sent_on, sent_on, max(sent_on, available_from or sent_on)
    acknowledge, decide, offer = (
        None if days is None else late_from(start, days, rests, calendar)
        for days, start in zip(promise.days, starts, strict=True)
    )
    return acknowledge, decide, offer


def _plan(
    hours: WorkingHours, number: int, offer: Offer, forces: Sequence[Area]
) -> Iterator[tuple[Offer, int, tuple[int | None, int | None, int | None], date, date | None, int]]:
    """One for each police force; of a service for all of Wales only for the first two."""
    standing = FIRST[number] if number < len(FIRST) else TURNS[number % len(TURNS)]
    force_ids = [area.id for area in forces]
    areas = force_ids[:2] if offer.area.kind == "country" else [offer.area.police_force_id or offer.area.id]
    start, days = hours.day(0), DAYS[offer.profile]
    renewed, ended = hours.days_before(RENEWED_BEFORE), hours.days_before(ENDED_BEFORE)
    for area_id in areas:
        if standing == RENEWED:
            yield offer, area_id, AT_FIRST, start, hours.days_before(RENEWED_BEFORE + 1), SIGNED
            yield offer, area_id, days, renewed, None, SIGNED
        elif standing == ENDED:
            yield offer, area_id, days, start, ended, ENDED
        elif standing == SIGNED:
            yield offer, area_id, days, start, None, SIGNED
        elif standing != NONE:
            yield offer, area_id, days, hours.days_before(0), None, standing


def _row(hours: WorkingHours, promise: Promise, proposed_by: int, staff: Staff) -> tuple[object, ...]:
    asked_on = promise.from_on
    if promise.standing in (WAITING, REFUSAL):
        asked_on = hours.days_before(WAITING_SINCE if promise.standing == WAITING else REFUSED_BEFORE + 5)
    signer = staff.agency_managers[promise.offer.agency][0]
    signed = (f"{promise.from_on}T15:00:00Z", signer) if promise.standing in (SIGNED, ENDED) else (None, None)
    refused_at = f"{hours.days_before(REFUSED_BEFORE)}T11:00:00Z"
    refused = (refused_at, signer, REFUSED) if promise.standing == REFUSAL else (None, None, "")
    ended = (f"{promise.to_on}T12:00:00Z", proposed_by) if promise.standing == ENDED else (None, None)
    document = f"DEMO {promise.from_on.year}/{promise.offer.id}"
    return (
        promise.id, promise.offer.id, *promise.days, promise.from_on, promise.to_on, document,
        f"{asked_on}T10:00:00Z", proposed_by, *signed, *refused, *ended, True,
    )  # fmt: skip


def _waits(hours: WorkingHours, number: int, offer: Offer, staff: Staff) -> Iterator[tuple[object, ...]]:
    """What four of five services say; half of them have said it twice, less the second time."""
    if number % 5 == 4:
        return
    days, *how = WAITS[offer.profile]
    said = [(hours.day(0), days)]
    if number % 2 == 0:
        said.append((hours.days_before(RENEWED_BEFORE), days * 4 // 5))
    for turn, (day, wait) in enumerate(said):
        source = WAIT_SOURCES[(number + turn) % len(WAIT_SOURCES)]
        by_id = staff.agency_managers[offer.agency][0]
        yield offer.id, wait, *how, source, day, f"{day}T12:00:00Z", by_id, True


def patience(register: Register, offers: Sequence[Offer], forces: Sequence[Area]) -> Seconds:
    """By offer and police force the days to decide that were agreed last, 8 where none were."""
    found = ((register.get((offer.id, area.id), ()) for area in forces) for offer in offers)
    return np.array(
        [[(kept[0].days[1] or 8) if kept else 8 for kept in row] for row in found], dtype=np.int64
    )

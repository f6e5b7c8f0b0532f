"""Time counted over again, without the portal's means: no NumPy, no zoneinfo, no list of holidays from a library.

Working days are walked one by one past the bank holidays that gov.uk publishes; what a clock rests is a set of nights;
and summer time is the rule of the Summer Time Act: from 01:00 UTC on the last Sunday of March to that of October.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, LAST = 2015, 2029
# https://www.gov.uk/bank-holidays, England and Wales: substitute days and those for once (VE Day moved in 2020, the
# jubilee and the state funeral in 2022, the coronation in 2023) in their places.
PUBLISHED = """
2015: 1/1 3/4 6/4 4/5 25/5 31/8 25/12 28/12
2016: 1/1 25/3 28/3 2/5 30/5 29/8 26/12 27/12
2017: 2/1 14/4 17/4 1/5 29/5 28/8 25/12 26/12
2018: 1/1 30/3 2/4 7/5 28/5 27/8 25/12 26/12
2019: 1/1 19/4 22/4 6/5 27/5 26/8 25/12 26/12
2020: 1/1 10/4 13/4 8/5 25/5 31/8 25/12 28/12
2021: 1/1 2/4 5/4 3/5 31/5 30/8 27/12 28/12
2022: 3/1 15/4 18/4 2/5 2/6 3/6 29/8 19/9 26/12 27/12
2023: 2/1 7/4 10/4 1/5 8/5 29/5 28/8 25/12 26/12
2024: 1/1 29/3 1/4 6/5 27/5 26/8 25/12 26/12
2025: 1/1 18/4 21/4 5/5 26/5 25/8 25/12 26/12
2026: 1/1 3/4 6/4 4/5 25/5 31/8 25/12 28/12
2027: 1/1 26/3 29/3 3/5 31/5 30/8 27/12 28/12
2028: 3/1 14/4 17/4 1/5 29/5 28/8 25/12 26/12
2029: 1/1 30/3 2/4 7/5 28/5 27/8 25/12 26/12
"""


def _published() -> Iterator[date]:
    for line in PUBLISHED.split("\n"):
        year, _colon, days = line.partition(":")
        for day, month in (pair.split("/") for pair in days.split()):
            yield date(int(year), int(month), int(day))


HOLIDAYS = frozenset(_published())


def last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= DAY
    return day


def _changes(year: int) -> tuple[datetime, datetime]:
    """When summer time begins and ends, in UTC."""
    begins, ends = last_sunday(year, 3), last_sunday(year, 10)
    return (datetime(year, 3, begins.day, 1, tzinfo=UTC), datetime(year, 10, ends.day, 1, tzinfo=UTC))


def wales(moment: datetime) -> datetime:
    """What clocks in Wales show, without a zone."""
    begins, ends = _changes(moment.year)
    shown = moment + HOUR if begins <= moment < ends else moment
    return shown.replace(tzinfo=None)


def midnight(day: date) -> datetime:
    """The moment at which the day begins in Wales. Clocks never change at midnight."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return at if wales(at).date() == day and wales(at).hour == 0 else at - HOUR


def works(day: date) -> bool:
    return day.isoweekday() < 6 and day not in HOLIDAYS


def walk(first: date, stop: date) -> Iterator[date]:
    """Each night by the day on which it begins."""
    while first < stop:
        yield first
        first += DAY


def due(start: date, days: int) -> date:
    while not works(start):
        start += DAY
    for _ in range(days):
        start += DAY
        while not works(start):
            start += DAY
    return start


def steps(nights: set[date]) -> int:
    """How often a whole step from one working day to the next lies within these nights."""
    return sum(
        works(night) and nights.issuperset(walk(night, due(night, 1))) for night in nights
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A referral: all moments in UTC. A pause without an end lasts."""

    sent: datetime
    stop: datetime
    recorded: datetime
    pauses: tuple[tuple[datetime, datetime | None], ...]
    available: date | None
    promise: int

    def nights(self, first: date, stop: date) -> tuple[set[date], set[date]]:
        """All nights from the one to the other, and those of them in which the clock rested."""
        all_of_them = set(walk(first, stop))
        rested: set[date] = set()
        for begins, ends in self.pauses:
            rested |= set(walk(wales(begins).date(), wales(ends).date() if ends else stop))
        return all_of_them, rested & all_of_them

    def days(self) -> tuple[int, int, int, int]:
        """Gross and net working days, gross and net calendar days."""
        first = max(wales(self.sent).date(), self.available or date.min)
        nights, rested = self.nights(first, wales(self.stop).date())
        return steps(nights), steps(nights) - steps(rested), len(nights), len(nights) - len(rested)

    def rests(self) -> list[tuple[date, date | None]]:
        """The same as the row of a referral keeps it: in order, and none touches the next."""
        last = max((wales(ends).date() for _begins, ends in self.pauses if ends), default=date.min)
        open_from = min((wales(begins).date() for begins, ends in self.pauses if not ends), default=None)
        rested = self.nights(date(FIRST, 1, 1), max(last, open_from or date.min))[1]
        runs: list[tuple[date, date | None]] = []
        for night in sorted(rested):
            if runs and runs[-1][1] == night:
                runs[-1] = runs[-1][0], night + DAY
            else:
                runs.append((night, night + DAY))
        if open_from is None:
            return runs
        kept = [run for run in runs if run[1] is not None and run[1] < open_from]
        return [*kept, (min([open_from, *(run[0] for run in runs if run not in kept)]), None)]

    def late(self) -> date | None:
        """The first working day on which more days have run than were promised; None if it rests before."""
        sent = wales(self.sent).date()
        open_from = min((wales(begins).date() for begins, ends in self.pauses if not ends), default=None)
        day = sent
        while day < sent + timedelta(days=400):
            nights, rested = self.nights(sent, day)
            if works(day) and steps(nights) - steps(rested) > self.promise:
                return day
            if open_from and day > max(open_from, sent) + timedelta(days=14):
                return None
            day += DAY
        raise AssertionError("no promise is that long")

    def backdated(self) -> bool:
        """Whether it was written down more than two working days after it had happened."""
        return steps(set(walk(wales(self.stop).date(), wales(self.recorded).date()))) > 2


def _anchors() -> list[date]:
    years = range(FIRST + 1, LAST)
    changes = [last_sunday(year, month) for year in years for month in (3, 10)]
    leap = [date(year, 2, 29) for year in (2016, 2020, 2024, 2028)]
    ends = [date(year, 12, 31) for year in years]
    inside = [day for day in HOLIDAYS if day.year in years]
    fridays = [due(date(year, month, 1), 1) for year in years for month in (1, 6)]
    fridays = [day + DAY * ((5 - day.isoweekday()) % 7) for day in fridays]
    return [*changes * 4, *leap * 8, *ends * 3, *sorted(inside), *fridays]


EDGES = [
    0,
    1,
    29,
    30,
    59,
    60,
    61,
    89,
    90,
    119,
    120,
    121,
    16 * 60 + 59,
    22 * 60 + 59,
    23 * 60,
    23 * 60 + 1,
    23 * 60 + 59,
]


def _near(chance: random.Random, anchor: date, spread: int) -> datetime:
    """A moment some days about it; half of them where a day or an hour of summer time begins or ends."""
    day = anchor + DAY * chance.randint(-min(spread, 4), spread)
    minutes = chance.choice(EDGES) if chance.random() < 0.5 else chance.randrange(24 * 60)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        minutes=minutes, seconds=chance.choice((0, 59))
    )


def cases(number: int, seed: int = 15) -> Iterable[Case]:
    chance, anchors = random.Random(seed), _anchors()  # noqa: S311
    for _ in range(number):
        anchor = chance.choice(anchors)
        sent = _near(chance, anchor, 4)
        stop = max(sent, _near(chance, anchor, chance.choice((1, 6, 40))))
        pauses = []
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
            ends = sorted((_near(chance, anchor, 15), _near(chance, anchor, 15)))
            pauses.append((ends[0], None if chance.random() < 0.1 else ends[1]))
        available = sent.date() + DAY * chance.randint(-3, 12) if chance.random() < 0.2 else None
        recorded = max(stop, stop + timedelta(minutes=chance.randint(0, 8 * 24 * 60)))
        yield Case(sent, stop, recorded, tuple(pauses), available, chance.randint(1, 20))

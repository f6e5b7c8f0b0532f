"""How long a referral has taken: the gross clock runs until the stop, the net clock rests during pauses."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.clocks.working_days import WorkingDays

LONDON = ZoneInfo("Europe/London")

Span = tuple[date, date]


@dataclass(frozen=True)
class Pause:
    """Time that does not count against the agency: waiting for IOM, or paused. `stop` is None while it lasts.

    Both with a time zone. ValueError if it stops before it starts.
    """

    start: datetime
    stop: datetime | None

    def __post_init__(self) -> None:
        if self.stop is not None and self.stop < self.start:
            raise ValueError("a pause cannot stop before it starts")


@dataclass(frozen=True)
class Reading:
    """Days on both clocks, and how many pauses fell within them. Never below 0, net never above gross."""

    gross_working: int
    net_working: int
    gross_calendar: int
    net_calendar: int
    pauses: int


def london_date(at: datetime) -> date:
    """The date on which a moment fell in Wales. ValueError if it has no time zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(LONDON).date()


def read(
    sent_at: datetime,
    stop_at_or_now: datetime,
    pauses: Sequence[Pause],
    working_days: WorkingDays,
    available_from: date | None = None,
) -> Reading:
    """Reads both clocks from sent, or `available_from` if that is later; a stop before that start is day 0.

    Dates are London dates. A pause without a stop lasts until the stop of the clock. Days in more than one
    pause are taken off once.
    """
    start = max(london_date(sent_at), available_from or date.min)
    stop = max(london_date(stop_at_or_now), start)
    within = list(_clip(pauses, start, stop))
    resting = list(_union(within))

    def net(count: Callable[[date, date], int]) -> int:
        return count(start, stop) - sum(count(*span) for span in resting)

    return Reading(
        gross_working=working_days.between(start, stop),
        net_working=net(working_days.between),
        gross_calendar=_calendar_days(start, stop),
        net_calendar=net(_calendar_days),
        pauses=len(within),
    )


def _calendar_days(start: date, stop: date) -> int:
    return (stop - start).days


def _clip(pauses: Iterable[Pause], start: date, stop: date) -> Iterator[Span]:
    for pause in pauses:
        first = max(london_date(pause.start), start)
        last = stop if pause.stop is None else min(london_date(pause.stop), stop)
        if first <= last:
            yield first, last


def _union(spans: Iterable[Span]) -> Iterator[Span]:
    """Merges spans that overlap or share a date, as PostgreSQL's range_agg merges daterange(start, stop)."""
    current: Span | None = None
    for first, last in sorted(spans):
        if current is not None and first <= current[1]:
            current = current[0], max(current[1], last)
            continue
        if current is not None:
            yield current
        current = first, last
    if current is not None:
        yield current

"""Working days: Monday to Friday less the bank holidays passed in (docs/decisions/0003-working-days.md)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class CalendarDay(NamedTuple):
    """One row of the table calendar_day. Whole working days, numbered from the first day of the table.

    For two days of one table, `greatest(stop.back - start.forward, 0)` is `WorkingDays.between(start, stop)`.
    """

    day: date
    holiday: bool
    forward: int
    back: int


class WorkingDays:
    """Counts working days; a date outside the years that `holidays` covers knows only its weekends."""

    def __init__(self, holidays: Sequence[date]) -> None:
        self._holidays = frozenset(holidays)
        self._calendar = np.busdaycalendar(holidays=_days(sorted(self._holidays)))

    def is_holiday(self, day: date) -> bool:
        return day in self._holidays

    def between(self, start: date, stop: date) -> int:
        """Working days from start to stop: start rolled forward, stop rolled back, never below 0."""
        return int(self.between_many(_days([start]), _days([stop]))[0])

    def between_many(
        self, starts: NDArray[np.datetime64], stops: NDArray[np.datetime64]
    ) -> NDArray[np.int64]:
        """`between` for arrays of datetime64[D] that broadcast together. ValueError on NaT."""
        first = np.busday_offset(starts, 0, roll="forward", busdaycal=self._calendar)
        last = np.busday_offset(stops, 0, roll="backward", busdaycal=self._calendar)
        return np.maximum(np.busday_count(first, last, busdaycal=self._calendar), 0)

    def add(self, start: date, days: int) -> date:
        """The working day on which the count from start becomes `days`: the date something is due.

        ValueError if days is negative, OverflowError past the year 9999.
        """
        if days < 0:
            raise ValueError("a due date cannot lie before its start")
        due = np.busday_offset(
            np.datetime64(start, "D"), days, roll="forward", busdaycal=self._calendar
        ).item()
        if not isinstance(due, date):
            raise OverflowError("date value out of range")
        return due

    def ordinals(self, first: date, last: date) -> list[CalendarDay]:
        """Every day from first to last, both included, so that SQL can count working days by subtraction.

        The numbers depend on first: a table is lengthened by calling again with the same first day.
        """
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
        working = np.is_busday(days, busdaycal=self._calendar).astype(np.int64)
        so_far = np.cumsum(working)
        rows = zip(days.tolist(), (so_far - working).tolist(), (so_far - 1).tolist(), strict=True)
        return [CalendarDay(day, day in self._holidays, forward, back) for day, forward, back in rows]


def welsh_bank_holidays(years: Iterable[int]) -> dict[date, str]:
    """Date to English name, substitute days and one-off holidays included, from the library `holidays`.

    Read once, by the command `init`, which keeps them in a table. The library has no Welsh names.
    """
    from holidays import country_holidays  # a quarter of a second that only `init` should pay

    return dict(country_holidays("GB", subdiv="WLS", years=years, language="en_GB").items())


def _days(dates: Sequence[date]) -> NDArray[np.datetime64]:
    return np.array(dates, dtype="datetime64[D]")

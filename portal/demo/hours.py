"""Working time as one number, so that whole histories are added and compared as arrays.

The number counts seconds of open offices, 09:00 to 17:00 on working days, from the first day of a history.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from portal.clocks.clock import LONDON
from portal.clocks.working_days import WorkingDays

DAY = 8 * 3600
NEVER = 1 << 60
AHEAD = timedelta(days=366)

Seconds = NDArray[np.int64]


class WorkingHours:
    """`end` is the number at which the day `as_of` begins: from there on nothing has happened yet."""

    def __init__(self, calendar: WorkingDays, first: date, as_of: date) -> None:
        rows = calendar.ordinals(first, as_of + AHEAD)
        working = [row.day for row in rows if row.forward == row.back]
        opens = [
            datetime.combine(day, time(9), LONDON).astimezone(UTC).replace(tzinfo=None) for day in working
        ]
        self.calendar = calendar
        self._days = np.array(working, dtype="datetime64[D]")
        self._opens = np.array(opens, dtype="datetime64[s]")
        self.end = DAY * int(np.searchsorted(self._days, np.datetime64(as_of)))

    def moments(self, seconds: Seconds) -> NDArray[np.datetime64]:
        """datetime64[s], UTC; NaT for what has not happened."""
        known = np.minimum(seconds, self.end)
        found = self._opens[known // DAY] + (known % DAY).astype("timedelta64[s]")
        return np.where(seconds < self.end, found, np.datetime64("NaT", "s"))

    def moments_ahead(self, seconds: Seconds) -> NDArray[np.datetime64]:
        """As `moments`, but of what is to come as well, up to a year after the end."""
        last = len(self._opens) - 1
        found: NDArray[np.datetime64] = self._opens[np.minimum(seconds // DAY, last)]
        found = found + (seconds % DAY).astype("timedelta64[s]")
        return found

    def day(self, number: int) -> date:
        """The working day of this number."""
        found: date = self._days[number].item()
        return found

    def days_before(self, count: int) -> date:
        """The working day so many before the end; 0 is the first on which nothing has happened yet."""
        return self.day(self.end // DAY - count)

    def dates(self, seconds: Seconds) -> NDArray[np.datetime64]:
        """datetime64[D], also of days to come, up to a year after the end."""
        return self._days[np.minimum(seconds // DAY, len(self._days) - 1)]


def known(moments: NDArray[np.datetime64]) -> list[str]:
    """As `written`, of moments all of which come."""
    return [text for text in written(moments) if text]


def written(moments: NDArray[np.datetime64]) -> list[str | None]:
    """As COPY takes them; None for NaT."""
    texts: list[str] = np.datetime_as_string(moments, unit="s", timezone="UTC").tolist()
    return [None if text == "NaT" else text for text in texts]

"""A time of day in one box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from flask_babel import gettext as _

from portal.fields.base import Text
from portal.fields.text import TextField

# 9:30, 09.30, 0930, 14:30, 2pm, 2:30 pm, 2.30yp (Welsh: y bore, y prynhawn).
TYPED = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))? ?(am|pm|yb|yp)?")
AFTERNOON = {"am": 0, "yb": 0, "pm": 12, "yp": 12}


class TimeField(TextField):
    """`data` is a time of day, or None. Read by the clock of 24 hours unless am or pm is typed with it."""

    nothing = None

    def __init__(self, label: Text, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        defaults: dict[str, Any] = {"width": "5", "spellcheck": False}
        super().__init__(label, validators, **(defaults | kwargs))

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        typed, self.data = self.data, self.nothing
        self.data = read(typed) if typed else self.nothing

    def _value(self) -> str:
        shown = self.typed is None and isinstance(self.data, time)
        return self.data.strftime("%H:%M") if shown else super()._value()


def read(typed: str) -> time:
    """The time that was typed; a ValueError says in words that it is none."""
    found = TYPED.fullmatch(typed.casefold())
    if found is None or not (found[2] or found[3]):
        raise ValueError(not_a_time())
    hour, half = int(found[1]), found[3]
    if half and not 1 <= hour <= 12:
        raise ValueError(not_a_time())
    try:
        return time(hour % 12 + AFTERNOON[half] if half else hour, int(found[2] or 0))
    except ValueError:
        raise ValueError(not_a_time()) from None


def not_a_time() -> str:
    return str(_("Enter a real time, like 9:30 or 2:30pm"))

"""A date in three boxes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from babel.dates import get_month_names
from flask_babel import gettext as _
from wtforms.utils import unset_value

from portal.fields.base import PortalField, Posted, Text, texts
from portal.fields.text import FORBIDDEN

PARTS = ("day", "month", "year")
MONTHS = {
    name.casefold().rstrip("."): number
    for language in ("en", "cy")
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale=language).items()
}


class DateField(PortalField):
    """`data` is a date or None. Posted as name-day, name-month and name-year; the month may be a name."""

    macro = ("choices", "date_input")
    label_block = "govuk-fieldset__legend"

    def __init__(self, label: Text, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.names = [f"{self.name}-{part}" for part in PARTS]
        self.typed: list[str] | None = None
        self.wrong: tuple[str, ...] = PARTS

    @property
    def error_href(self) -> str:
        return f"#{self.id}-{self.wrong[0]}"

    def process(
        self,
        formdata: Posted | None,
        data: object = unset_value,
        extra_filters: Sequence[Callable[[Any], Any]] | None = None,
    ) -> None:
        super().process(None, data, extra_filters)
        if formdata is None:
            return
        posted = [next(iter(texts(formdata.getlist(name))), "") for name in self.names]
        self.typed = [FORBIDDEN.sub("\ufffd", part).strip()[:40] for part in posted]
        self.raw_data, self.data = self.typed, None
        try:
            self.data = self.read(*self.typed)
        except ValueError as error:
            self.process_errors = [str(error)]

    def read(self, day: str, month: str, year: str) -> date | None:
        """The date typed, None if nothing was; a ValueError says what is wrong, `wrong` says where."""
        empty = tuple(part for part, text in zip(PARTS, (day, month, year), strict=True) if not text)
        if len(empty) == 3:
            return None
        if empty:
            self.wrong = empty
            raise ValueError(missing(empty))
        numbers = (number(day), MONTHS.get(month.casefold().rstrip("."), number(month)), number(year))
        limits = ((1, 31), (1, 12), (1000, 9999))
        out = tuple(
            part
            for part, value, (low, high) in zip(PARTS, numbers, limits, strict=True)
            if not low <= value <= high
        )
        if out:
            self.wrong = out
            raise ValueError(_("The year must have 4 numbers") if out == ("year",) else not_real())
        try:
            return date(numbers[2], numbers[1], numbers[0])
        except ValueError:
            raise ValueError(not_real()) from None

    def in_words(self) -> str:
        return " ".join(self.typed or ()).strip()

    def macro_arguments(self) -> dict[str, Any]:
        day = self.data
        values = self.typed or ([str(day.day), str(day.month), str(day.year)] if day else ["", "", ""])
        return {
            "legend": self.label.text,
            "names": self.names,
            "values": values,
            "error_parts": self.wrong,
        }


def number(text: str) -> int:
    """0 for what is not one to four of the digits 0 to 9."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def not_real() -> str:
    return str(_("Enter a real date, like 27 3 2026"))


def missing(parts: tuple[str, ...]) -> str:
    messages: dict[tuple[str, ...], str] = {
        ("day",): _("The date must include a day"),
        ("month",): _("The date must include a month"),
        ("year",): _("The date must include a year"),
        ("day", "month"): _("The date must include a day and month"),
        ("day", "year"): _("The date must include a day and year"),
        ("month", "year"): _("The date must include a month and year"),
    }
    return messages[parts]

"""Fields of typed text, and whole numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms.form import BaseForm
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from portal.fields.base import PortalField, Text, texts

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# One address and no more: what would part it in two in a mail's head, or put a name before it, is refused.
_PART = r"[^@\s.\x00-\x1f<>()\[\],;:\\\"]+"
EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_PART}(\.{_PART})*@{_PART}(\.{_PART})+")
LARGEST = 2_147_483_647  # PostgreSQL's integer


class TextField(PortalField):
    """One line of text: `data` is "" if empty, in NFC, stripped, and at most `max_length` characters long.

    width: 2, 3, 4, 5, 10, 20 (characters) or one-quarter, one-half, two-thirds and so on.
    """

    macro = ("inputs", "input")
    input_type = "text"
    nothing: str | None = ""

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        *,
        max_length: int = 200,
        width: str = "",
        **kwargs: Any,
    ) -> None:
        if width:
            kwargs["classes"] = f"govuk-{'input--width-' if width.isdigit() else '!-width-'}{width}"
        super().__init__(label, validators, **kwargs)
        self.max_length = max_length
        self.typed: str | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        posted = next(iter(texts(valuelist)), "")
        self.typed, self.data = FORBIDDEN.sub("\ufffd", self.normalised(posted)), self.nothing
        text = self.normalised(posted)
        if FORBIDDEN.search(text):
            raise ValueError(_("Remove the characters that cannot be shown"))
        if len(text) > self.max_length:
            raise ValueError(_("Enter no more than %(max)d characters", max=self.max_length))
        self.data = text

    def normalised(self, text: str) -> str:
        return re.sub(r"[\t\r\n]+", " ", unicodedata.normalize("NFC", text)).strip()

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else str(self.data)

    def macro_arguments(self) -> dict[str, Any]:
        value = self._value() or None
        return {"label_text": self.label.text, "name": self.name, "value": value, "type": self.input_type}


class EmailField(TextField):
    """An email address as typed, at most 254 characters."""

    input_type = "email"

    def __init__(self, label: Text, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        defaults: dict[str, Any] = {"autocomplete": "email", "spellcheck": False, "max_length": 254}
        super().__init__(label, validators, **(defaults | kwargs))

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        if self.data and not EMAIL.fullmatch(self.data):
            raise StopValidation(_("Enter an email address in the correct format, like name@example.com"))


class PasswordField(TextField):
    """Never shown again, and never trimmed: a space at the end is part of a pass phrase."""

    macro = ("inputs", "password_input")

    def normalised(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)

    def macro_arguments(self) -> dict[str, Any]:
        return {"label_text": self.label.text, "name": self.name}


class TextAreaField(TextField):
    """Several lines, ended by \\n. With count the page counts down to max_length."""

    macro = ("inputs", "textarea")

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        *,
        max_length: int = 4000,
        count: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, max_length=max_length, **kwargs)
        self.count = max_length if count else None

    def normalised(self, text: str) -> str:
        return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()

    def macro_arguments(self) -> dict[str, Any]:
        return {
            "label_text": self.label.text,
            "name": self.name,
            "value": self._value(),
            "count": self.count,
        }


class IntegerField(TextField):
    """A whole number from minimum to maximum, or None; commas and spaces between its digits are forgiven."""

    nothing = None

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        *,
        minimum: int = 0,
        maximum: int = LARGEST,
        **kwargs: Any,
    ) -> None:
        defaults: dict[str, Any] = {"inputmode": "numeric", "spellcheck": False, "width": "5"}
        super().__init__(label, validators, **(defaults | kwargs))
        self.minimum, self.maximum = minimum, maximum

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        digits, self.data = re.sub(r"[ ,]", "", self.data), self.nothing
        if digits and not re.fullmatch(r"-?[0-9]+", digits):
            raise ValueError(_("Enter a whole number"))
        number = int(digits[:12] or 0)
        if digits and not self.minimum <= number <= self.maximum:
            raise ValueError(_("Enter a number from %(min)d to %(max)d", min=self.minimum, max=self.maximum))
        self.data = number if digits else self.nothing


class HiddenField(TextField):
    """Text that the page carries along; an error in it belongs to no box."""

    widget = HiddenInput()
    error_href = None

    def __init__(self, label: Text = "", validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)

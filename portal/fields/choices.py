"""Fields of which one answer, or several, are chosen from those offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from markupsafe import Markup
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.fields.base import PortalField, Text, texts

IS_ANSWERS = (lazy_pgettext("is it so?", "Yes"), lazy_pgettext("is it so?", "No"))
THERE_IS_ANSWERS = (lazy_pgettext("is there any?", "Yes"), lazy_pgettext("is there any?", "No"))


@dataclass(frozen=True)
class Option:
    """One answer. reveals: the name of the form's field that is shown beneath it when it is chosen."""

    value: Any
    text: Text
    hint: Text | None = None
    reveals: str | None = None
    exclusive: bool = False
    disabled: bool = False
    conditional: Markup | None = None


@dataclass(frozen=True)
class Divider:
    """A word between answers, usually “or”."""

    divider: Text


@dataclass(frozen=True)
class Heading:
    """Begins a group of answers: what they have in common."""

    heading: Text


Choice: TypeAlias = Option | Divider | Heading | tuple[Any, Text]


class ChoiceField(PortalField):
    """choices may also be set on the form's field before it is validated; (value, text) stands for an Option.

    A posted value is compared with each Option's value as text, so values may be numbers, enums or UUIDs.
    """

    label_block = "govuk-fieldset__legend"

    def __init__(
        self, label: Text, validators: Sequence[Any] = (), *, choices: Iterable[Choice] = (), **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.choices: Iterable[Choice] = choices
        self.form: BaseForm = kwargs["_form"]

    def offered(self) -> list[Option | Divider | Heading]:
        return [Option(*choice) if isinstance(choice, tuple) else choice for choice in self.choices]

    def matching(self, posted: Iterable[str]) -> list[Any]:
        """The offered values that were posted, each once, in the order offered; any other is refused."""
        wanted = set(posted)
        options = [option for option in self.offered() if isinstance(option, Option) and not option.disabled]
        if wanted - {str(option.value) for option in options}:
            raise StopValidation(_("Select an answer from the list"))
        return [option.value for option in options if str(option.value) in wanted]

    def in_words(self) -> str:
        drawn = self.macro_arguments()
        chosen = {str(value) for value in drawn.get("values", [drawn.get("value")])}
        options = (choice for choice in self.offered() if isinstance(choice, Option))
        return "; ".join(str(option.text) for option in options if str(option.value) in chosen)

    def drawn(self) -> list[Any]:
        """The choices with the fields they reveal drawn."""
        return [
            Option(choice.value, choice.text, choice.hint, conditional=self.form[choice.reveals]())
            if isinstance(choice, Option) and choice.reveals
            else choice
            for choice in self.offered()
        ]


class RadioField(ChoiceField):
    """One answer: `data` is the value of the Option chosen, or None."""

    macro = ("choices", "radios")

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = next(iter(texts(valuelist)), None) or None

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        if self.data is not None:
            self.data = self.matching([str(self.data)])[0]

    def macro_arguments(self) -> dict[str, Any]:
        return {"legend": self.label.text, "name": self.name, "options": self.drawn(), "value": self.data}


class YesNoField(RadioField):
    """`data` is True, False or None. answers: Welsh has no one word for yes, it echoes the verb asked."""

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        *,
        answers: tuple[Text, Text] = IS_ANSWERS,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **({"inline": True} | kwargs))
        self.choices = [Option("yes", answers[0]), Option("no", answers[1])]

    def process_data(self, value: bool | None) -> None:
        self.data = None if value is None else "yes" if value else "no"

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        if self.data is not None:
            self.data = self.data == "yes"

    def macro_arguments(self) -> dict[str, Any]:
        value = {True: "yes", False: "no"}.get(self.data, self.data)
        return super().macro_arguments() | {"value": value}


class SelectField(RadioField):
    """One answer from a long list. empty: the text of the first line, which is no answer."""

    macro = ("inputs", "select")
    label_block = "govuk-label"

    def __init__(
        self, label: Text, validators: Sequence[Any] = (), *, empty: Text | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.empty = empty

    def macro_arguments(self) -> dict[str, Any]:
        options = self.drawn() if self.empty is None else [Option("", self.empty), *self.drawn()]
        return {"label_text": self.label.text, "name": self.name, "options": options, "value": self.data}


class CheckboxesField(ChoiceField):
    """Any number of answers: `data` is the list of the chosen values, in the order offered."""

    macro = ("choices", "checkboxes")

    def process_data(self, value: Iterable[Any] | None) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = texts(valuelist)

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        self.data = self.matching(str(value) for value in self.data)

    def macro_arguments(self) -> dict[str, Any]:
        return {"legend": self.label.text, "name": self.name, "options": self.drawn(), "values": self.data}

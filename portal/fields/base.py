"""The form, and what every field has: label, hint, error, and the macro that draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from flask import current_app, request
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.i18n import is_switching

Text: TypeAlias = str | LazyString
LOOK = frozenset(  # arguments of the macros that a field passes on
    {"page_heading", "label_class", "autocomplete", "autocapitalize", "inputmode", "spellcheck"}
    | {"prefix", "suffix", "classes", "rows", "inline", "small"}
)


class PortalForm(FlaskForm):
    """A form read from the request's form body alone: JSON is no form, and an empty body is an empty form."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: PortalForm, formdata: object) -> object:
            if formdata is None or isinstance(formdata, MultiDict | CombinedMultiDict):
                return formdata
            if not form.is_submitted():
                return None
            files: MultiDict[str, Any] = request.files
            return CombinedMultiDict([request.form, files]) if files else request.form

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether to act: not where the form is only to be shown in the other language, however right it is."""
        return super().validate(extra_validators) and not is_switching()

    @property
    def error_summary(self) -> list[tuple[str, str | None]]:
        """Each field's first error and the address of its first box, in the order of the page."""
        listed: list[tuple[str, str | None]] = [(str(error), None) for error in self.form_errors]
        for field in self:
            if field.errors:
                listed.append((str(field.errors[0]), getattr(field, "error_href", None)))
        return listed


class Required:
    """Refuses an empty answer; False and 0 are answers."""

    def __init__(self, message: Text) -> None:
        self.message = message

    def __call__(self, form: BaseForm, field: Field) -> None:
        if field.data is None or field.data == "" or field.data == []:
            raise StopValidation(str(self.message))


class PortalField(Field):
    """Label, hint, error and box, drawn by one macro.

    size (s, m, l, xl) sets the label larger; page_heading makes it the page's h1. Names in LOOK, given to the
    field or to its drawing, are the macro's arguments; other names in render_kw are attributes of the box.
    """

    macro: tuple[str, str]  # file in templates/components/, name
    label_block = "govuk-label"

    def __init__(
        self,
        label: Text,
        validators: Sequence[Any] = (),
        *,
        hint: Text | None = None,
        size: str = "",
        **kwargs: Any,
    ) -> None:
        look = kwargs.pop("render_kw", {}) | {key: kwargs.pop(key) for key in LOOK & kwargs.keys()}
        if size:
            look["label_class"] = f"{self.label_block}--{size}"
        super().__init__(label, list(validators), render_kw=look, **kwargs)
        self.hint = hint or self.description or None

    @property
    def error_href(self) -> str | None:
        return f"#{self.id}"

    def in_words(self) -> str:
        """What was answered, as whoever did so would read it; empty for no answer."""
        return str(self.data or "")

    def macro_arguments(self) -> dict[str, Any]:
        raise NotImplementedError

    def widget(self, field: Field, **look: Any) -> Markup:  # type: ignore[override]
        file, name = self.macro
        macro = getattr(current_app.jinja_env.get_template(f"components/{file}.html").module, name)
        arguments = {"id": self.id, "hint": self.hint, "error": self.errors[0] if self.errors else None}
        arguments |= self.macro_arguments()
        extra = look.keys() - LOOK - arguments.keys()
        if extra:
            arguments["attributes"] = {name: look.pop(name) for name in sorted(extra)}
        if "label_class" in look and "legend" in arguments:
            arguments["legend_class"] = look.pop("label_class")
        markup: Markup = macro(**(arguments | look))
        return markup

    def pre_validate(self, form: BaseForm) -> None:
        """What could not be read is refused once, not by every validator as well."""
        if self.process_errors:
            raise StopValidation


class Posted(Protocol):
    """What a request's form is read through: the values under a name."""

    def getlist(self, name: str, /) -> list[Any]: ...


def texts(values: Iterable[Any]) -> list[str]:
    """The posted values that are text: a file posted under a text field's name is not."""
    return [value for value in values if isinstance(value, str)]

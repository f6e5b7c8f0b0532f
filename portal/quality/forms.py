"""Forms of the register's quality: closing, setting aside, an area's days, and taking the list away as a file."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal.agencies.models import Area
from portal.fields import (
    DateField,
    HiddenField,
    IntegerField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
)
from portal.i18n import language
from portal.quality.closing import REASONS

LONGEST_ASIDE = timedelta(days=366)
EXPORT_REASONS = {
    "work_through": _l("To work through the list with the team"),
    "ask_police": _l("To ask the police to put their records right"),
    "ask_probation": _l("To ask the Probation Service to put its records right"),
    "audit": _l("For an audit or inspection"),
}


class CloseForm(PortalForm):
    reason = RadioField(
        _l("Why are you closing them?"),
        [Required(_l("Select why you are closing them"))],
        choices=[Option(code, words) for code, words in REASONS.items()],
        size="m",
    )
    words = TextAreaField(
        _l("Anything to add?"),
        hint=_l("You must say why if you chose another reason"),
        max_length=1000,
        rows=3,
        size="s",
    )
    token = HiddenField()

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Enter the reason"))


class AsideForm(PortalForm):
    reason = TextAreaField(
        _l("Why is this not a fault?"),
        [Required(_l("Enter why this is not a fault"))],
        hint=_l("For example, that nobody knows the date of birth"),
        max_length=500,
        rows=3,
        size="s",
    )
    until_on = DateField(
        _l("Until when should it be left alone?"),
        [Required(_l("Enter the day until which it should be left alone"))],
        hint=_l("At most a year from today. If the value changes before, it is looked at anew."),
        size="s",
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_until_on(self, field: DateField) -> None:
        if field.data and field.data <= self.today:
            raise ValidationError(_("The date must be in the future"))
        if field.data and field.data > self.today + LONGEST_ASIDE:
            raise ValidationError(_("The date must be within a year"))


class StalenessForm(PortalForm):
    area = SelectField(_l("Police force area"), [Required(_l("Select an area"))])
    days = IntegerField(
        _l("Days without anything new"),
        [Required(_l("Enter the number of days"))],
        hint=_l("From 14 to 730"),
        minimum=14,
        maximum=730,
        width="3",
    )

    def __init__(self, *args: object, areas: list[Area], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.area.choices = [(area.id, area.name(language())) for area in areas]


class ExportForm(PortalForm):
    reason = RadioField(
        _l("Why do you need the file?"),
        [Required(_l("Select why you need the file"))],
        hint=_l("Your name, the reason and who is in the file are kept in the access log."),
        choices=[Option(code, words) for code, words in EXPORT_REASONS.items()],
        size="s",
    )
    kind = RadioField(
        _l("Which kind of file?"),
        [Required(_l("Select the kind of file"))],
        choices=[Option("xlsx", _l("Workbook (XLSX)")), Option("csv", _l("CSV"))],
        size="s",
    )

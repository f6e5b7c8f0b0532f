"""Forms of keeping: the decision on a record, periods, a person's copy and what of it is withheld."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
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
    TextField,
)
from portal.keeping.periods import Kind
from portal.keeping.wording import ERASE_REASONS, KEEP_REASONS

LONGEST_KEPT = timedelta(days=3653)
SAY_WHY = _l("Say why")
COPY_REASONS = [
    ("subject", _l("The person asked for it (right of access)")),
    ("representative", _l("Somebody asked for it on the person’s behalf")),
    ("order", _l("A court ordered it")),
]
WITHHOLD_REASONS = {
    "others": _l("It is about someone else, who does not agree"),
    "harm": _l("It could cause serious harm to somebody"),
    "crime": _l("It could hinder the prevention or detection of crime"),
    "legal": _l("It is legal advice"),
}


class KeepForm(PortalForm):
    reason = RadioField(
        _l("Why must it be kept longer?"),
        [Required(_l("Select why it must be kept"))],
        choices=list(KEEP_REASONS.items()),
        size="m",
    )
    words = TextAreaField(
        _l("In words (needed for another reason)"),
        max_length=1000,
        rows=3,
        hint=_l("This goes when the person is erased."),
    )
    until = DateField(
        _l("Review it again on"),
        [Required(_l("Enter when it is to be reviewed again"))],
        hint=_l("At most ten years from now."),
        size="m",
    )
    token = HiddenField()

    def __init__(self, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(str(SAY_WHY))

    def validate_until(self, field: DateField) -> None:
        if not self.today < field.data <= self.today + LONGEST_KEPT:
            raise ValidationError(_("The day must be after today and within ten years"))


class EraseForm(PortalForm):
    """`due`: whether the period is over, so that this is a reason."""

    reason = RadioField(_l("Why is it erased?"), [Required(_l("Select why it is erased"))], size="m")
    words = TextAreaField(
        _l("In words (needed for an order: who ordered it, when)"),
        max_length=1000,
        rows=3,
        hint=_l("This goes when the person is erased."),
    )
    token = HiddenField()

    def __init__(self, *, due: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        hints = {"order": _("Done at once: it cannot be stopped")}
        self.reason.choices = [
            Option(code, text, hints.get(code))
            for code, text in ERASE_REASONS.items()
            if due or code != "retention"
        ]

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "order" and not field.data:
            raise ValidationError(_("Say who ordered it and when"))


class PeriodForm(VersionedForm):
    """`version`: the days that its page showed."""

    days = IntegerField(_l("Days"), [Required(_l("Enter a number of days"))], width="5", size="m")

    def __init__(self, kind: Kind, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.days.minimum, self.days.maximum = kind.least, kind.most
        self.days.hint = _("From %(least)d to %(most)d.", least=kind.least, most=kind.most)

    def validate_days(self, field: IntegerField) -> None:
        if not field.minimum <= field.data <= field.maximum:
            raise ValidationError(
                _("Enter a number from %(min)d to %(max)d", min=field.minimum, max=field.maximum)
            )


class CopyForm(PortalForm):
    asked_as = TextField(
        _l("Reference of the request"),
        [Required(_l("Enter the reference of the request"))],
        max_length=60,
        width="20",
        size="m",
        hint=_l("As your force or service files it, without the person’s name."),
    )
    reason = RadioField(
        _l("Why is the copy made?"),
        [Required(_l("Select why the copy is made"))],
        choices=COPY_REASONS,
        size="m",
    )
    language = RadioField(
        _l("Language of the copy"),
        [Required(_l("Select the language of the copy"))],
        choices=[("cy", "Cymraeg"), ("en", "English")],
        inline=True,
        size="m",
    )
    token = HiddenField()


class PassageField(SelectField):
    """Give a passage, or withhold it for a reason: `data` is give, or the reason."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        choices = [Option("give", _l("Give")), *(Option(c, w) for c, w in WITHHOLD_REASONS.items())]
        super().__init__(label, choices=choices, empty=_l("Decide"), **kwargs)

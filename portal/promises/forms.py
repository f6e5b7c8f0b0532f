"""Forms of the promise register and of usual waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
from portal.agencies.models import Area
from portal.fields import (
    CheckboxesField,
    DateField,
    IntegerField,
    PortalForm,
    RadioField,
    Required,
    TextAreaField,
    TextField,
)
from portal.i18n import language
from portal.promises.wording import KINDS, UNITS, UNTIL

YEAR = timedelta(days=366)
DAYS = ("acknowledge_days", "decide_days", "offer_days")


def _days(label: Any) -> IntegerField:
    return IntegerField(label, maximum=250, width="3", suffix=_l("working days"))


class ProposalForm(PortalForm):
    """At least one of the three numbers of days. `today` is the first day on which it may begin."""

    areas = CheckboxesField(
        _l("Which areas is it for?"), [Required(_l("Select at least one area"))], size="s", small=True
    )
    acknowledge_days = _days(_l("Days to acknowledge a referral (optional)"))
    decide_days = _days(_l("Days to accept or decline (optional)"))
    offer_days = _days(_l("Days to offer a first appointment (optional)"))
    from_on = DateField(_l("First day"), [Required(_l("Enter the first day"))], size="s")
    to_on = DateField(
        _l("Last day (optional)"), size="s", hint=_l("Leave empty if it lasts until one side ends it")
    )
    document = TextField(
        _l("Document (optional)"),
        hint=_l("The name or number of a written agreement, if there is one"),
        width="two-thirds",
        size="s",
    )
    words = TextAreaField(
        _l("Details (optional)"),
        hint=_l("For example, whom to contact. Do not name people on IOM"),
        rows=3,
        max_length=2000,
        size="s",
    )

    def __init__(self, *args: Any, areas: Iterable[Area], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas.choices = [(area.id, area.name(language())) for area in areas]
        self.today = today

    def validate_acknowledge_days(self, field: IntegerField) -> None:
        if all(self[name].data is None and not self[name].process_errors for name in DAYS):
            raise ValidationError(_("Enter a number of days for at least one of the three steps"))

    def validate_from_on(self, field: DateField) -> None:
        if field.data < self.today:
            raise ValidationError(_("The first day must be today or later"))
        if field.data > self.today + YEAR:
            raise ValidationError(_("The first day must be within a year of today"))

    def validate_to_on(self, field: DateField) -> None:
        if self.from_on.data and field.data and field.data < self.from_on.data:
            raise ValidationError(_("The last day must not be before the first"))

    def values(self) -> dict[str, Any]:
        """In columns of Agreement."""
        return {name: self[name].data for name in (*DAYS, "from_on", "to_on", "document", "words")}


class AgreementForm(VersionedForm):
    """Nothing but the version that its page showed: to sign, to take back."""


class RefuseForm(VersionedForm):
    words = TextAreaField(
        _l("Why do you refuse?"),
        [Required(_l("Enter why you refuse"))],
        hint=_l("IOM reads this. Say what you could agree to instead"),
        rows=4,
        max_length=2000,
        size="s",
    )


class EndForm(VersionedForm):
    """`today` is the first last day there may be; `to_on` the one agreed, which only comes nearer."""

    last_day = DateField(
        _l("What is its last day?"),
        [Required(_l("Enter the last day"))],
        hint=_l("Referrals sent until then keep the promise"),
        size="s",
    )

    def __init__(self, *args: Any, today: date, to_on: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.to_on = today, to_on

    def validate_last_day(self, field: DateField) -> None:
        if field.data < self.today:
            raise ValidationError(_("The last day must be today or later"))
        if self.to_on and field.data > self.to_on:
            raise ValidationError(_("The last day must not be after the one that was agreed"))


class UsualWaitForm(PortalForm):
    days = IntegerField(
        _l("How many days?"), [Required(_l("Enter a number of days"))], maximum=2000, width="4", size="s"
    )
    unit = RadioField(
        _l("What kind of days?"),
        [Required(_l("Select working days or calendar days"))],
        choices=list(UNITS.items()),
        size="s",
        inline=True,
    )
    until_step = RadioField(
        _l("Until when is the wait counted?"),
        [Required(_l("Select until when the wait is counted"))],
        choices=list(UNTIL.items()),
        size="s",
    )
    kind = RadioField(
        _l("What does the number mean?"),
        [Required(_l("Select what the number means"))],
        choices=list(KINDS.items()),
        size="s",
    )
    source = TextField(
        _l("Where does the number come from?"),
        [Required(_l("Enter where the number comes from"))],
        hint=_l("For example, our own records for July to September 2026"),
        size="s",
    )
    as_of = DateField(_l("Since when is this so?"), [Required(_l("Enter since when this is so"))], size="s")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_as_of(self, field: DateField) -> None:
        if field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if field.data.year < 2000:
            raise ValidationError(_("The date must be after 1999"))

    def values(self) -> dict[str, Any]:
        """In columns of UsualWait."""
        return {name: self[name].data for name in ("days", "unit", "until_step", "kind", "source", "as_of")}

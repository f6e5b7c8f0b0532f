"""What staff say of one need: met, not met, declined by the person, or there again."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
from portal.fields import DateField, Option, RadioField, Required, TextAreaField
from portal.i18n import long_date
from portal.people.models import PersonNeed

SAYINGS = (
    Option("met", _l("Met, without a referral"), _l("The person sorted it out, or somebody helped")),
    Option(
        "declined_by_person", _l("The person does not want help with it"), _l("They can change their mind")
    ),
    Option("not_met", _l("Not met, and nothing more can be done for now")),
    Option("identified", _l("Still there, or there again"), _l("It then waits for somebody to refer it")),
)


class SayForm(VersionedForm):
    state = RadioField(
        _l("Where does this need stand?"), [Required(_l("Select where this need stands"))], size="m"
    )
    on_day = DateField(_l("Since when?"), hint=_l("Today, unless you enter another day"), size="s")
    words = TextAreaField(
        _l("What happened?"),
        [Required(_l("Enter what happened"))],
        max_length=2000,
        rows=3,
        count=True,
        size="s",
    )

    def __init__(self, *args: Any, need: PersonNeed, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need, self.today = need, today
        self.state.choices = [option for option in SAYINGS if option.value != need.state]

    @property
    def since(self) -> date:
        day: date = self.on_day.data or self.today
        return day

    def validate_on_day(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if field.data and field.data < self.need.identified_on:
            first = long_date(self.need.identified_on)
            raise ValidationError(
                _("The need was identified on %(date)s: enter that day or a later one", date=first)
            )

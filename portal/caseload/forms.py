"""The forms of giving out work, of the waiting list and of absences."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.fields import DateField, IntegerField, Option, PortalForm, RadioField, Required, SelectField
from portal.referrals.forms import VersionedForm

NOBODY = "nobody"
EXAMPLE = _l("For example, 27 3 2026")


class AssignForm(VersionedForm):
    worker = RadioField(_l("Who will work with the person?"), [Required(_l("Select a worker"))])

    def __init__(self, *args: Any, workers: list[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker.choices = [*workers, Option(NOBODY, _l("Nobody for now"))]


class WaitingForm(VersionedForm):
    position = IntegerField(
        _l("Position on the waiting list (optional)"),
        minimum=1,
        maximum=9999,
        width="4",
        hint=_l("1 is next. Leave this empty if the person is not on a waiting list"),
    )
    expected_on = DateField(_l("When do you expect to start? (optional)"), hint=EXAMPLE)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_expected_on(self, field: DateField) -> None:
        if field.data and field.data < self.today and field.data != field.object_data:
            raise ValidationError(_("The date must be today or later"))


class AbsenceForm(PortalForm):
    """Without `user` where somebody records their own."""

    user = SelectField(_l("Who is away?"), [Required(_l("Select who is away"))], empty="")
    from_on = DateField(_l("First day away"), [Required(_l("Enter the first day away"))], hint=EXAMPLE)
    to_on = DateField(_l("Last day away"), [Required(_l("Enter the last day away"))], hint=EXAMPLE)
    cover = SelectField(
        _l("Who covers? (optional)"),
        hint=_l("They see this person’s referrals among their own on these days"),
        empty=_l("Nobody"),
    )

    def __init__(self, *args: Any, staff: list[tuple[int, str]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user.choices = self.cover.choices = staff
        self.today = today

    def validate_to_on(self, field: DateField) -> None:
        if field.data and field.data < self.today:
            raise ValidationError(_("The date must be today or later"))
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("The last day must be on or after the first day"))

    def validate_cover(self, field: SelectField) -> None:
        if field.data and "user" in self and str(field.data) == str(self.user.data):
            raise ValidationError(_("Select somebody else to cover"))

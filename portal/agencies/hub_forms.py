"""The forms of hub sessions: what one is, and its last day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
from portal.agencies.hub_wording import RHYTHMS, WEEKDAYS
from portal.agencies.lookup import list_areas
from portal.agencies.wording import area_label
from portal.fields import (
    DateField,
    Option,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
    TimeField,
)

PLACES = ("local_authority", "police_force", "health_board", "other")


class HubForm(VersionedForm):
    """`whose` is (agency id, service id), the service 0 for all of an agency's."""

    whose = SelectField(
        _l("Whose session is it?"),
        [Required(_l("Select whose session it is"))],
        empty=_l("Choose an agency or a service"),
        size="s",
    )
    area = SelectField(
        _l("Area"),
        [Required(_l("Select an area"))],
        empty=_l("Choose an area"),
        hint=_l("The local authority in which the place lies, if you can"),
        size="s",
    )
    place = TextField(
        _l("Place"), [Required(_l("Enter the place"))], hint=_l("Its name and street, or town"), size="s"
    )
    weekday = RadioField(
        _l("Day of the week"),
        [Required(_l("Select a day of the week"))],
        choices=[Option(str(number), name) for number, name in enumerate(WEEKDAYS)],
        size="s",
        small=True,
    )
    rhythm = SelectField(_l("How often?"), empty=RHYTHMS[""], choices=list(RHYTHMS.items())[1:], size="s")
    begins = TimeField(
        _l("Begins at"),
        [Required(_l("Enter when it begins"))],
        hint=_l("For example, 9:30 or 2:30pm"),
        size="s",
    )
    ends = TimeField(_l("Ends at"), [Required(_l("Enter when it ends"))], size="s")
    from_on = DateField(_l("First day"), [Required(_l("Enter the first day"))], size="s")
    to_on = DateField(_l("Last day (optional)"), size="s")
    words = TextAreaField(
        _l("Details (optional)"),
        hint=_l("For example, how to find the room, and whether to make an appointment"),
        rows=3,
        max_length=1000,
        size="s",
    )

    def offer(self, whose: list[tuple[str, str]], also_area: int | None) -> None:
        self.whose.choices = whose
        found = list_areas(*PLACES, also=[also_area] if also_area else ())
        self.area.choices = [(area.id, area_label(area)) for area in found]

    def validate_ends(self, field: TimeField) -> None:
        if self.begins.data and field.data <= self.begins.data:
            raise ValidationError(_("It must end after it begins"))

    def validate_to_on(self, field: DateField) -> None:
        if self.from_on.data and field.data and field.data < self.from_on.data:
            raise ValidationError(_("The last day must not be before the first"))

    def values(self) -> dict[str, Any]:
        """In columns of HubSession."""
        agency_id, service_id = (int(number) for number in self.whose.data.split("-"))
        same = {name: self[name].data for name in ("place", "begins", "ends", "from_on", "to_on", "words")}
        return same | {
            "agency_id": agency_id,
            "service_id": service_id or None,
            "area_id": self.area.data,
            "weekday": int(self.weekday.data),
            "week_of_month": int(self.rhythm.data) if self.rhythm.data else None,
        }


class EndHubForm(VersionedForm):
    last_day = DateField(_l("What is its last day?"), [Required(_l("Enter the last day"))], size="s")

    def __init__(self, *args: Any, earliest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest = earliest

    def validate_last_day(self, field: DateField) -> None:
        if field.data < self.earliest:
            raise ValidationError(_("The last day must be today or later, and not before the first"))

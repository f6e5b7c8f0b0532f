"""The forms by which an appointment is offered or moved, cancelled, and its attendance recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.hub_models import HubSession
from portal.agencies.models import DELIVERY_MODES
from portal.appointments.actions import Offer
from portal.appointments.models import ATTENDED
from portal.appointments.wording import MODE_NAMES, STATE_NAMES, WHOSE_NAMES, session_label
from portal.fields import (
    DateField,
    HiddenField,
    IntegerField,
    Option,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
    TimeField,
)
from portal.i18n import LONDON
from portal.referrals.forms import VersionedForm

FARTHEST = timedelta(days=366)


class OfferForm(VersionedForm):
    """Times are Europe/London. `token` makes a second sending impossible."""

    token = HiddenField()
    day = DateField(
        _l("Date"),
        [Required(_l("Enter the date of the appointment"))],
        hint=_l("For example, 27 3 2026"),
        size="s",
    )
    time = TimeField(
        _l("Time"),
        [Required(_l("Enter the time of the appointment"))],
        hint=_l("For example, 9:30 or 2:30pm"),
        size="s",
    )
    minutes = IntegerField(
        _l("How long?"),
        [Required(_l("Enter how many minutes it takes"))],
        minimum=5,
        maximum=480,
        width="3",
        suffix=_l("minutes"),
        size="s",
    )
    mode = RadioField(
        _l("How is the person seen?"), [Required(_l("Select how the person is seen"))], size="s"
    )
    hub_session = SelectField(_l("Which hub session?"), empty=_l("Choose a hub session"))
    place = TextField(
        _l("Where or how"),
        hint=_l("A place, a number to ring or a link. Do not name the person."),
        size="s",
    )
    worker = SelectField(_l("Who will see the person?"), [Required(_l("Select a worker"))], size="s")
    words = TextAreaField(
        _l("Anything the officer should know (optional)"), max_length=2000, count=True, size="s"
    )

    def __init__(
        self,
        *args: Any,
        now: datetime,
        workers: list[tuple[int, str]],
        sessions: Sequence[HubSession],
        **values: Any,
    ) -> None:
        super().__init__(*args, **values)
        self.now, self.sessions = now, {session.id: session for session in sessions}
        self.worker.choices = workers
        self.hub_session.choices = [(session.id, session_label(session)) for session in sessions]
        self.mode.choices = [
            Option(mode, MODE_NAMES[mode], reveals="hub_session" if mode == "hub" else None)
            for mode in DELIVERY_MODES
            if sessions or mode != "hub"
        ]

    def validate_day(self, field: DateField) -> None:
        today = self.now.astimezone(LONDON).date()
        if field.data and field.data < today:
            raise ValidationError(_("The date must be today or later"))
        if field.data and field.data > today + FARTHEST:
            raise ValidationError(_("The date must be within the next year"))

    def validate_time(self, field: TimeField) -> None:
        if field.data and self.day.data and not self.day.errors and self.at <= self.now:
            raise ValidationError(_("The time must be in the future"))

    def validate_hub_session(self, field: SelectField) -> None:
        if self.mode.data != "hub":
            return
        if field.data is None:
            raise ValidationError(_("Select a hub session"))
        if self.day.data and not self.sessions[field.data].is_on(self.day.data):
            raise ValidationError(_("The hub session is not held on this date"))

    def validate_place(self, field: TextField) -> None:
        if self.mode.data in ("in_person", "outreach") and not field.data:
            raise ValidationError(_("Enter where the appointment is"))

    @property
    def at(self) -> datetime:
        return datetime.combine(self.day.data, self.time.data, LONDON)

    def offered(self) -> Offer:
        """What was entered, once it is valid."""
        session = self.sessions.get(self.hub_session.data) if self.mode.data == "hub" else None
        return Offer(
            at=self.at,
            minutes=self.minutes.data,
            mode=self.mode.data,
            worker_id=self.worker.data,
            place=self.place.data or (session.place if session else ""),
            words=self.words.data,
            hub_session_id=session.id if session else None,
        )


class CancelForm(VersionedForm):
    whose = RadioField(_l("Who cancels it?"), [Required(_l("Select who cancels it"))], size="m")
    words = TextAreaField(_l("Explain the reason (optional)"), max_length=2000, count=True)

    def __init__(self, *args: Any, offered: Sequence[str], **values: Any) -> None:
        super().__init__(*args, **values)
        self.whose.choices = [(whose, WHOSE_NAMES[whose]) for whose in offered]


class AttendanceForm(VersionedForm):
    state = RadioField(
        _l("What happened?"),
        [Required(_l("Select what happened"))],
        choices=[(state, STATE_NAMES[state]) for state in ATTENDED],
        size="m",
    )
    words = TextAreaField(_l("Anything to add (optional)"), max_length=2000, count=True)

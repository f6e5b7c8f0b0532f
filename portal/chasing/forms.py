"""The forms by which IOM chases and escalates, and by which either side writes down what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.chasing.wording import CHANGES, CHANNELS, LEVELS
from portal.fields import DateField, HiddenField, Option, RadioField, Required, TextAreaField, TextField
from portal.fields.base import PortalForm
from portal.referrals.forms import VersionedForm
from portal.referrals.models import Referral

EXAMPLE = _l("For example, 27 3 2026")


class Dated(PortalForm):
    """A form about something that happened after the referral was sent, and no later than today."""

    def __init__(self, *args: Any, sent_on: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent_on, self.today = sent_on, today

    def check_day(self, day: date | None) -> None:
        if day is None:
            raise ValidationError(_("Enter the date"))
        if day > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if day < self.sent_on:
            raise ValidationError(_("The date must be on or after the day on which the referral was sent"))


class ChaseForm(Dated):
    """What is asked, of whom and how. The last three fields are read only where the channel is not the portal."""

    token = HiddenField()
    kind = RadioField(
        _l("What do you ask for?"),
        [Required(_l("Select what you ask for"))],
        choices=[Option("chase", _l("An answer")), Option("advocacy", _l("Quicker access for the person"))],
    )
    level = RadioField(
        _l("Whom do you escalate to?"),
        [Required(_l("Select whom you escalate to"))],
        choices=[Option(level, LEVELS[level]) for level in ("manager", "managers")],
    )
    channel = RadioField(
        _l("How?"),
        [Required(_l("Select how"))],
        choices=[
            Option(
                "portal",
                CHANNELS["portal"],
                _l("The portal tells the agency by email and asks for an answer"),
            ),
            Option("phone", CHANNELS["phone"]),
            Option("meeting", CHANNELS["meeting"]),
        ],
    )
    words = TextAreaField(
        _l("What do you say, or what was said?"),
        [Required(_l("Enter what you say, or what was said"))],
        hint=_l("The agency reads this"),
        max_length=2000,
        rows=4,
        count=True,
    )
    day = DateField(_l("When was that?"), hint=EXAMPLE)
    answered_by = TextField(
        _l("Who answered? (optional)"), hint=_l("Leave this empty if nobody answered"), max_length=100
    )
    changed = RadioField(_l("What did it change? (optional)"), choices=list(CHANGES.items()))

    @property
    def spoken(self) -> bool:
        return self.channel.data in ("phone", "meeting")

    def validate_day(self, field: DateField) -> None:
        if self.spoken:
            self.check_day(field.data)

    def validate_answered_by(self, field: TextField) -> None:
        if self.spoken and self.changed.data and not field.data:
            raise ValidationError(_("Enter who answered"))

    def validate_changed(self, field: RadioField) -> None:
        if self.spoken and self.answered_by.data and not field.data:
            raise ValidationError(_("Select what it changed"))


class AnswerForm(VersionedForm):
    """The agency’s answer, by one of its staff."""

    answer = TextAreaField(
        _l("What is your answer?"), [Required(_l("Enter your answer"))], max_length=2000, rows=4, count=True
    )
    changed = RadioField(
        _l("What has changed?"),
        [Required(_l("Select what has changed"))],
        hint=_l("To accept, decline or offer an appointment, go back to the referral"),
    )

    def __init__(self, *args: Any, referral: Referral, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changed.choices = [(code, CHANGES[code]) for code in changes_of(referral)]


def changes_of(referral: Referral) -> list[str]:
    """What the agency may say has changed: of what the referral itself shows, only what has happened."""
    happened = {
        "decided": referral.decided_at is not None,
        "priority": referral.decision == "accepted_priority",
        "offered": referral.first_offer_at is not None,
        "reversed": referral.reversed_at is not None,
    }
    return [code for code in CHANGES if happened.get(code, True)]


class HeardForm(Dated, VersionedForm):
    """An answer that IOM got outside the portal."""

    answered_by = TextField(_l("Who answered?"), [Required(_l("Enter who answered"))], max_length=100)
    day = DateField(_l("When was that?"), hint=EXAMPLE)
    answer = TextAreaField(
        _l("What did they say?"), [Required(_l("Enter what they said"))], max_length=2000, rows=4, count=True
    )
    changed = RadioField(
        _l("What has changed?"), [Required(_l("Select what has changed"))], choices=list(CHANGES.items())
    )

    def validate_day(self, field: DateField) -> None:
        self.check_day(field.data)

"""The forms of meetings: where and when, with whom; and what was decided about one referral."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import ValidationError

from portal.fields import (
    CheckboxesField,
    DateField,
    Heading,
    HiddenField,
    Option,
    PortalForm,
    Required,
    TextAreaField,
    TextField,
)
from portal.meetings.queries import Candidate

YEARS_AWAY = timedelta(days=2 * 365)


class MeetingForm(PortalForm):
    """`version` is the meeting's when the page was shown; empty for a new one."""

    version = HiddenField()
    held_on = DateField(
        _l("When is the meeting?"),
        [Required(_l("Enter the date of the meeting"))],
        hint=_l("For example, 27 3 2027"),
        size="m",
    )
    place = TextField(
        _l("Where is it? (optional)"), hint=_l("A place, or “online”"), max_length=200, size="m"
    )
    agencies = CheckboxesField(
        _l("Which agencies are discussed?"),
        [Required(_l("Select at least one agency"))],
        hint=_l("An agency sees its own referrals in the pack, and no other agency’s name."),
        size="m",
        small=True,
    )

    def __init__(self, candidates: Sequence[Candidate], today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        self.agencies.choices = _choices(candidates)

    def validate_held_on(self, field: DateField) -> None:
        if field.data and abs(field.data - self.today) > YEARS_AWAY:
            raise ValidationError(_("The date must be within two years of today"))

    def is_stale(self, version: int) -> bool:
        """Has the meeting been saved since? From now on the form carries the newer version."""
        stale: bool = str(self.version.data) != str(version)
        self.version.data = self.version.typed = str(version)
        return stale


def _choices(candidates: Sequence[Candidate]) -> list[Any]:
    with_open = [each for each in candidates if each.open]
    others = [Option(each.id, each.name) for each in candidates if not each.open]
    options: list[Any] = [
        Option(
            each.id,
            each.name,
            hint=ngettext("%(num)d open referral", "%(num)d open referrals", each.open),
        )
        for each in with_open
    ]
    if not with_open or not others:
        return options + others
    return [
        Heading(_l("With open referrals")),
        *options,
        Heading(_l("Others that work in this area")),
        *others,
    ]


class DecisionForm(PortalForm):
    token = HiddenField()
    words = TextAreaField(
        _l("What was decided?"),
        [Required(_l("Enter what was decided"))],
        hint=_l("Who does what by when. The agency reads this too."),
        size="m",
        rows=4,
        max_length=2000,
        count=True,
    )

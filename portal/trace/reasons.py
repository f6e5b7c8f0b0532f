"""The reasons that are asked for before a restricted record, or a person of another area, is shown."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal import audit
from portal.accounts import views
from portal.db import db
from portal.fields import HiddenField, Option, PortalForm, RadioField, Required, TextAreaField
from portal.people.models import Person
from portal.people.reading import ReadingReason

RESTRICTED = {
    "own": _l("I work with this person"),
    "cover": _l("I am covering for a colleague"),
    "supervise": _l("I supervise or review this work"),
    "asked": _l("A colleague, an agency or a court asked me about them"),
    "record": _l("I am putting the record right"),
}
ELSEWHERE = {
    "moved": _l("The person has moved, or is moving, to my area"),
    "met": _l("The person was arrested or came to notice in my area"),
    "transfer": _l("The case is being passed to me or my team"),
    "risk": _l("Somebody may be at risk now"),
    "asked": _l("A colleague, an agency or a court asked me about them"),
}
OTHER = _l("Another reason")
REASONS = {"restricted": RESTRICTED, "elsewhere": ELSEWHERE}
LONGEST = 500


def choices(kind: str) -> list[Option]:
    """The last one has a box for words beneath it."""
    return [*(Option(*one) for one in REASONS[kind].items()), Option("other", OTHER, reveals="words")]


def reason_in_words(kind: str, reason: str, words: str) -> str:
    text = str(REASONS[kind].get(reason, OTHER))
    return _("%(reason)s: %(words)s", reason=text, words=words) if words else text


class WhyForm(PortalForm):
    """`words` are read only where the reason is another one than those listed."""

    kind: str
    reason: RadioField
    words: TextAreaField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = choices(self.kind)

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Say why"))

    @property
    def said(self) -> str:
        return self.words.data if self.reason.data == "other" else ""


class ReasonForm(WhyForm):
    """Before a restricted record; `next`: the page that was asked for."""

    kind = "restricted"
    reason = RadioField(
        _l("Why do you need to see this record?"),
        [Required(_l("Select why you need to see this record"))],
        size="m",
    )
    words = TextAreaField(_l("Say why"), max_length=LONGEST, rows=3)
    next = HiddenField()


def give(person: Person, user_id: int, reason: str, words: str) -> None:
    """Keep why this user reads a restricted person; the log has the code."""
    db.session.add(
        ReadingReason(kind="restricted", person_id=person.id, user_id=user_id, reason=reason, words=words)
    )
    audit.record("person.reason_given", "person", [person.id], area_id=person.area_id, reason=reason)


def safe_next(target: str | None, usual: str) -> str:
    """Where the reader was going: a page of a person or of a referral, else `usual`."""
    address = views.safe_next(target)
    return address if re.match(r"/(people|referrals|refer|register)/(?![/\\])", address) else usual

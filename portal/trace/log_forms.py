"""What to look for in the access log, and why it is taken away as a file."""

from __future__ import annotations

import re
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal.accounts.queries import get_user_by_email
from portal.fields import (
    DateField,
    EmailField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextField,
)
from portal.people.queries import LARGEST_ID
from portal.trace.log_queries import USUAL, Asked, referral_called
from portal.trace.log_words import ACTIONS

REFERENCE = re.compile(r"[A-Z]{2}[0-9]{4}[A-Z]{2}")
REASONS = {
    "concern": _l("A concern about what somebody has read"),
    "request": _l("A person has asked who read about them"),
    "audit": _l("An audit or inspection"),
    "test": _l("To test that the log is complete"),
}


class LogForm(PortalForm):
    """Posted, because an email address stands in no address of a page; the answer is one of numbers and codes."""

    email = EmailField(_l("Email address of the user"), width="two-thirds", autocomplete="off")
    about = TextField(
        _l("Person number or referral reference"),
        hint=_l(
            "The number in the address of a person’s page, such as 1234, or a reference such as AB2345CD"
        ),
        max_length=20,
        width="10",
        autocomplete="off",
    )
    action = SelectField(_l("What they did"), empty=_l("Anything"))
    from_on = DateField(_l("From"), hint=_l("If you leave it empty, the last 30 days are shown"))
    to_on = DateField(_l("To"))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.user: int | None = None
        self.person: int | None = None
        self.referral: int | None = None
        words = sorted(
            ((code, str(name)) for code, name in ACTIONS.items()), key=lambda one: one[1].casefold()
        )
        self.action.choices = words

    def validate_email(self, field: EmailField) -> None:
        user = get_user_by_email(field.data) if field.data else None
        if field.data and user is None:
            raise ValidationError(_("There is no user with this email address"))
        self.user = user.id if user else None

    def validate_about(self, field: TextField) -> None:
        text = (field.data or "").replace(" ", "").upper()
        if re.fullmatch("[0-9]{1,18}", text):
            self.person = int(text)
        elif REFERENCE.fullmatch(text):
            self.referral = referral_called(text)
            if self.referral is None:
                raise ValidationError(_("There is no referral with this reference"))
        elif text:
            raise ValidationError(_("Enter a number such as 1234, or a reference such as AB2345CD"))

    def validate_from_on(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The first day must not be in the future"))

    def validate_to_on(self, field: DateField) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("The last day must not be before the first"))

    def asked(self) -> Asked:
        last = self.to_on.data or self.today
        first = self.from_on.data or max(date(1970, 1, 1), last) - USUAL
        return Asked(first, last, self.user, self.person, self.referral, self.action.data or None)


class ExportForm(PortalForm):
    reason = RadioField(
        _l("Why do you need the file?"),
        [Required(_l("Select why you need the file"))],
        hint=_l("Your name and the reason are kept in the access log."),
        choices=[Option(code, words) for code, words in REASONS.items()],
        size="m",
    )


def read_asked(given: dict[str, str], today: date) -> Asked:
    """What an address asks for; what it cannot mean is left out."""

    def number(name: str, largest: int) -> int | None:
        text = given.get(name, "")
        found = int(text) if re.fullmatch("[0-9]{1,18}", text) else 0
        return found if 0 < found <= largest else None

    last = read_day(given.get("to", "")) or today
    return Asked(
        read_day(given.get("from", "")) or max(date(1970, 1, 1) + USUAL, last) - USUAL,
        last,
        number("user", 2**31 - 1),
        number("person", LARGEST_ID),
        number("referral", LARGEST_ID),
        given["action"] if given.get("action") in ACTIONS else None,
        number("before", LARGEST_ID),
    )


def read_day(text: str) -> date | None:
    """A day of the years that a log can have; None for what is none."""
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
    return day if day and 1970 <= day.year < 9999 else None

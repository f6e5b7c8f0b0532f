"""The forms by which agencies answer and IOM takes back. Each carries the version that its page showed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.codes import (
    CLOSE_REASONS,
    DECLINE_CAUSES,
    DECLINE_REASONS,
    OUTCOMES,
    WITHDRAWAL_REASONS,
)
from portal.fields import (
    DateField,
    Heading,
    HiddenField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
)

# Reasons that the portal itself gives, never a person.
BY_REVIEW = {"decline_agreed", "decline_lapsed", "decline_upheld"}


class VersionedForm(PortalForm):
    """`version` is the referral's when the page was shown: an answer to an older state is refused."""

    version = HiddenField()

    def is_for(self, version: int) -> bool:
        return str(self.version.data or version) == str(version)


class AcceptForm(VersionedForm):
    worker = SelectField(_l("Who will work with the person?"), [Required(_l("Select a worker"))])
    expected_on = DateField(_l("When do you expect to start? (optional)"), hint=_l("For example, 27 3 2026"))
    words = TextAreaField(_l("Anything the officer should know (optional)"), max_length=2000, count=True)

    def validate_expected_on(self, field: DateField) -> None:
        if field.data and field.data < self.today:
            raise ValidationError(_("The date must be today or later"))

    def __init__(self, *args: Any, today: date, workers: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.worker.choices = workers

    def terms(self) -> dict[str, Any]:
        """Who will work with the person, from when, and what is said with it."""
        return {
            "worker_id": int(self.worker.data),
            "expected_on": self.expected_on.data,
            "words": self.words.data,
        }


def _decline_choices() -> list[Any]:
    choices: list[Any] = []
    for cause, heading in DECLINE_CAUSES.items():
        choices.append(Heading(heading))
        choices += [Option(code, words) for code, (its, words) in DECLINE_REASONS.items() if its == cause]
    return choices


class DeclineForm(VersionedForm):
    reason = RadioField(
        _l("Why do you decline?"), [Required(_l("Select a reason"))], choices=_decline_choices(), size="m"
    )
    words = TextAreaField(
        _l("Explain the reason"),
        hint=_l("The officer reads this and may challenge the decline"),
        max_length=2000,
        count=True,
    )
    elsewhere = TextAreaField(
        _l("Where could the person go instead? (optional)"), max_length=1000, rows=3, count=True
    )

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Explain the reason"))

    def validate_elsewhere(self, field: TextAreaField) -> None:
        if self.reason.data == "wrong_service" and not field.data:
            raise ValidationError(_("Name the right service"))


class AskForm(VersionedForm):
    words = TextAreaField(
        _l("What do you need to know?"),
        [Required(_l("Enter your question"))],
        hint=_l("The officer is told by email. Your clock rests until they answer"),
        size="m",
        max_length=2000,
        count=True,
    )


class AnswerForm(VersionedForm):
    words = TextAreaField(
        _l("Your answer"),
        [Required(_l("Enter your answer"))],
        hint=_l("The agency reads this. Say no more than it needs"),
        size="m",
        max_length=2000,
        count=True,
    )


class StartForm(VersionedForm):
    started_on = DateField(
        _l("When did the service start?"),
        [Required(_l("Enter the date of the first service"))],
        hint=_l("The day on which the person was first helped. For example, 27 3 2026"),
        size="m",
    )

    def __init__(self, *args: Any, earliest: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest, self.today = earliest, today

    def validate_started_on(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if field.data and field.data < self.earliest:
            raise ValidationError(_("The service cannot have started before the referral was accepted"))


class CloseForm(VersionedForm):
    outcome = RadioField(
        _l("Was the need met?"),
        [Required(_l("Select whether the need was met"))],
        choices=list(OUTCOMES.items()),
        size="m",
    )
    reason = RadioField(
        _l("Why does the referral close?"),
        [Required(_l("Select why the referral closes"))],
        choices=[(code, words) for code, words in CLOSE_REASONS.items() if code not in BY_REVIEW],
        size="m",
    )
    words = TextAreaField(
        _l("What happened"),
        hint=_l("You may leave this empty unless you selected ‘Other’"),
        max_length=2000,
        count=True,
    )

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Explain the reason"))


class WithdrawForm(VersionedForm):
    reason = RadioField(
        _l("Why do you withdraw this referral?"),
        [Required(_l("Select a reason"))],
        choices=list(WITHDRAWAL_REASONS.items()),
        size="m",
    )
    words = TextAreaField(
        _l("Explain the reason"),
        hint=_l("You may leave this empty unless you selected ‘Other’"),
        max_length=2000,
        count=True,
    )

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Explain the reason"))


class MessageForm(PortalForm):
    token = HiddenField()
    words = TextAreaField(
        _l("Write a message"), [Required(_l("Enter a message"))], rows=3, max_length=2000, count=True
    )

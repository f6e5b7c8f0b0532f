"""The forms of the referral journey: one a page, each remembering the answers that its page showed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.codes import NEEDS, PRIORITY_REASONS, WITHDRAWAL_REASONS
from portal.fields import (
    CheckboxesField,
    DateField,
    Heading,
    HiddenField,
    Option,
    PortalForm,
    RadioField,
    Required,
    TextAreaField,
    TextField,
)
from portal.fields.choices import Choice
from portal.referring.wording import AGREEMENTS, BASES, VISITS

YEAR = timedelta(days=366)


class DraftForm(PortalForm):
    """`version` tells one state of the saved answers from another: whoever saw an older one is told."""

    version = HiddenField()


class NeedForm(DraftForm):
    need = RadioField(_l("What does the person need?"), [Required(_l("Select a need"))], size="m")

    def __init__(self, *args: Any, identified: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need.choices = need_choices(identified)


def need_choices(identified: Collection[str]) -> list[Choice]:
    """Every need, those on the person's record first."""
    first: list[Choice] = [Option(code, NEEDS[code]) for code in NEEDS if code in identified]
    rest: list[Choice] = [Option(code, words) for code, words in NEEDS.items() if code not in identified]
    if not first:
        return rest
    return [Heading(_l("Needs on record")), *first, Heading(_l("Other needs")), *rest]


class ServiceForm(DraftForm):
    service = RadioField(_l("Which service do you refer to?"), [Required(_l("Select a service"))], size="m")

    def __init__(self, *args: Any, choices: Iterable[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service.choices = choices


class RequestForm(DraftForm):
    asked = TextAreaField(
        _l("What do you ask the agency for?"),
        [Required(_l("Enter what you ask the agency for"))],
        hint=_l("The agency reads this. For example, supported accommodation from the day of release"),
        size="m",
        rows=4,
        max_length=2000,
        count=True,
    )
    further_needs = CheckboxesField(
        _l("Which further needs should the agency know about? (optional)"),
        hint=_l("The agency sees those you select"),
        size="m",
    )
    priority_reasons = CheckboxesField(
        _l("Why is this a priority?"),
        [Required(_l("Select why this is a priority"))],
        choices=list(PRIORITY_REASONS.items()),
        hint=_l("Select all that apply. The agency sees the reasons you select"),
        size="m",
    )
    priority_words = TextAreaField(
        _l("Explain why this is a priority"),
        hint=_l(
            "You may leave this empty unless you selected ‘Other’. You choose later whether the agency reads this"
        ),
        rows=4,
        max_length=2000,
        count=True,
    )
    available_from = DateField(
        _l("When can the person start? (optional)"),
        hint=_l(
            "For someone in custody, the date of release: required if you selected ‘Release from custody’. "
            "Leave empty if they can start now"
        ),
        size="s",
    )
    needed_by = DateField(
        _l("When is help needed by? (optional)"), hint=_l("For example, 27 3 2026"), size="s"
    )

    def __init__(self, *args: Any, today: date, others: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.further_needs.choices = [(code, NEEDS[code]) for code in others]
        if not self.further_needs.choices:
            del self.further_needs

    def validate_priority_words(self, field: TextAreaField) -> None:
        if "other" in self.priority_reasons.data and not field.data:
            raise ValidationError(_("Explain why this is a priority"))

    def validate_available_from(self, field: DateField) -> None:
        if field.data is None and "release" in self.priority_reasons.data:
            raise ValidationError(_("Enter the date of release"))
        if field.data and abs(field.data - self.today) > YEAR:
            raise ValidationError(_("The date must be within a year of today"))

    def validate_needed_by(self, field: DateField) -> None:
        if not field.data:
            return
        if field.data < self.today:
            raise ValidationError(_("The date must be today or later"))
        if field.data > self.today + YEAR:
            raise ValidationError(_("The date must be within a year of today"))
        if self.available_from.data and field.data < self.available_from.data:
            raise ValidationError(_("The date must be on or after the day on which the person can start"))


class ContactForm(DraftForm):
    contact = TextAreaField(
        _l("How and when can the agency reach the person?"),
        [Required(_l("Enter how and when the agency can reach the person"))],
        hint=_l("For example, by telephone in the afternoon, or through you"),
        rows=3,
        max_length=1000,
    )
    unavailable = TextAreaField(
        _l("When is the person not available? (optional)"),
        hint=_l("For example, curfew or signing on"),
        rows=2,
        max_length=1000,
    )
    language = TextField(
        _l("Does the person need Welsh or an interpreter? (optional)"),
        hint=_l("Say which language"),
        width="two-thirds",
    )
    access_needs = TextAreaField(_l("Access needs (optional)"), rows=2, max_length=1000)
    visit_alone = RadioField(
        _l("May staff visit this person alone?"),
        [Required(_l("Select whether staff may visit alone"))],
        choices=list(VISITS.items()),
        size="s",
    )
    risk_words = TextAreaField(
        _l("Known risks to staff"),
        hint=_l(
            "You may leave this empty unless staff must not visit alone. Say what agency staff should do"
        ),
        rows=4,
        max_length=2000,
        count=True,
    )

    def validate_risk_words(self, field: TextAreaField) -> None:
        if self.visit_alone.data == "no" and not field.data:
            raise ValidationError(_("Enter the known risks to staff"))


class ShareForm(DraftForm):
    sections = CheckboxesField(
        _l("What may the agency see?"),
        hint=_l("Nothing here is shared unless you select it. Select one to see what it shows"),
        size="m",
    )
    basis = RadioField(
        _l("Why may this be shared?"),
        [Required(_l("Select why this may be shared"))],
        choices=[Option(code, words, hint=law) for code, (words, law) in BASES.items()],
        size="m",
    )
    person_agrees = RadioField(
        _l("Does the person know about this referral and agree to it?"),
        [Required(_l("Select whether the person knows and agrees"))],
        choices=list(AGREEMENTS.items()),
        size="m",
    )
    agrees_words = TextAreaField(
        _l("Why share without the person’s agreement?"),
        hint=_l("Required unless they know about it and agree. The agency does not see this"),
        rows=3,
        max_length=1000,
    )

    def __init__(self, *args: Any, sections: Iterable[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections.choices = sections

    def validate_person_agrees(self, field: RadioField) -> None:
        if self.basis.data == "agreement" and field.data and field.data != "yes":
            raise ValidationError(_("Select another reason for sharing: the person has not agreed"))

    def validate_agrees_words(self, field: TextAreaField) -> None:
        if self.person_agrees.data in ("no", "not_asked") and not field.data:
            raise ValidationError(_("Explain why you share without the person’s agreement"))


class OthersForm(DraftForm):
    others = CheckboxesField(
        _l("Which referrals do you withdraw?"), [Required(_l("Select the referrals you withdraw"))], size="m"
    )
    reason = RadioField(
        _l("Why do you withdraw them?"),
        [Required(_l("Select a reason"))],
        choices=list(WITHDRAWAL_REASONS.items()),
        default="met_another_way",
        size="m",
    )
    words = TextAreaField(
        _l("Explain the reason"),
        hint=_l("You may leave this empty unless you selected ‘Other’"),
        max_length=2000,
        count=True,
    )

    def __init__(self, *args: Any, others: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others.choices = list(others)

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Explain the reason"))

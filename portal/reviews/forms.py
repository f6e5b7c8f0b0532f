"""The form of a review: the cohort, each need, contacts, how the person responds, travel, what was agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.forms import VersionedForm
from portal.fields import (
    CheckboxesField,
    DateField,
    Option,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
)
from portal.i18n import long_date
from portal.people.cohort_time import add_months, next_review, y2a_until
from portal.people.forms import refuse_early
from portal.people.models import COHORTS, Person
from portal.people.wording import WISDOM_IS_FREE
from portal.reviews.wording import (
    COHORT_ANSWERS,
    CONTACT_ANSWERS,
    ENGAGEMENT,
    NEED_ANSWERS,
    QUESTIONS,
    TRAVEL,
)

LONGEST_MONTHS = 12
WORDS = 2000


def _words(label: Any, **more: Any) -> TextAreaField:
    return TextAreaField(label, max_length=WORDS, rows=2, **more)


class ReviewForm(VersionedForm):
    """`person` is on IOM. `answers` is what was entered, as `cohort_review` keeps it."""

    held_on = DateField(_l("Day of the review"), [Required(_l("Enter the day of the review"))], size="s")
    cohort = RadioField(
        "",
        [Required(_l("Select whether the cohort is still right"))],
        choices=[
            Option(code, text, reveals="new_cohort" if code == "other" else None)
            for code, text in COHORT_ANSWERS.items()
        ],
        size="s",
        small=True,
    )
    new_cohort = SelectField(_l("Which cohort?"), empty=_l("Choose a cohort"))
    cohort_words = _words(_l("Why? (optional)"))
    for _code in NEEDS:  # in this place, so that errors stand in the order of the page
        vars()[f"need_{_code}"] = RadioField(
            "",
            [Required(_l("Select whether this need is still right"))],
            choices=[
                ("stays", NEED_ANSWERS["stays"]),
                Option("changed", NEED_ANSWERS["changed"], reveals=f"need_{_code}_words"),
            ],
            size="s",
            small=True,
        )
        vars()[f"need_{_code}_words"] = _words(_l("What has changed?"))
    new_needs = CheckboxesField(_l("Is there a need that is not on record? (optional)"), size="s", small=True)
    contacts = RadioField(
        QUESTIONS["contacts"],
        [Required(_l("Select whether the contacts are still right"))],
        choices=[
            ("right", CONTACT_ANSWERS["right"]),
            Option("wrong", CONTACT_ANSWERS["wrong"], reveals="contacts_words"),
        ],
        size="s",
        small=True,
    )
    contacts_words = _words(_l("What has to change?"))
    engagement = RadioField(
        QUESTIONS["engagement"],
        [Required(_l("Select how the person responds"))],
        choices=list(ENGAGEMENT.items()),
        size="s",
        small=True,
    )
    engagement_words = _words(
        _l("In words (optional)"), hint=_l("What helps, what gets in the way, appointments kept and missed")
    )
    travel = RadioField(
        QUESTIONS["travel"],
        [Required(_l("Select whether the person can get there"))],
        choices=list(TRAVEL.items()),
        size="s",
        small=True,
    )
    travel_words = _words(_l("What would help? (optional)"))
    agreed = TextAreaField(
        _l("What was agreed? (optional)"),
        hint=_l("Who does what, by when"),
        max_length=4000,
        rows=4,
        count=True,
        size="s",
    )
    next_on = DateField(_l("Next review on"), size="s")

    def __init__(self, *args: Any, person: Person, today: date, months: int, **kwargs: Any) -> None:
        super().__init__(
            *args, data={"held_on": today, "next_on": next_review(person, today, months), **kwargs}
        )
        self.person, self.today, self.until = person, today, y2a_until(person)
        self.spell = person.open_spell
        self.held = {need.need_code: need.state for need in person.needs}
        for code, name in NEEDS.items():
            if code in self.held:
                self[f"need_{code}"].label.text = _("%(need)s: is this still how it stands?", need=name)
            else:
                del self[f"need_{code}"], self[f"need_{code}_words"]
        self.new_needs.choices = [(code, name) for code, name in NEEDS.items() if code not in self.held]
        now = person.cohort or ""
        self.cohort.label.text = _("Is %(cohort)s still the right cohort?", cohort=COHORT_NAMES[now])
        self.new_cohort.choices = [(code, COHORT_NAMES[code]) for code in COHORTS if code != now]
        self.next_on.hint = _("Leave it as it is for the usual time. Not asked if the person leaves IOM.")

    @property
    def ends(self) -> bool:
        return bool(self.cohort.data == "leaves")

    @property
    def to(self) -> str | None:
        return self.new_cohort.data if self.cohort.data == "other" else None

    def validate_held_on(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if field.data and self.spell and field.data < self.spell.from_on:
            since = long_date(self.spell.from_on)
            raise ValidationError(
                _("The present cohort began on %(date)s: enter that day or a later one", date=since)
            )

    def validate_new_cohort(self, field: SelectField) -> None:
        if self.cohort.data != "other":
            return
        if not field.data:
            raise ValidationError(_("Select a cohort"))
        if self.person.wisdom and field.data != "free":
            raise ValidationError(
                f"{WISDOM_IS_FREE} {_('This person is a WISDOM case, so the cohort must be Free.')}"
            )

    def validate_cohort_words(self, field: TextAreaField) -> None:
        if self.ends:
            refuse_early(self.until, self.held_on.data, field)

    def validate_next_on(self, field: DateField) -> None:
        if self.ends:
            return
        if field.data is None:
            raise ValidationError(_("Enter the day of the next review"))
        if field.data <= self.today:
            raise ValidationError(_("The next review must be after today"))
        if field.data > (last := add_months(self.today, LONGEST_MONTHS)):
            raise ValidationError(_("The next review must be on %(date)s or before", date=long_date(last)))

    def answers(self, live: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """`live`: for each need the references of its live referrals."""
        needs = [
            {
                "code": code,
                "state": state,
                "answer": self[f"need_{code}"].data,
                "words": self._revealed(f"need_{code}", "changed"),
                "referrals": list(live.get(code, ())),
            }
            for code, state in self.held.items()
        ]
        return {
            "cohort": {
                "now": self.person.cohort,
                "answer": self.cohort.data,
                "to": self.to,
                "words": self.cohort_words.data,
            },
            "needs": sorted(needs, key=lambda need: list(NEEDS).index(need["code"])),
            "new_needs": self.new_needs.data,
            "contacts": {"answer": self.contacts.data, "words": self._revealed("contacts", "wrong")},
            "engagement": {"answer": self.engagement.data, "words": self.engagement_words.data},
            "travel": {"answer": self.travel.data, "words": self.travel_words.data},
            "agreed": self.agreed.data,
        }

    def _revealed(self, name: str, answer: str) -> str:
        """What was typed in the box beneath an answer, where that answer stands."""
        return str(self[f"{name}_words"].data) if self[name].data == answer else ""

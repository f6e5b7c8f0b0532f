"""The box in which people are searched for, and the forms of cohort and needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import ValidationError

from portal.agencies.codes import NEEDS
from portal.agencies.forms import VersionedForm
from portal.agencies.models import Area
from portal.fields import (
    CheckboxesField,
    DateField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.i18n import language, long_date
from portal.people.cohort_time import Y2A_MONTHS, y2a_until
from portal.people.models import Person
from portal.people.terms import Terms, read_terms
from portal.people.wording import COHORT_MEANINGS, NEED_STATES, WISDOM_IS_FREE

NOTHING_TYPED = _l("Enter a name, CRN, PNC ID or date of birth")


class SearchForm(PortalForm):
    """`wanted` is what was typed, once the form is valid."""

    terms = TextField(
        _l("Find a person"),
        [Required(NOTHING_TYPED)],
        hint=_l("Name or part of a name, CRN, PNC ID, or date of birth such as 4/5/1990"),
        size="m",
        max_length=100,
        autocomplete="off",
        spellcheck=False,
    )
    area = SelectField(_l("Area"), empty=_l("All your areas"))

    def __init__(self, *args: Any, areas: Iterable[Area], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area.choices = [(area.id, area.name(language())) for area in areas]
        self.today, self.wanted = today, Terms()

    def validate_terms(self, field: TextField) -> None:
        try:
            self.wanted = read_terms(field.data, self.today)
        except ValueError:
            raise ValidationError(_("Enter a real date, like 27/3/1990")) from None
        if not self.wanted.kinds:
            raise ValidationError(str(NOTHING_TYPED))


class CohortForm(VersionedForm):
    cohort = RadioField(
        _l("Which cohort?"),
        [Required(_l("Select a cohort"))],
        choices=list(COHORT_MEANINGS.items()),
        hint=WISDOM_IS_FREE,
        size="m",
    )
    why = TextAreaField(_l("Why this cohort? (optional)"), max_length=2000, rows=3, count=True, size="s")
    from_on = DateField(_l("From (optional)"), size="s")
    review_on = DateField(_l("Review on (optional)"), size="s")

    def __init__(self, *args: Any, person: Person, today: date, months: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.today = person, today
        self.review_on.hint = usual_review(person, months)
        self.from_on.hint = _("Leave it empty if the cohort begins today")
        if spell := person.open_spell:
            since = long_date(spell.from_on)
            self.from_on.hint = _(
                "The present cohort began on %(date)s. Leave this empty if another begins today.", date=since
            )

    @property
    def begins_on(self) -> date:
        """The day entered; else today, or the day on which a cohort that stays the same began."""
        spell = self.person.open_spell
        same = spell is not None and spell.cohort == self.cohort.data
        day: date = self.from_on.data or (spell.from_on if spell and same else self.today)
        return day

    @property
    def reviewed_on(self) -> date | None:
        """The day entered; that of the present cohort's overdue review is none for the next cohort."""
        day, spell = self.review_on.data, self.person.open_spell
        kept = spell is not None and spell.cohort != self.cohort.data and spell.review_on == day
        return None if day and kept and day <= self.begins_on else day

    def validate_cohort(self, field: RadioField) -> None:
        if self.person.wisdom and field.data != "free":
            raise ValidationError(
                f"{WISDOM_IS_FREE} {_('This person is a WISDOM case, so the cohort must be Free.')}"
            )

    def validate_from_on(self, field: DateField) -> None:
        begins, spell = self.begins_on, self.person.open_spell
        if begins > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if self.person.date_of_birth and begins <= self.person.date_of_birth:
            raise ValidationError(_("The date must be after the person’s date of birth"))
        if spell and spell.cohort != self.cohort.data and begins < spell.from_on:
            since = long_date(spell.from_on)
            raise ValidationError(
                _("The present cohort began on %(date)s: enter that day or a later one", date=since)
            )
        ended = max((past.to_on for past in self.person.spells if past.to_on), default=None)
        if ended and begins < ended:
            last = long_date(ended)
            raise ValidationError(
                _("The cohort before ended on %(date)s: enter that day or a later one", date=last)
            )

    def validate_review_on(self, field: DateField) -> None:
        if self.reviewed_on and self.reviewed_on <= self.begins_on:
            raise ValidationError(_("The review must be after the first day"))


def usual_review(person: Person, months: int) -> str:
    """When a review falls due if nobody says."""
    if person.y2a:
        months = min(months, Y2A_MONTHS)
    return ngettext(
        "Leave it empty for the usual time: after %(num)d month",
        "Leave it empty for the usual time: after %(num)d months",
        months,
    )


def refuse_early(until: date | None, last: date | None, why: TextAreaField) -> None:
    """Words are asked of whoever ends Y2A before its three months are over; it is not refused."""
    if until and last and last < until and not why.data:
        day = long_date(until)
        raise ValidationError(
            _("Y2A means at least three months on IOM, until %(date)s. Say why it ends earlier.", date=day)
        )


class EndCohortForm(VersionedForm):
    """`until`: the day before which the person's Y2A does not end, if they have one."""

    to_on = DateField(_l("Last day"), [Required(_l("Enter the last day"))], size="s")
    why = TextAreaField(_l("Why does it end? (optional)"), max_length=2000, rows=3, count=True, size="s")

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.today = person, today
        self.until = y2a_until(person)
        if self.until and today < self.until:
            self.why.label.text = _("Why does it end?")

    def validate_why(self, field: TextAreaField) -> None:
        refuse_early(self.until, self.to_on.data, field)

    def validate_to_on(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))
        if field.data and self.person.open_spell and field.data < self.person.open_spell.from_on:
            raise ValidationError(_("The last day must not be before the first"))


class NeedsForm(VersionedForm):
    needs = CheckboxesField(_l("Which needs are identified?"), size="m")
    identified_on = DateField(
        _l("When were the needs you add identified?"),
        hint=_l("Today, unless you enter another day"),
        size="s",
    )

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.today = person, today
        states = {need.need_code: NEED_STATES[need.state] for need in person.needs}
        self.needs.choices = [Option(code, name, states.get(code)) for code, name in NEEDS.items()]

    def validate_needs(self, field: CheckboxesField) -> None:
        kept = [
            need.need_code
            for need in self.person.needs
            if need.state != "identified" and need.need_code not in field.data
        ]
        if kept:
            which = ", ".join(str(NEEDS[code]) for code in NEEDS if code in kept)
            raise ValidationError(
                _(
                    "Something has been done about these needs, so they stay on the record: %(needs)s",
                    needs=which,
                )
            )

    def validate_identified_on(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError(_("The date must be today or in the past"))

"""The form of one person's record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
from portal.agencies.models import Area
from portal.fields import (
    CheckboxesField,
    DateField,
    HiddenField,
    Option,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
)
from portal.i18n import language
from portal.people import identifiers, names
from portal.people.actions import Details
from portal.people.cohort_time import Y2A_MONTHS, add_months, y2a_until
from portal.people.models import Person
from portal.people.queries import Staff
from portal.people.wording import LANGUAGES, SEXES, WISDOM_IS_FREE, flags

EARLIEST_BIRTH = date(1900, 1, 1)
NOT_KNOWN = "not_known"
NUMBERS = ("crn", "pnc_id", "noms_number", "niche_ref")
WORDS = ("forenames", "surname", "preferred_name", "gender", "interpreter", "access_needs")
RESTRICT = Option(
    "yes",
    _l("Restrict it to named staff"),
    _l("Everyone else will find nothing, in searches, lists and figures they open"),
    reveals="readers",
)


class PersonForm(VersionedForm):
    """`offer` says what may be chosen, before the form is validated; `details` is what was entered, afterwards."""

    token = HiddenField(max_length=60)
    forenames = TextField(_l("First names"), [Required(_l("Enter the person’s first names"))], max_length=100)
    surname = TextField(_l("Last name"), [Required(_l("Enter the person’s last name"))], max_length=100)
    preferred_name = TextField(
        _l("Preferred name (optional)"), hint=_l("What the person likes to be called"), max_length=100
    )
    date_of_birth = DateField(
        _l("Date of birth"), hint=_l("For example, 27 3 1990. Leave it empty if it is not known."), size="s"
    )
    sex = RadioField(
        _l("Sex"),
        hint=_l("Some services are for women or for men only"),
        choices=[*SEXES.items(), (NOT_KNOWN, _l("Not known"))],
        inline=True,
        size="s",
    )
    gender = TextField(
        _l("Gender (optional)"),
        hint=_l("If it is not the same as their sex, in the person’s own words"),
        max_length=100,
    )
    language = RadioField(
        _l("Language the person wants to use"),
        [Required(_l("Select a language"))],
        choices=list(LANGUAGES.items()),
        inline=True,
        size="s",
    )
    interpreter = TextField(
        _l("Interpreter needed (optional)"),
        hint=_l("Say for which language, for example Polish or British Sign Language"),
        max_length=100,
    )
    access_needs = TextAreaField(
        _l("Access needs (optional)"),
        hint=_l("What a service must do so that the person can use it, for example large print"),
        max_length=2000,
        rows=3,
    )
    crn = TextField(
        _l("CRN (optional)"),
        hint=_l("From Delius: a letter and six numbers, like X123456"),
        max_length=20,
        width="10",
    )
    pnc_id = TextField(
        _l("PNC ID (optional)"), hint=_l("Like 2003/0123456X or 03/123456X"), max_length=30, width="20"
    )
    noms_number = TextField(
        _l("Prison number (optional)"), hint=_l("Like A1234BC"), max_length=20, width="10"
    )
    niche_ref = TextField(_l("Niche reference (optional)"), max_length=60, width="20")
    area = SelectField(
        _l("Police force area"), [Required(_l("Select a police force area"))], empty=_l("Choose an area")
    )
    local_authority = SelectField(
        _l("Local authority (optional)"),
        hint=_l("Services are offered by local authority"),
        empty=_l("Not known"),
    )
    address = CheckboxesField(_l("Address"), choices=[Option("none", _l("No fixed address"))], size="s")
    police_om = SelectField(_l("Police offender manager (optional)"), empty=_l("Nobody yet"))
    probation_om = SelectField(_l("Probation offender manager (optional)"), empty=_l("Nobody yet"))
    flags = CheckboxesField(_l("Other arrangements"), size="s")
    restricted = CheckboxesField(_l("Who may see this record"), choices=[RESTRICT], size="m")
    readers = CheckboxesField(
        _l("Staff who may see it"),
        hint=_l("You are always one of them. Name the offender managers too."),
        small=True,
    )

    def offer(
        self, areas: list[Area], staff: list[Staff], *, me: int, today: date, person: Person | None = None
    ) -> None:
        """`areas` and `staff`: those of the user's own areas. A present manager who works elsewhere now stays on offer."""
        spoken = language()
        self.person, self.today = person, today
        self.forces = {area.id: area.police_force_id for area in areas}
        self.workplaces = {one.id: one.area_ids for one in staff}
        by_kind = {"police_force": self.area, "local_authority": self.local_authority}
        for kind, field in by_kind.items():
            field.choices = [(area.id, area.name(spoken)) for area in areas if area.kind == kind]
        named = {one.id: ", ".join(filter(None, (one.name, one.organisation))) for one in staff}
        self.readers.choices = [(one, text) for one, text in named.items() if one != me]
        self.flags.choices = flags((person and y2a_until(person)) or add_months(today, Y2A_MONTHS))
        self.police_om.choices = _with(named, person.police_om if person else None)
        self.probation_om.choices = _with(named, person.probation_om if person else None)

    def validate_forenames(self, field: TextField) -> None:
        if not names.words(field.data):
            raise ValidationError(_("Enter a name that has letters"))

    validate_surname = validate_forenames

    def validate_date_of_birth(self, field: DateField) -> None:
        if field.data and field.data >= self.today:
            raise ValidationError(_("Date of birth must be in the past"))
        if field.data and field.data < EARLIEST_BIRTH:
            raise ValidationError(_("Date of birth must be after 1900"))

    def validate_crn(self, field: TextField) -> None:
        _read(
            field, identifiers.read_crn(field.data), _("Enter a CRN like X123456: a letter and six numbers")
        )

    def validate_pnc_id(self, field: TextField) -> None:
        found = identifiers.read_pnc_id(field.data, self.today.year)
        _read(field, found, _("Enter a PNC ID like 2003/0123456X or 03/123456X"))

    def validate_noms_number(self, field: TextField) -> None:
        _read(field, identifiers.read_prison_number(field.data), _("Enter a prison number like A1234BC"))

    def validate_niche_ref(self, field: TextField) -> None:
        found = identifiers.read_niche_ref(field.data)
        _read(
            field, found, _("Enter a Niche reference with at least one number, of no more than 40 characters")
        )

    def validate_local_authority(self, field: SelectField) -> None:
        if field.data and self.forces[field.data] != self.area.data:
            raise ValidationError(_("Select a local authority in the police force area you chose"))

    def validate_police_om(self, field: SelectField) -> None:
        present = {self.person.police_om_id, self.person.probation_om_id} if self.person else set()
        if field.data and field.data not in present and self.area.data not in self.workplaces[field.data]:
            raise ValidationError(_("Select someone who works in the police force area you chose"))

    validate_probation_om = validate_police_om

    def validate_flags(self, field: CheckboxesField) -> None:
        if "wisdom" in field.data and self.person and self.person.cohort in ("fixed", "flex"):
            raise ValidationError(f"{WISDOM_IS_FREE} {_('Change the cohort to Free first.')}")

    def refuse_taken(self, others: Iterable[Any]) -> bool:
        """Set an error beside each number that one of the others has; were there any?"""
        for other in others:
            for name in NUMBERS:
                if self[name].data and self[name].data == getattr(other, name):
                    who = f"{other.forenames} {other.surname}"
                    self[name].errors = [_("%(name)s is on the register with this number", name=who)]
        return any(self[name].errors for name in NUMBERS)

    def details(self) -> Details:
        values: dict[str, Any] = {name: self[name].data for name in (*WORDS, "date_of_birth", "language")}
        values |= {name: self[name].data or None for name in NUMBERS}
        values |= {flag: flag in self.flags.data for flag in ("wisdom", "y2a", "mappa")}
        return Details(
            **values,
            sex=self.sex.data if self.sex.data != NOT_KNOWN else None,
            area_id=self.area.data,
            local_authority_id=self.local_authority.data,
            no_fixed_address=bool(self.address.data),
            police_om_id=self.police_om.data,
            probation_om_id=self.probation_om.data,
        )

    @property
    def named_readers(self) -> list[int] | None:
        """Whom the record is restricted to, besides whoever saves it; None if to nobody."""
        return list(self.readers.data) if self.restricted.data else None


def _with(named: dict[int, str], manager: Any) -> list[tuple[int, str]]:
    left = [(manager.id, manager.name)] if manager and manager.id not in named else []
    return [*named.items(), *left]


def _read(field: TextField, found: str | None, message: str) -> None:
    if field.data and found is None:
        raise ValidationError(message)
    field.data = found or ""


def values_of(details: Details, *, restricted: bool = False, readers: Collection[int] = ()) -> dict[str, Any]:
    """What the form shows of a record."""
    kept = asdict(details)
    return {
        **{name: kept[name] or "" for name in (*WORDS, *NUMBERS)},
        "date_of_birth": details.date_of_birth,
        "sex": details.sex or NOT_KNOWN,
        "language": details.language,
        "area": details.area_id,
        "local_authority": details.local_authority_id,
        "address": ["none"] if details.no_fixed_address else [],
        "police_om": details.police_om_id,
        "probation_om": details.probation_om_id,
        "flags": [flag for flag in ("wisdom", "y2a", "mappa") if kept[flag]],
        "restricted": ["yes"] if restricted else [],
        "readers": list(readers),
    }

"""Forms of the directory: the filter of the list, and what administrators and agency managers write."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.codes import NEEDS
from portal.agencies.lookup import list_agencies, list_areas
from portal.agencies.models import DELIVERY_MODES, Area
from portal.agencies.queries import ServiceFilter, today
from portal.agencies.wording import DELIVERY_NAMES, KIND_NAMES, area_label
from portal.fields import (
    CheckboxesField,
    DateField,
    EmailField,
    Heading,
    HiddenField,
    IntegerField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
    YesNoField,
)
from portal.i18n import language

SEXES = [("female", _l("Women")), ("male", _l("Men"))]
LOCAL_ONLY = _l("For local authorities only")
LANGUAGES = [("en", "English"), ("cy", "Cymraeg")]


class VersionedForm(PortalForm):
    """Carries the version that its page showed, so that nobody overwrites what they have not seen."""

    version = HiddenField()

    def is_stale(self, version: object) -> bool:
        """Has it been saved since? From now on the form carries the newer version: saving again is a decision."""
        stale: bool = self.version.data != str(version)
        self.version.data = self.version.typed = str(version)
        return stale


class ServiceFilterForm(PortalForm):
    """In the address of the list, hence without a token."""

    class Meta(PortalForm.Meta):
        csrf = False

    text = TextField(_l("Words"), hint=_l("In the name, the agency or the description"), max_length=100)
    need = SelectField(_l("Need"), empty=_l("Any need"), choices=list(NEEDS.items()))
    area = SelectField(_l("Area"), empty=_l("Any area"))
    agency = SelectField(_l("Agency"), empty=_l("Any agency"))
    sex = SelectField(_l("Suitable for"), empty=_l("Women or men"), choices=SEXES)
    age = IntegerField(_l("Age of the person"), maximum=120, width="3")
    closed = CheckboxesField("", choices=[Option("1", _l("Show closed services too"))], small=True)

    def __init__(self, formdata: Any) -> None:
        super().__init__(formdata)
        self.area.choices = [(area.id, area_label(area)) for area in list_areas()]
        self.agency.choices = [
            (agency.id, agency.name_in(language())) for agency in list_agencies(closed=True)
        ]

    def wanted(self) -> ServiceFilter:
        return ServiceFilter(
            need=self.need.data,
            area_id=self.area.data,
            agency_id=self.agency.data,
            sex=self.sex.data,
            age=self.age.data,
            text=self.text.data or "",
            closed_too=bool(self.closed.data),
        )


class ServiceForm(VersionedForm):
    """`agency` is asked of an administrator who adds a service, and taken out otherwise."""

    agency = SelectField(
        _l("Agency"), [Required(_l("Select an agency"))], empty=_l("Choose an agency"), size="s"
    )
    name = TextField(_l("Name of the service"), [Required(_l("Enter the name of the service"))], size="s")
    name_cy = TextField(_l("Name in Welsh (optional)"), size="s")
    needs = CheckboxesField(
        _l("Needs it helps with"),
        [Required(_l("Select at least one need"))],
        choices=list(NEEDS.items()),
        size="s",
    )
    areas = CheckboxesField(
        _l("Areas it covers"),
        [Required(_l("Select at least one area"))],
        size="s",
        hint=_l("Select the largest areas it covers: a police force area includes its local authorities."),
        small=True,
    )
    sexes = CheckboxesField(
        _l("Who it is for"), [Required(_l("Select women, men or both"))], choices=SEXES, size="s"
    )
    minimum_age = IntegerField(_l("Youngest age (optional)"), maximum=120, width="3", size="s")
    maximum_age = IntegerField(_l("Oldest age (optional)"), maximum=120, width="3", size="s")
    description = TextAreaField(_l("Description"), max_length=20_000, rows=10, size="s")
    eligibility = TextAreaField(_l("Who can be referred"), max_length=4000, rows=3, size="s")
    exclusions = TextAreaField(_l("What excludes someone"), max_length=4000, rows=3, size="s")
    places = TextAreaField(_l("Places, one on each line"), max_length=8000, rows=3, size="s")
    delivery = CheckboxesField(
        _l("How it is delivered"), choices=[(mode, DELIVERY_NAMES[mode]) for mode in DELIVERY_MODES], size="s"
    )
    travel = TextAreaField(
        _l("Help with travel (optional)"),
        hint=_l("For example, fares paid back, lifts, or visits at home"),
        max_length=300,
        rows=2,
        size="s",
    )
    welsh_offer = YesNoField(
        _l("Is the service offered in Welsh?"),
        [Required(_l("Select yes if it is offered in Welsh"))],
        size="s",
    )
    intake_email = EmailField(
        _l("Intake mailbox (optional)"), hint=_l("Told of each new referral"), autocomplete="off", size="s"
    )
    telephone = TextField(_l("Telephone (optional)"), max_length=200, width="20", inputmode="tel", size="s")
    opens_on = DateField(_l("First day for referrals (optional)"), size="s")
    closes_on = DateField(_l("Last day for referrals (optional)"), size="s")

    def offer_areas(self, chosen: Collection[int]) -> None:
        self.areas.choices = area_options(list_areas(also=chosen))

    def validate_maximum_age(self, field: IntegerField) -> None:
        low = self.minimum_age.data
        if isinstance(low, int) and field.data is not None and field.data < low:
            raise ValidationError(_("The oldest age must not be below the youngest"))

    def validate_closes_on(self, field: DateField) -> None:
        if self.opens_on.data and field.data and field.data < self.opens_on.data:
            raise ValidationError(_("The last day must not be before the first"))


class AgencyForm(VersionedForm):
    name = TextField(_l("Name of the agency"), [Required(_l("Enter the name of the agency"))], size="s")
    name_cy = TextField(_l("Name in Welsh (optional)"), size="s")
    description = TextAreaField(_l("Description (optional)"), max_length=20_000, size="s")
    language = RadioField(
        _l("Language of emails to its mailboxes"),
        [Required(_l("Select a language"))],
        choices=LANGUAGES,
        size="s",
        inline=True,
    )


class AreaForm(VersionedForm):
    """`code` is asked when an area is added, and taken out otherwise."""

    code = TextField(
        _l("Code"),
        [Required(_l("Enter a code"))],
        hint=_l("The ONS code, such as W06000015, where it has one. It cannot be changed afterwards."),
        max_length=50,
        width="20",
        size="s",
    )
    name_en = TextField(_l("Name in English"), [Required(_l("Enter the name in English"))], size="s")
    name_cy = TextField(_l("Name in Welsh"), [Required(_l("Enter the name in Welsh"))], size="s")
    kind = SelectField(
        _l("Kind of area"),
        [Required(_l("Select a kind of area"))],
        choices=list(KIND_NAMES.items()),
        size="s",
    )
    police_force = SelectField(
        _l("Police force area it lies in"), empty=_l("None"), hint=LOCAL_ONLY, size="s"
    )
    health_board = SelectField(_l("Health board it lies in"), empty=_l("None"), hint=LOCAL_ONLY, size="s")
    delivery_unit = SelectField(
        _l("Probation delivery unit it lies in"), empty=_l("None"), hint=LOCAL_ONLY, size="s"
    )
    rural = YesNoField(_l("Is it rural?"), [Required(_l("Select yes if it is rural"))], size="s")

    def offer_larger(self) -> None:
        every = list_areas("police_force", "health_board", "delivery_unit", closed=True)
        for name in ("police_force", "health_board", "delivery_unit"):
            self[name].choices = [(area.id, area.name(language())) for area in every if area.kind == name]


class CloseForm(VersionedForm):
    """Now, or after a last day; a service's must not lie before it opens."""

    when = RadioField(
        _l("When does it close?"),
        [Required(_l("Select when it closes"))],
        choices=[Option("now", _l("Now")), Option("later", _l("After a last day"), reveals="last_day")],
        size="m",
    )
    last_day = DateField(_l("Last day"))
    opens_on: date | None = None

    def validate_last_day(self, field: DateField) -> None:
        if self.when.data != "later":
            return
        if field.data is None:
            raise ValidationError(_("Enter the last day"))
        if field.data < today():
            raise ValidationError(_("The last day must be today or later"))
        if self.opens_on and field.data < self.opens_on:
            raise ValidationError(_("The last day must not be before the first"))

    @property
    def closes_after(self) -> date | None:
        return self.last_day.data if self.when.data == "later" else None


def area_options(areas: Collection[Area]) -> list[Heading | Option]:
    """Checkboxes kind by kind under headings."""
    options: list[Heading | Option] = []
    kind = None
    for area in areas:
        if area.kind != kind:
            kind = area.kind
            options.append(Heading(KIND_NAMES[kind]))
        options.append(Option(area.id, area.name(language())))
    return options

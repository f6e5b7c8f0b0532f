"""Forms about users. What is asked depends on the role, so the role comes first, on a page of its own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.access import AGENCY, IOM, ROLE_NAMES, Role
from portal.accounts.models import User
from portal.accounts.wording import STATES
from portal.agencies.forms import VersionedForm
from portal.agencies.lookup import list_agencies, list_areas
from portal.agencies.models import Agency
from portal.agencies.queries import list_names_of_services
from portal.fields import (
    CheckboxesField,
    EmailField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextField,
)
from portal.i18n import language

ROLE_HINTS = {
    Role.IOM_OFFICER: _l("Police or probation: people on IOM in their areas, and their referrals."),
    Role.IOM_MANAGER: _l("The same, and reviews declines and turnaround."),
    Role.AGENCY_WORKER: _l("Answers the referrals sent to one agency."),
    Role.AGENCY_MANAGER: _l("The same, and keeps the agency’s services."),
    Role.ANALYST: _l("Figures only, no names."),
    Role.ADMINISTRATOR: _l("Users, agencies, services and areas. No referrals."),
}


class UserFilterForm(PortalForm):
    """In the address of the list, hence without a token."""

    class Meta(PortalForm.Meta):
        csrf = False

    role = SelectField(
        _l("Role"), empty=_l("Any role"), choices=[(role.value, name) for role, name in ROLE_NAMES.items()]
    )
    agency = SelectField(_l("Agency"), empty=_l("Any agency"))
    state = SelectField(_l("State"), empty=_l("Any state"), choices=list(STATES.items()))

    def __init__(self, formdata: Any) -> None:
        super().__init__(formdata)
        self.agency.choices = [
            (agency.id, agency.name_in(language())) for agency in list_agencies(closed=True)
        ]


class UserSearchForm(PortalForm):
    text = TextField(_l("Name or email address"), [Required(_l("Enter part of a name or email address"))])


class RoleForm(PortalForm):
    role = RadioField(
        _l("What is their role?"),
        [Required(_l("Select a role"))],
        choices=[Option(role.value, name, ROLE_HINTS[role]) for role, name in ROLE_NAMES.items()],
        size="m",
    )
    agency = SelectField(
        _l("Agency"),
        empty=_l("None"),
        hint=_l("For agency workers and agency managers"),
        size="m",
    )

    def offer_agencies(self, chosen: int | None) -> None:
        agencies = list_agencies(also=[chosen] if chosen else ())
        self.agency.choices = [(agency.id, agency.name_in(language())) for agency in agencies]

    def validate_agency(self, field: SelectField) -> None:
        if self.role.data in AGENCY and field.data is None:
            raise ValidationError(_("Select an agency"))


class UserForm(VersionedForm):
    """Fields that the role has no use for are taken out."""

    name = TextField(_l("Full name"), [Required(_l("Enter their full name"))], autocomplete="off", size="s")
    email = EmailField(
        _l("Email address"), [Required(_l("Enter their email address"))], autocomplete="off", size="s"
    )
    organisation = TextField(
        _l("Organisation"),
        [Required(_l("Enter their organisation"))],
        hint=_l("For example South Wales Police, or the Probation Service"),
        size="s",
    )
    every_service = RadioField(
        _l("Which of the agency’s services do they work for?"),
        [Required(_l("Select all or chosen services"))],
        choices=[
            Option("all", _l("All services")),
            Option("chosen", _l("Chosen services"), reveals="services"),
        ],
        size="s",
    )
    services = CheckboxesField(_l("Services"), small=True)
    every_area = RadioField(
        _l("Which areas do they work for?"),
        [Required(_l("Select all or chosen areas"))],
        choices=[Option("all", _l("All areas")), Option("chosen", _l("Chosen areas"), reveals="areas")],
        size="s",
    )
    areas = CheckboxesField(_l("Police force areas"), size="s")
    language = RadioField(
        _l("Language of pages and emails"),
        [Required(_l("Select a language"))],
        choices=[("en", "English"), ("cy", "Cymraeg")],
        size="s",
        inline=True,
    )

    def validate_services(self, field: CheckboxesField) -> None:
        if self.every_service.data == "chosen" and not field.data:
            raise ValidationError(_("Select at least one service"))

    def validate_areas(self, field: CheckboxesField) -> None:
        if ("every_area" not in self or self.every_area.data == "chosen") and not field.data:
            raise ValidationError(_("Select at least one police force area"))


def user_form(role: Role, agency: Agency | None, user: User | None) -> UserForm:
    """The form for this role, as the user stands; whoever is new starts with everything of their agency."""
    form = UserForm(data=_shown(user))
    if agency is None:
        del form.every_service, form.services
    else:
        form.services.choices = list_names_of_services(agency.id)
        del form.organisation
    if role in IOM or role is Role.ADMINISTRATOR:
        del form.every_area
    if role is Role.ADMINISTRATOR:
        del form.areas
    else:
        forces = list_areas("police_force", also=[area.id for area in user.areas] if user else ())
        form.areas.choices = [(area.id, area.name(language())) for area in forces]
    return form


def _shown(user: User | None) -> dict[str, Any]:
    if user is None:
        return {"version": "new", "language": "en", "every_service": "all", "every_area": "all"}
    plain = {name: getattr(user, name) for name in ("name", "email", "organisation", "language", "version")}
    return plain | {
        "every_service": "chosen" if user.services and not user.every_service else "all",
        "services": [service.id for service in user.services],
        "every_area": "chosen" if user.areas and not user.every_area else "all",
        "areas": [area.id for area in user.areas],
    }


def user_values(form: UserForm, role: Role, agency: Agency | None) -> dict[str, Any]:
    """What the form says, in columns of User."""
    every_service = "every_service" in form and form.every_service.data == "all"
    every_area = "every_area" in form and form.every_area.data == "all"
    return {
        "name": form.name.data,
        "email": form.email.data.lower(),
        "language": form.language.data,
        "role": role.value,
        "agency_id": agency.id if agency else None,
        "organisation": agency.name if agency else form.organisation.data,
        "every_service": every_service,
        "services": [] if every_service or "services" not in form else form.services.data,
        "every_area": every_area,
        "areas": [] if every_area or "areas" not in form else form.areas.data,
    }

"""A form with a field of every kind, and what tests ask of it."""

from __future__ import annotations

import enum
from typing import Any

from bs4 import BeautifulSoup
from werkzeug.datastructures import MultiDict

from portal.fields import (
    CheckboxesField,
    DateField,
    Divider,
    EmailField,
    Heading,
    HiddenField,
    IntegerField,
    Option,
    PasswordField,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
    TextField,
    YesNoField,
)


class Cohort(enum.StrEnum):
    FIXED = "fixed"
    FLEX = "flex"


class Everything(PortalForm):
    name = TextField("Full name", [Required("Enter the full name")], max_length=20)
    email = EmailField("Email address")
    password = PasswordField("Password")
    notes = TextAreaField("Notes", max_length=100, count=True)
    days = IntegerField("Days", minimum=1, maximum=60)
    born = DateField("Date of birth", hint="For example, 27 3 1990")
    need = SelectField("Need", choices=[(1, "Housing"), (2, "Mental health")], empty="Select a need")
    cohort = RadioField(
        "Cohort",
        choices=[
            Heading("National"),
            Option(Cohort.FIXED, "Fixed"),
            Divider("or"),
            Option(Cohort.FLEX, "Flex", hint="Chosen by the area", reveals="why"),
        ],
    )
    why = TextField("Why Flex")
    share = CheckboxesField("Share", choices=[("risk", "Risk"), ("phone", "Phone")])
    told = YesNoField("Does the person know?")
    version = HiddenField()


def posted(**values: Any) -> Everything:
    """The form as validated after a post; born_day stands for born-day."""
    typed = {key.replace("born_", "born-"): value for key, value in values.items()}
    form = Everything(MultiDict({"name": "Cerys"} | typed))
    form.validate()
    return form


def drawn(form: Everything) -> BeautifulSoup:
    return BeautifulSoup("".join(str(field()) for field in form), "html.parser")


def shown(form: Everything, box: str) -> str:
    """What the box with this id holds when the form is drawn again."""
    element = drawn(form).find(id=box)
    assert element is not None
    return (
        str(element.get("value") or "") if element.name == "input" else element.get_text().removeprefix("\n")
    )

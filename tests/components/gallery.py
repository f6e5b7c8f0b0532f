"""One page that shows every component and field, with the lengths and names that real pages have. Tests only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, render_template_string
from flask_babel import lazy_gettext as _l

from portal.fields import (
    THERE_IS_ANSWERS,
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
from tests.components.conftest import ROOT, language

NEEDS = [("housing", _l("Housing")), ("substance", _l("Substance misuse")), ("mental", _l("Mental health"))]


class EveryField(PortalForm):
    name = TextField(_l("Full name"), [Required(_l("Enter the full name"))], width="two-thirds")
    email = EmailField(_l("Email address"), hint=_l("We only use it to tell you about referrals"), width="20")
    password = PasswordField(_l("Password"), [Required(_l("Enter your password"))], width="20")
    days = IntegerField(_l("Days to decide"), maximum=60, suffix=_l("working days"), width="3")
    born = DateField(
        _l("Date of birth"), [Required(_l("Enter the date of birth"))], hint=_l("For example, 27 3 1990")
    )
    need = SelectField(
        _l("Main need"), [Required(_l("Select the main need"))], choices=NEEDS, empty=_l("Select a need")
    )
    interpreter = YesNoField(_l("Is there an interpreter?"), answers=THERE_IS_ANSWERS)
    words = TextField(_l("Say what it is"), width="two-thirds")
    reason = RadioField(
        _l("Why are you declining this referral?"),
        [Required(_l("Select why you are declining"))],
        size="m",
        choices=[
            Heading(_l("Because of the agency")),
            Option("capacity", _l("No capacity"), hint=_l("Say below when there will be")),
            Option("risk", _l("Risk cannot be managed here")),
            Heading(_l("Because of the person")),
            Option("area", _l("Not eligible: age or area")),
            Heading(_l("Another reason")),
            Option("other", _l("Other"), reveals="words"),
        ],
    )
    share = CheckboxesField(
        _l("What should the agency see?"),
        hint=_l("Select all that apply"),
        choices=[*NEEDS, Divider(_l("or")), Option("none", _l("None of these"), exclusive=True)],
        size="m",
    )
    told = TextAreaField(_l("What was said"), max_length=200, count=True, hint=_l("Do not name other people"))
    page = HiddenField()


def add_gallery(app: Flask) -> None:
    """/gallery, in either language; posted, it shows its errors with 422."""
    source = (ROOT / "tests" / "components" / "gallery.html").read_text()

    def show() -> tuple[str, int]:
        form = EveryField(born=date(1990, 3, 27), name="Cerys Morgan")
        valid = form.validate_on_submit()
        status = 422 if form.is_submitted() and not valid else 200
        return render_template_string(source, form=form, t=in_language), status

    app.add_url_rule("/gallery", view_func=show, methods=["GET", "POST"])


def in_language(english: Any, welsh: Any) -> Any:
    return welsh if language() == "cy" else english

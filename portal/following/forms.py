"""The form by which IOM changes what the agency sees."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import CheckboxesField, HiddenField, Required, TextAreaField
from portal.referrals.sharing import SECTIONS
from portal.referring.forms import ContactForm


class UpdateForm(ContactForm):
    """`seen` marks the preview that was shown: nothing is released that was not previewed."""

    asked = TextAreaField(
        _l("What do you ask the agency for?"),
        [Required(_l("Enter what you ask the agency for"))],
        size="m",
        rows=4,
        max_length=2000,
        count=True,
    )
    sections = CheckboxesField(
        _l("What may the agency see?"),
        choices=list(SECTIONS.items()),
        hint=_l("Nothing here is shared unless you select it"),
        size="m",
    )
    seen = HiddenField()

    def answers(self) -> dict[str, Any]:
        return {
            field.name: field.data for field in self if field.name not in ("version", "seen", "csrf_token")
        }

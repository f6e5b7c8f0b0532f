"""Which of the things that are said stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.agencies.forms import VersionedForm
from portal.fields import Option, RadioField, Required
from portal.people.models import Person
from portal.people.wording import WISDOM_IS_FREE


class DecideForm(VersionedForm):
    choice = RadioField(_l("Which stands?"), [Required(_l("Select which stands"))], size="m")

    def __init__(self, *args: Any, person: Person, said: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.said = person, said
        self.field = ""

    def offer(self, field: str, options: Iterable[tuple[str, str, str]]) -> None:
        """`options`: key, value in words, who says so."""
        self.field = field
        self.choice.choices = [Option(key, text, who) for key, text, who in options]

    def validate_choice(self, field: RadioField) -> None:
        value = self.said.get(field.data)
        if self.field == "cohort" and self.person.wisdom and value and value["cohort"] != "free":
            raise ValidationError(
                f"{WISDOM_IS_FREE} {_('This person is a WISDOM case, so the cohort must be Free.')}"
            )

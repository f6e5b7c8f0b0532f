"""The form on the passages of a copy: a question for each, give or withhold for a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.agencies.forms import VersionedForm
from portal.fields import Required
from portal.keeping.copying import Passage
from portal.keeping.forms import PassageField

GIVE = "give"


class PassagesForm(VersionedForm):
    """A field for each of `asked`, called after its passage: one written meanwhile cannot get another's answer."""

    asked: Sequence[Passage] = ()

    def of(self, passage: Passage) -> PassageField:
        field: PassageField = self[name_of(passage)]
        return field

    def decided(self) -> dict[str, str]:
        """Passage -> why it is withheld, "" where it is given."""
        answers = {one.key: self.of(one).data for one in self.asked}
        return {key: "" if answer == GIVE else answer for key, answer in answers.items()}


def name_of(passage: Passage) -> str:
    return "passage_" + passage.key.replace(":", "_")


def passages_form(asked: Sequence[Passage], decided: Mapping[str, str]) -> PassagesForm:
    fields: dict[str, Any] = {"asked": asked}
    for number, one in enumerate(asked, start=1):
        fields[name_of(one)] = PassageField(
            _l("Passage %(number)d: give it or withhold it?", number=number),
            validators=[Required(_l("Decide on passage %(number)d", number=number))],
        )
    made = type("PassagesForm", (PassagesForm,), fields)
    form: PassagesForm = made(
        data={name_of(one): decided[one.key] or GIVE for one in asked if one.key in decided}
    )
    return form

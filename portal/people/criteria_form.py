"""The form of what one area says of its cohorts, in both languages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.forms import VersionedForm
from portal.fields import IntegerField, Required, TextAreaField
from portal.people.cohort_models import CohortCriteria
from portal.people.criteria import months_of
from portal.people.models import COHORTS

LABELS = {
    "fixed_en": _l("Fixed, in English (optional)"),
    "fixed_cy": _l("Fixed, in Welsh (optional)"),
    "flex_en": _l("Flex, in English (optional)"),
    "flex_cy": _l("Flex, in Welsh (optional)"),
    "free_en": _l("Free, in English (optional)"),
    "free_cy": _l("Free, in Welsh (optional)"),
}


class CriteriaForm(VersionedForm):
    """`texts` is what was entered, cohort -> language -> words, without the cohorts of which nothing is said."""

    months = IntegerField(
        _l("Months between reviews"),
        [Required(_l("Enter how many months lie between reviews"))],
        hint=_l(
            "Of each person on IOM, from 1 to 12. Y2A: never more than 3. Reviews already planned keep their day."
        ),
        minimum=1,
        maximum=12,
        width="2",
        size="s",
    )
    for _name, _label in LABELS.items():
        vars()[_name] = TextAreaField(_label, max_length=4000, rows=4, count=True, size="s")

    def validate(self, extra_validators: Any = None) -> bool:
        """Who reads the other language reads the same: neither stands alone."""
        valid = super().validate(extra_validators)
        for cohort in COHORTS:
            english, welsh = self[f"{cohort}_en"], self[f"{cohort}_cy"]
            if bool(english.data) != bool(welsh.data) and not (english.errors or welsh.errors):
                missing = welsh if english.data else english
                missing.errors = [
                    _("Enter it in Welsh too") if english.data else _("Enter it in English too")
                ]
                valid = False
        return valid

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        said = {cohort: {code: self[f"{cohort}_{code}"].data for code in ("en", "cy")} for cohort in COHORTS}
        return {cohort: words for cohort, words in said.items() if words["en"]}


def values_of(held: CohortCriteria | None) -> dict[str, Any]:
    """What the form shows of the version that holds."""
    shown: dict[str, Any] = {"version": held.id if held else 0, "months": months_of(held)}
    for cohort, words in (held.texts if held else {}).items():
        shown |= {f"{cohort}_{code}": text for code, text in words.items()}
    return shown

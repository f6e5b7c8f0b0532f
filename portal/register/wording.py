"""The register in words: sources, fields and their values, what speaks for and against two records being one person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.fields import IS_ANSWERS
from portal.i18n import language, long_date
from portal.people.wording import LANGUAGES, SEXES
from portal.register.matching import BOTH_REFERRED
from portal.register.stated import FIELDS, FLAGS, Facts
from portal.register.weights import LEVELS

SOURCES = {"delius": _l("Probation (Delius)"), "niche": _l("Police (Niche)"), "portal": _l("Typed here")}
FIELD_NAMES = {
    "crn": _l("CRN"),
    "pnc_id": _l("PNC ID"),
    "noms_number": _l("Prison number"),
    "niche_ref": _l("Niche reference"),
    "surname": _l("Last name"),
    "forenames": _l("First names"),
    "date_of_birth": _l("Date of birth"),
    "sex": _l("Sex"),
    "language": _l("Language"),
    "area_id": _l("Police force area"),
    "local_authority_id": _l("Local authority"),
    "police_om_id": _l("Police offender manager"),
    "probation_om_id": _l("Probation offender manager"),
    "cohort": _l("Cohort"),
    "wisdom": _l("WISDOM"),
    "y2a": _l("Y2A"),
    "mappa": _l("MAPPA"),
    "needs": _l("Needs"),
}
# Names and birth first: by them one knows a person.
ORDER = (
    "surname",
    "forenames",
    "date_of_birth",
    *(name for name in FIELDS if name not in ("surname", "forenames", "date_of_birth")),
)
GROUNDS = {
    "surname:same": _l("The last name is the same"),
    "surname:form": _l("The last names are forms of one name"),
    "surname:near": _l("The last names are spelt or sound nearly alike"),
    "surname:part": _l("One of the last names is the same"),
    "surname:differs": _l("The last names differ"),
    "forenames:same": _l("The first name is the same"),
    "forenames:form": _l("The first names are forms of one name"),
    "forenames:near": _l("The first names are spelt or sound nearly alike"),
    "forenames:order": _l("The first name of one is a middle name of the other"),
    "forenames:initial": _l("Of one first name only the initial is known, and it is the same"),
    "forenames:differs": _l("The first names differ"),
    "names:swapped": _l("First and last name stand in each other’s place"),
    "middle_names:same": _l("A middle name is the same"),
    "middle_names:differs": _l("The middle names differ"),
    "sex:same": _l("The sex is the same"),
    "sex:differs": _l("The sex differs"),
    "date_of_birth:same": _l("The date of birth is the same"),
    "date_of_birth:new_year": _l(
        "The date of birth is the same, but 1 January is often put where only the year is known"
    ),
    "date_of_birth:year": _l("The year of birth is the same, and one of the dates is 1 January"),
    "date_of_birth:swapped": _l("Day and month of birth are swapped"),
    "date_of_birth:near": _l("The dates of birth are one digit apart"),
    "date_of_birth:part": _l("Two of day, month and year of birth are the same"),
    "date_of_birth:differs": _l("The dates of birth differ"),
    "place:local_authority": _l("They are of the same local authority"),
    "place:area": _l("They are of the same police force area, but not the same local authority"),
    "place:area_alone": _l("They are of the same police force area"),
    "place:differs": _l("They are of different police force areas"),
    "pnc_id:same": _l("The PNC ID is the same"),
    "pnc_id:doubtful": _l("The PNC ID is the same, but its last letter is wrong"),
    "pnc_id:near": _l("The PNC IDs are one character apart, and one has a wrong last letter"),
    "pnc_id:unlike": _l("The PNC IDs differ, and one has a wrong last letter"),
    "pnc_id:differs": _l("The PNC IDs differ"),
    "crn:same": _l("The CRN is the same"),
    "crn:differs": _l("The CRNs differ"),
    "noms_number:same": _l("The prison number is the same"),
    "noms_number:differs": _l("The prison numbers differ"),
    "niche_ref:same": _l("The Niche reference is the same"),
    "niche_ref:differs": _l("The Niche references differ"),
    BOTH_REFERRED: _l("Each has a live referral to the same service for the same need"),
}


KINDS = (
    "pnc_id", "crn", "noms_number", "niche_ref", "date_of_birth", "surname", "names", "forenames", "middle_names", "sex", "place",
)  # fmt: skip
AGAINST = ("differs", "unlike")


@dataclass(frozen=True)
class Reading:
    """Areas and staff by number, as values name them."""

    areas: Mapping[int, Any]
    staff: Mapping[int, str]

    def text(self, name: str, value: Any) -> str:
        """A value of JSON as a page shows it; empty where nothing is said."""
        if value is None or value == []:
            return ""
        if name == "date_of_birth":
            return long_date(date.fromisoformat(value))
        if name in ("area_id", "local_authority_id"):
            return str(self.areas[value].name(language()))
        if name in ("police_om_id", "probation_om_id"):
            return self.staff[value]
        if name == "cohort":
            return _cohort(value)
        return _coded(name, value)


def _cohort(value: Mapping[str, str | None]) -> str:
    cohort = str(COHORT_NAMES[value["cohort"] or ""])
    if not value["from"]:
        return cohort
    return _("%(cohort)s from %(date)s", cohort=cohort, date=long_date(date.fromisoformat(value["from"])))


def _coded(name: str, value: Any) -> str:
    if name in FLAGS:
        return str(IS_ANSWERS[0 if value else 1])
    if name == "needs":
        return ", ".join(str(NEEDS[code]) for code in NEEDS if code in value)
    words = {"sex": SEXES, "language": LANGUAGES}.get(name, {})
    return str(words.get(value, value))


def numbers_named(facts: Iterable[Facts]) -> tuple[set[int], set[int]]:
    """The areas and the staff that these name."""
    found: tuple[set[int], set[int]] = (set(), set())
    for stated in facts:
        for names, into in zip(
            (("area_id", "local_authority_id"), ("police_om_id", "probation_om_id")), found, strict=True
        ):
            into.update(stated[name] for name in names if stated.get(name))
    return found


def speaks(grounds: Iterable[str]) -> tuple[list[str], list[str]]:
    """What speaks for one person, and what for two, each in words, the weightiest kind first."""
    known = sorted(
        (ground for ground in grounds if ground in LEVELS),
        key=lambda ground: KINDS.index(ground.split(":")[0]),
    )
    against = [ground for ground in known if ground.split(":")[1] in AGAINST]
    return (
        [str(GROUNDS[ground]) for ground in known if ground not in against],
        [str(GROUNDS[ground]) for ground in against],
    )


def source_name(source: str, ref: str) -> str:
    if source == "portal":
        return _("Added here")
    return _("Delius %(ref)s", ref=ref) if source == "delius" else _("Niche %(ref)s", ref=ref)


def names_of_fields(fields: Iterable[str]) -> str:
    chosen = set(fields)
    return ", ".join(str(FIELD_NAMES[name]) for name in ORDER if name in chosen)

"""A person's record in words: needs with their state, and the details that staff look up."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import language, long_date
from portal.people.cohort_time import y2a_until
from portal.people.models import Person
from portal.people.wording import LANGUAGES, NEED_STATES, SEXES, manager, review_due, today

NEED_COLOURS = {
    "identified": "yellow",
    "referred": "blue",
    "being_met": "turquoise",
    "met": "green",
    "not_met": "red",
    "declined_by_person": "grey",
}
OPEN_NEEDS = ("identified", "referred", "being_met", "not_met")
UNMET = ("identified", "not_met")


@dataclass(frozen=True)
class NeedRow:
    code: str
    name: str
    state: str
    colour: str
    since: str
    unmet: bool


@dataclass(frozen=True)
class Details:
    """One card: its title, (label, value) pairs, and where they are changed."""

    title: str
    rows: list[tuple[str, str]]
    href: str


def open_needs(person: Person) -> set[str]:
    """Needs that are still to be met."""
    return {need.need_code for need in person.needs if need.state in OPEN_NEEDS}


def need_rows(person: Person) -> list[NeedRow]:
    kept = {need.need_code: need for need in person.needs}
    return [
        NeedRow(
            code=code,
            name=str(name),
            state=str(NEED_STATES[kept[code].state]),
            colour=NEED_COLOURS[kept[code].state],
            since=long_date(kept[code].changed_on),
            unmet=kept[code].state in UNMET,
        )
        for code, name in NEEDS.items()
        if code in kept
    ]


def details(person: Person) -> list[Details]:
    """What is known; lines of which nothing is known are left out."""
    at = f"/people/{person.id}"
    return [
        Details(_("Details"), _known(_details(person)), f"{at}/edit"),
        Details(_("Cohort"), _known(_cohort(person)), f"{at}/cohort"),
    ]


def _known(rows: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in rows if value]


def _details(person: Person) -> list[tuple[str, str | None]]:
    spoken = language()
    authority = person.local_authority
    return [
        (_("Sex"), str(SEXES[person.sex]) if person.sex else None),
        (_("Gender"), person.gender),
        (_("Language"), str(LANGUAGES[person.language])),
        (_("Interpreter"), person.interpreter),
        (_("Access needs"), person.access_needs),
        (_("Address"), _("No fixed address") if person.no_fixed_address else None),
        (_("Prison number"), person.noms_number),
        (_("Niche reference"), person.niche_ref),
        (_("Police force area"), person.area.name(spoken)),
        (_("Local authority"), authority.name(spoken) if authority else None),
        (_("Police offender manager"), manager(person.police_om)),
        (_("Probation offender manager"), manager(person.probation_om)),
    ]


def _cohort(person: Person) -> list[tuple[str, str | None]]:
    spell, until = person.open_spell, y2a_until(person)
    if spell is None:
        return [(_("Cohort"), _("In no cohort now"))]
    return [
        (_("Cohort"), str(COHORT_NAMES[spell.cohort])),
        (_("Since"), long_date(spell.from_on)),
        (_("Review"), review_due(spell.review_on, today())[0] if spell.review_on else None),
        (_("Why"), spell.why),
        (_("Y2A"), _("On IOM until %(date)s at least", date=long_date(until)) if until else None),
    ]

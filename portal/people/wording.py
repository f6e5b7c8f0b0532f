"""A person in words: who they are, above every page about them, and as one line of a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from portal.accounts.models import User
from portal.agencies.codes import COHORT_NAMES
from portal.fields import Option
from portal.i18n import LONDON, language, long_date, short_date
from portal.people.models import Person

SEXES = {"female": _l("Female"), "male": _l("Male")}
LANGUAGES = {"en": _l("English"), "cy": _l("Welsh"), "other": _l("Another language")}
WISDOM_IS_FREE = _l("Every WISDOM case is an IOM case in the Free category.")
FLAGS = (
    Option("wisdom", _l("WISDOM"), WISDOM_IS_FREE),
    Option(
        "y2a",
        _l("Y2A"),
        _l("Moving from youth to adult services: on IOM for at least three months, mainly in Flex"),
    ),
    Option("mappa", _l("MAPPA"), _l("Also managed under Multi-Agency Public Protection Arrangements")),
)
NEED_STATES = {
    "identified": _l("Identified"),
    "referred": _l("Referred"),
    "being_met": _l("Being met"),
    "met": _l("Met"),
    "not_met": _l("Not met"),
    "declined_by_person": _l("Declined by the person"),
}
COHORT_MEANINGS = {
    "fixed": _l("Fixed: neighbourhood crime, high risk of reoffending. National rules are strict."),
    "flex": _l(
        "Flex: other people at raised risk of reoffending, chosen by the area under national guidance."
    ),
    "free": _l("Free: people chosen for local priorities, including serious violence and WISDOM."),
}


@dataclass(frozen=True)
class Identity:
    """Name, (label, value) facts, and tags as (text, colour)."""

    name: str
    facts: list[tuple[str, str]]
    tags: list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """One line of a list of people."""

    href: str
    name: str
    known_as: str
    born: str
    crn: str
    cohort: str
    area: str
    managers: str
    tags: list[tuple[str, str]]


def today() -> date:
    return datetime.now(LONDON).date()


def flags(until: date) -> list[Option]:
    """WISDOM, Y2A and MAPPA, explained; `until`: the day before which the person's Y2A does not end, or would not."""
    y2a = _(
        "Moving from youth to adult services: on IOM for at least three months, mainly in Flex. For this person that"
        " is until %(date)s at least, with a review by then.",
        date=long_date(until),
    )
    return [Option("y2a", flag.text, y2a) if flag.value == "y2a" else flag for flag in FLAGS]


def manager(user: User | None) -> str | Markup:
    """An offender manager with how to reach them; says so where there is none, or they have left."""
    if user is None:
        return _("Nobody yet")
    name = ", ".join(filter(None, (user.name, user.organisation)))
    if not user.is_active:
        return _("%(name)s has left: choose somebody else", name=name)
    mail = Markup('<a class="govuk-link portal-break" href="mailto:{0}">{0}</a>').format(user.email)
    return Markup("{}<br>{}").format(name, mail)


def review_due(day: date, on: date) -> tuple[str, str]:
    """How a review that falls due on `day` stands: words, and late or due, else nothing."""
    if day == on:
        return _("Due today"), "due"
    if day > on:
        return _("Due on %(date)s", date=long_date(day)), ""
    late = (on - day).days
    return ngettext("%(num)d day overdue", "%(num)d days overdue", late), "late"


def identity(person: Person) -> Identity:
    born = long_date(person.date_of_birth) or _("Not known")
    age = person.age_on(today())
    cohort = person.cohort
    facts = [
        (_("Born"), _("%(date)s, aged %(age)d", date=born, age=age) if age is not None else born),
        (_("Known as"), person.preferred_name),
        (_("CRN"), person.crn),
        (_("PNC ID"), person.pnc_id),
        (_("Cohort"), str(COHORT_NAMES[cohort]) if cohort else _("None")),
    ]
    tags = _tags(restricted=person.restricted, wisdom=person.wisdom, closed=person.closed_at is not None)
    if person.y2a:
        tags.append((_("Y2A"), "purple"))
    if person.mappa:
        tags.append((_("MAPPA"), "purple"))
    return Identity(person.name, [(label, value) for label, value in facts if value], tags)


def _tags(*, restricted: bool, wisdom: bool, closed: bool) -> list[tuple[str, str]]:
    return [
        *([(pgettext("person", "Closed"), "grey")] if closed else []),
        *([(_("Restricted"), "red")] if restricted else []),
        *([(_("WISDOM"), "purple")] if wisdom else []),
    ]


def lines(rows: Iterable[Any]) -> list[Line]:
    """Rows of `queries._list_columns` as a page shows them."""
    welsh = language() == "cy"
    cohorts = {code: str(name) for code, name in COHORT_NAMES.items()}
    found = []
    for row in rows:
        force = row.name_cy if welsh else row.name_en
        authority = row.authority_cy if welsh else row.authority_en
        found.append(
            Line(
                href=f"/people/{row.id}",
                name=f"{row.forenames} {row.surname}",
                known_as=row.preferred_name,
                born=short_date(row.date_of_birth),
                crn=row.crn or "",
                cohort=cohorts.get(row.cohort, ""),
                area=authority or force,
                managers=", ".join(dict.fromkeys(filter(None, (row.police_om, row.probation_om)))),
                tags=_tags(restricted=row.restricted, wisdom=row.wisdom, closed=row.closed_at is not None),
            )
        )
    return found

"""The sections of a copy that are about the record: the person, sources, cohorts, needs, decisions, readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from portal.access import ROLE_NAMES, Role
from portal.accounts.models import User
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.db import db
from portal.fields.choices import IS_ANSWERS
from portal.i18n import language, long_date
from portal.keeping import queries, wording
from portal.keeping.copying import Entry, known, said
from portal.keeping.forms import COPY_REASONS
from portal.keeping.models import PersonCopy
from portal.people.models import CohortSpell, Person, PersonNeed
from portal.people.wording import LANGUAGES, NEED_STATES, SEXES
from portal.register.models import PersonEdit, PersonPair, SourceRecord

SOURCE_NAMES = {"delius": "Delius", "niche": "Niche", "portal": "Blaenoriaeth"}


def list_members(person_id: int) -> list[Person]:
    """The person's own row, then those joined to it."""
    query = sa.select(Person).where(sa.or_(Person.id == person_id, Person.joined_to == person_id))
    areas = joinedload(Person.area), joinedload(Person.local_authority)
    managers = joinedload(Person.police_om), joinedload(Person.probation_om)
    return list(
        db.session.scalars(query.options(*areas, *managers).order_by(Person.id != person_id, Person.id))
    )


def record(members: Sequence[Person]) -> list[Entry]:
    return [Entry(row.name, _record(row)) for row in members]


def _record(row: Person) -> list[tuple[str, str]]:
    spoken, authority = language(), row.local_authority
    flags = {"WISDOM": row.wisdom, "Y2A": row.y2a, "MAPPA": row.mappa}
    return known(
        (_("Preferred name"), row.preferred_name),
        (_("Date of birth"), long_date(row.date_of_birth)),
        (_("Sex"), SEXES.get(row.sex or "")),
        (_("Gender"), row.gender),
        (_("Language"), LANGUAGES[row.language]),
        (_("Interpreter"), row.interpreter),
        (_("Access needs"), row.access_needs),
        (_("CRN"), row.crn),
        (_("PNC ID"), row.pnc_id),
        (_("Prison number"), row.noms_number),
        (_("Niche reference"), row.niche_ref),
        (_("Police force area"), row.area.name(spoken)),
        (_("Local authority"), authority.name(spoken) if authority else None),
        (_("Police offender manager"), row.police_om.name if row.police_om else None),
        (_("Probation offender manager"), row.probation_om.name if row.probation_om else None),
        (_("Managed under"), ", ".join(name for name, on in flags.items() if on)),
        (_("Address"), _("No fixed address") if row.no_fixed_address else None),
        (_("Who may see it"), _("Named staff only") if row.restricted else None),
        (_("Sources differ on"), ", ".join(map(field_name, row.differs))),
        (_("Added on"), long_date(row.created_at)),
    )


def field_name(code: str) -> str:
    """A field of the record in words; one that has none yet by its code."""
    names = {
        "surname": _("Surname"), "forenames": _("Forenames"), "preferred_name": _("Preferred name"),
        "date_of_birth": _("Date of birth"), "sex": _("Sex"), "gender": _("Gender"), "language": _("Language"),
        "crn": _("CRN"), "pnc_id": _("PNC ID"), "noms_number": _("Prison number"), "niche_ref": _("Niche reference"),
        "area": _("Police force area"), "area_id": _("Police force area"), "local_authority": _("Local authority"),
        "local_authority_id": _("Local authority"), "cohort": _("Cohort"), "cohort_from": _("In the cohort since"),
        "wisdom": "WISDOM", "y2a": "Y2A", "mappa": "MAPPA", "needs": _("Needs"),
        "police_om_email": _("Police offender manager"), "probation_om_email": _("Probation offender manager"),
    }  # fmt: skip
    return names.get(code, code.replace("_", " "))


def value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return str(IS_ANSWERS[not value])
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {value_in_words(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "; ".join(map(value_in_words, value))
    return "" if value is None else str(value)


def sources(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(SourceRecord).where(SourceRecord.person_id.in_(ids)).order_by(SourceRecord.id)
    return [
        Entry(
            f"{SOURCE_NAMES[row.source]} {row.ref if row.source != 'portal' else ''}".strip(),
            [
                (_("First seen"), long_date(row.first_seen)),
                (_("Last seen"), long_date(row.last_seen)),
                *known(*((field_name(name), value_in_words(value)) for name, value in row.stated.items())),
            ],
        )
        for row in db.session.scalars(query)
    ]


def edits(ids: Sequence[int]) -> list[Entry]:
    query = (
        sa.select(PersonEdit, User.name)
        .outerjoin(User, User.id == PersonEdit.by_id)
        .where(PersonEdit.person_id.in_(ids))
        .order_by(PersonEdit.at)
    )
    return [
        Entry(
            field_name(row.field),
            known(
                (_("Value"), value_in_words(row.value)),
                (
                    _("What sources said then"),
                    value_in_words({SOURCE_NAMES.get(k, k): v for k, v in row.seen.items()}),
                ),
                (_("When"), long_date(row.at)),
                (_("By"), name),
            ),
        )
        for row, name in db.session.execute(query)
    ]


def pairs(ids: Sequence[int]) -> list[Entry]:
    """How the rows were compared, and nothing of the other one where it is somebody else's."""
    states = {
        "asked": _("Not decided yet"),
        "joined": _("The same person"),
        "refused": _("Not the same person"),
    }
    query = sa.select(PersonPair).where(sa.or_(PersonPair.one_id.in_(ids), PersonPair.other_id.in_(ids)))
    return [
        Entry(states[row.state], known((_("Decided on"), long_date(row.decided_at))))
        for row in db.session.scalars(query.order_by(PersonPair.id))
    ]


def cohorts(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(CohortSpell).where(CohortSpell.person_id.in_(ids)).order_by(CohortSpell.from_on)
    return [
        Entry(
            str(COHORT_NAMES[row.cohort]),
            known(
                (_("From"), long_date(row.from_on)),
                (_("To"), long_date(row.to_on)),
                (_("Review on"), long_date(row.review_on)),
                (_("Why"), row.why),
            ),
        )
        for row in db.session.scalars(query)
    ]


def needs(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(PersonNeed).where(PersonNeed.person_id.in_(ids)).order_by(PersonNeed.identified_on)
    return [
        Entry(
            str(NEEDS[row.need_code]),
            [
                (_("State"), str(NEED_STATES[row.state])),
                (_("Identified on"), long_date(row.identified_on)),
                (_("Since"), long_date(row.changed_on)),
            ],
        )
        for row in db.session.scalars(query)
    ]


def keeping(person_id: int) -> list[Entry]:
    return [
        Entry(
            str(wording.ACTIONS[row.action]),
            known(
                (_("Why"), wording.reason(row.action, row.reason)),
                (_("Until"), long_date(row.until)),
                (_("When"), long_date(row.at)),
                (_("By"), row.by.name if row.by else None),
            ),
            said((_("In words"), row.words, f"keeping:{row.id}")),
        )
        for row in queries.list_decisions(person_id)
    ]


def copies(ids: Sequence[int], but: int) -> list[Entry]:
    """Those made before the present one."""
    reasons = {code: str(words) for code, words in COPY_REASONS}
    query = sa.select(PersonCopy).where(PersonCopy.person_id.in_(ids), PersonCopy.id != but)
    return [
        Entry(
            row.asked_as,
            known((_("Why"), reasons.get(row.reason)), (_("When"), long_date(row.taken_at or row.at))),
        )
        for row in db.session.scalars(query.order_by(PersonCopy.id))
    ]


def readers(person_id: int) -> list[Entry]:
    return [
        Entry(
            ", ".join(
                filter(
                    None, (str(ROLE_NAMES[Role(row.role)]) if row.role != "system" else "", row.organisation)
                )
            ),
            [
                (_("Times"), str(row.times)),
                (_("First"), long_date(row.first_at)),
                (_("Last"), long_date(row.last_at)),
            ],
        )
        for row in queries.list_readers(person_id)
    ]

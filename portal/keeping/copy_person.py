"""The sections of a copy that are about the record: the person, sources, decisions, readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from portal.access import ROLE_NAMES, Role
from portal.accounts.models import User
from portal.db import db
from portal.i18n import language, long_date
from portal.keeping import queries, wording
from portal.keeping.copying import Entry, known, said
from portal.keeping.forms import COPY_REASONS
from portal.keeping.models import PersonCopy
from portal.people.models import Person
from portal.people.wording import LANGUAGES, SEXES
from portal.register import queries as register_queries
from portal.register.models import PersonEdit, PersonPair, SourceRecord
from portal.register.wording import FIELD_NAMES, Reading, names_of_fields, numbers_named, source_name


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
        (_("Other names"), ", ".join(row.other_names)),
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
        (_("Chosen for Y2A on"), long_date(row.y2a_from)),
        (_("Address"), _("No fixed address") if row.no_fixed_address else None),
        (_("Who may see it"), _("Named staff only") if row.restricted else None),
        (_("Sources differ on"), names_of_fields(row.differs)),
        (_("Added on"), long_date(row.created_at)),
        (_("Closed on"), long_date(row.closed_at)),
    )


def field_name(code: str) -> str:
    return str(FIELD_NAMES.get(code, _("Preferred name")))


def _reading(said: Sequence[dict[str, Any]]) -> Reading:
    return Reading(*register_queries.names_of(*numbers_named(said)))


def sources(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(SourceRecord).where(SourceRecord.person_id.in_(ids)).order_by(SourceRecord.id)
    rows = db.session.scalars(query).all()
    reading = _reading([row.stated for row in rows])
    return [
        Entry(
            source_name(row.source, row.ref),
            known(
                (_("First seen"), long_date(row.first_seen)),
                (_("Last seen"), long_date(row.last_seen)),
                *((field_name(name), reading.text(name, value)) for name, value in row.stated.items()),
            ),
        )
        for row in rows
    ]


def edits(ids: Sequence[int]) -> list[Entry]:
    query = (
        sa.select(PersonEdit, User.name)
        .outerjoin(User, User.id == PersonEdit.by_id)
        .where(PersonEdit.person_id.in_(ids))
        .order_by(PersonEdit.at)
    )
    rows = db.session.execute(query).all()
    reading = _reading([{row.field: value} for row, _by in rows for value in (row.value, *row.seen.values())])
    return [Entry(field_name(row.field), _edit(row, name, reading)) for row, name in rows]


def _edit(row: PersonEdit, name: str | None, reading: Reading) -> list[tuple[str, str]]:
    off = row.field == "needs"  # of needs, those are kept that were taken off
    seen = (
        (source_name(*voice.split(" ", 1)), reading.text(row.field, value))
        for voice, value in row.seen.items()
    )
    return known(
        (_("Taken off the record"), reading.text("needs", row.value["removed"]) if off else None),
        (_("Value"), reading.text(row.field, row.value) if not off else None),
        (_("What sources said then"), "; ".join(f"{voice}: {words}" for voice, words in seen)),
        (_("When"), long_date(row.at)),
        (_("By"), name),
    )


def pairs(ids: Sequence[int]) -> list[Entry]:
    """How the rows were compared, and nothing of the other one where it is somebody else's."""
    states = {
        "asked": _("Not decided yet"),
        "joined": _("The same person"),
        "refused": _("Not the same person"),
        "aside": _("Not joined: more speaks for another record"),
    }
    query = sa.select(PersonPair).where(sa.or_(PersonPair.one_id.in_(ids), PersonPair.other_id.in_(ids)))
    return [
        Entry(states[row.state], known((_("Decided on"), long_date(row.decided_at))))
        for row in db.session.scalars(query.order_by(PersonPair.id))
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

"""Two records side by side, and what the sources say of one person, as tables show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.i18n import long_date
from portal.people.models import Person
from portal.register import queries
from portal.register.models import PersonPair, SourceRecord
from portal.register.resolving import same
from portal.register.stated import FLAGS, IDENTIFIER, Facts
from portal.register.wording import FIELD_NAMES, ORDER, Reading, numbers_named, source_name

# What a person row holds of these fields by itself; a cohort is a spell, needs are rows.
COLUMNS = tuple(name for name in ORDER if name not in ("cohort", "needs"))


@dataclass(frozen=True)
class Side:
    """One of two records: what it is called, whose page it leads to, what else that person is made of."""

    title: str
    person_id: int
    others: list[str]
    facts: Facts


@dataclass(frozen=True)
class Compared:
    name: str
    one: str
    other: str
    agreement: str
    colour: str


@dataclass(frozen=True)
class Said:
    """One field: (words, since) of each source and of what was typed here, what stands, and can it be decided?"""

    field: str
    name: str
    probation: list[tuple[str, str]]
    police: list[tuple[str, str]]
    typed: list[tuple[str, str]]
    stands: str
    differs: bool
    choice: bool


def sides(pair: PersonPair) -> tuple[Side, Side]:
    """The records of a question whose people one may see."""
    records = queries.list_records([pair.one_leads, pair.other_leads])
    one, other = (
        _side(row, leads, [record for record in records if record.leads_id == leads])
        for row, leads in ((pair.one_id, pair.one_leads), (pair.other_id, pair.other_leads))
    )
    return one, other


def _side(row: int, leads: int, records: Sequence[SourceRecord]) -> Side:
    own = [record for record in records if record.person_id == row]
    others = [source_name(record.source, record.ref) for record in records if record.person_id != row]
    if not own:
        person = queries.get_row(row)
        return Side(_("Added here"), leads, others, person_facts(person))
    facts = {name: value for record in reversed(own) for name, value in record.stated.items()}
    title = ", ".join(source_name(record.source, record.ref) for record in own)
    return Side(title, leads, others, facts)


def person_facts(person: Person) -> Facts:
    """What stands of a person, as sources would state it."""
    held = {name: getattr(person, name) for name in COLUMNS}
    facts = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in held.items()
        if value is not None and not (name in FLAGS and not value)
    }
    if spell := person.open_spell:
        facts["cohort"] = {"cohort": spell.cohort, "from": spell.from_on.isoformat()}
    return facts


def compared(one: Side, other: Side) -> list[Compared]:
    """Field by field, save the numbers that only one source gives, and what neither says."""
    reading = Reading(*queries.names_of(*numbers_named((one.facts, other.facts))))
    lines = []
    for name in ORDER:
        mine, theirs = one.facts.get(name), other.facts.get(name)
        if mine is None and theirs is None:
            continue
        agreement, colour = _agreement(name, mine, theirs)
        texts = reading.text(name, mine), reading.text(name, theirs)
        lines.append(Compared(str(FIELD_NAMES[name]), *texts, agreement, colour))
    return lines


def _agreement(name: str, one: Any, other: Any) -> tuple[str, str]:
    if one is None or other is None:
        return (_("Only one has it"), "grey") if name in IDENTIFIER.values() else (_("Only one says"), "grey")
    return (_("Same"), "green") if same(name, one, other) else (_("Differs"), "orange")


def said_of(person: Person, records: Sequence[SourceRecord]) -> list[Said]:
    """Field by field, what each says, since when, and what stands; what differs first."""
    edits = queries.list_edits(person.id)
    stands = person_facts(person)
    named = [
        *(record.stated for record in records),
        *({field: edit.value} for field, edit in edits.items()),
        stands,
    ]
    reading = Reading(*queries.names_of(*numbers_named(named)))
    stands |= {"needs": [need.need_code for need in person.needs]}
    lines = []
    for name in ORDER:
        heard = [record for record in records if name in record.stated]
        by_source = {
            source: [_since(reading, name, record) for record in heard if record.source == source]
            for source in ("delius", "niche", "portal")
        }
        typed = by_source["portal"]
        if name in edits and name != "needs":
            edit = edits[name]
            words = reading.text(name, edit.value) or _("None")
            typed = [(words, ", ".join(filter(None, (edit.by, long_date(edit.at)))))]
        if not heard and not typed:
            continue
        lines.append(
            Said(
                name,
                str(FIELD_NAMES[name]),
                by_source["delius"],
                by_source["niche"],
                typed,
                reading.text(name, stands.get(name, False if name in FLAGS else None)),
                name in person.differs,
                name != "needs" and len({repr(value) for value in _said(name, records, edits)}) > 1,
            )
        )
    return sorted(lines, key=lambda line: not line.differs)


def _since(reading: Reading, name: str, record: SourceRecord) -> tuple[str, str]:
    """The day only where the source has not said so from the first."""
    words, since = reading.text(name, record.stated[name]), date.fromisoformat(record.since[name])
    return words, _("since %(date)s", date=long_date(since)) if since > record.first_seen else ""


def _said(name: str, records: Sequence[SourceRecord], edits: dict[str, Any]) -> list[Any]:
    return [value for _key, value in choices(name, records, edits)]


def choices(name: str, records: Sequence[SourceRecord], edits: dict[str, Any]) -> list[tuple[str, Any]]:
    """(key, value) of everything that is said of a field, what was typed here last."""
    found = [
        (f"{record.source}-{record.id}", record.stated[name]) for record in records if name in record.stated
    ]
    if name in edits:
        found = [one for one in found if not one[0].startswith("portal")] + [("typed", edits[name].value)]
    return found

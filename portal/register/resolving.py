"""What stands of a person, of all that is said of them. Pure; of the set of voices and edits, whatever their order.

Somebody's word here comes first, as long as no source has said something new since. Else what the sources agree on or
one alone says; else a fixed rule by field, and the field is among `differs`, so that somebody is told.
See docs/decisions/0020-one-register.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.people import names
from portal.people.identifiers import pnc_letter_is_wrong
from portal.register.stated import FIELDS, FLAGS, Facts

PROBATION_FIRST = ("delius", "niche")
POLICE_FIRST = ("niche", "delius")
# Who is believed where both speak and nobody has decided, and why.
RULES = {
    "crn": PROBATION_FIRST,  # each number from the system that gives it
    "noms_number": PROBATION_FIRST,
    "niche_ref": POLICE_FIRST,
    "pnc_id": POLICE_FIRST,  # the police's own, of those whose check letter is right
    "surname": PROBATION_FIRST,  # probation sees the person every week, and papers from court
    "forenames": PROBATION_FIRST,
    "date_of_birth": PROBATION_FIRST,
    "sex": PROBATION_FIRST,
    "language": PROBATION_FIRST,
    "area_id": PROBATION_FIRST,  # where the person is supervised now; a police record stays with its force
    "local_authority_id": PROBATION_FIRST,  # of those that lie in the area that stands
    "police_om_id": POLICE_FIRST,  # each names its own officer
    "probation_om_id": PROBATION_FIRST,
    "cohort": PROBATION_FIRST,  # probation opens and closes IOM in its own system; WISDOM makes it Free
}
NAMES = ("surname", "forenames")


@dataclass(frozen=True, slots=True)
class Voice:
    """One record: who says what of the person whose row is `person_id`, and since when (ISO days)."""

    source: str
    ref: str
    person_id: int
    stated: Facts
    since: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"{self.source} {self.ref}"


@dataclass(frozen=True, slots=True)
class Edit:
    """What was typed or decided here, and what the sources said then, by `Voice.key`."""

    value: Any
    seen: Mapping[str, Any]


@dataclass(slots=True)
class Resolved:
    """`values`: every field but needs, None where nobody says. `needs`: the codes to be on record, `unwanted` those not."""

    values: Facts
    differs: list[str]
    other_names: list[str]
    needs: list[str] = field(default_factory=list)
    unwanted: frozenset[str] = frozenset()


def same(name: str, one: Any, other: Any) -> bool:
    """Accents and capitals make no other name, and another first day no other cohort."""
    if one is None or other is None:
        return one is other
    if name in NAMES:
        return names.words(one) == names.words(other)
    if name == "cohort":
        return bool(one["cohort"] == other["cohort"])
    return bool(one == other)


def resolve(voices: Iterable[Voice], edits: Mapping[str, Edit], forces: Mapping[int, int | None]) -> Resolved:
    """`forces`: the police force area of each local authority."""
    said = sorted(voices, key=lambda voice: voice.key)
    values: Facts = {}
    differs = set()
    for name in FIELDS:
        if name == "needs":
            continue
        heard, edit = [voice for voice in said if name in voice.stated], edits.get(name)
        if name == "local_authority_id":  # one of another force is none
            heard = [voice for voice in heard if forces.get(voice.stated[name]) == values["area_id"]]
            edit = edit if edit and forces.get(edit.value) in (None, values["area_id"]) else None
        values[name], unsettled = _stands(name, heard, edit)
        if unsettled:
            differs.add(name)
    if _make_free(values, said, edits.get("cohort")):
        differs.add("cohort")
    needs, unwanted = _needs(said, edits.get("needs"))
    in_order = [name for name in FIELDS if name in differs]
    return Resolved(values, in_order, _other_names(said, values), needs, unwanted)


def _stands(name: str, heard: list[Voice], edit: Edit | None) -> tuple[Any, bool]:
    """The value that stands, and whether there is something to decide."""
    sources = [voice for voice in heard if voice.source != "portal"]
    typed = [voice for voice in heard if voice.source == "portal"]
    if edit is None and typed:
        edit = Edit(typed[0].stated[name], {})  # what was typed before any source was known
    if edit is not None:
        new = [voice for voice in sources if not same(name, edit.seen.get(voice.key), voice.stated[name])]
        return edit.value, any(not same(name, edit.value, voice.stated[name]) for voice in new)
    if not sources:
        return None, False
    if name in FLAGS:
        said = {voice.stated[name] for voice in sources}
        return True in said, len(said) > 1
    best = min(
        sources, key=lambda voice: (_doubtful(name, voice), RULES[name].index(voice.source), voice.ref)
    )
    value = best.stated[name]
    if name == "cohort" and value["from"] is None:
        value = value | {"from": best.since[name]}
    return value, any(not same(name, value, voice.stated[name]) for voice in sources)


def _doubtful(name: str, voice: Voice) -> bool:
    return name == "pnc_id" and pnc_letter_is_wrong(voice.stated[name])


def _make_free(values: Facts, voices: list[Voice], edit: Edit | None) -> bool:
    """Every WISDOM case is an IOM case in the Free category. Did somebody say another cohort?"""
    cohort = values["cohort"]
    if not values["wisdom"] or (cohort and cohort["cohort"] == "free") or (edit and edit.value is None):
        return False
    said_free = [
        voice.stated["cohort"]["from"] or voice.since["cohort"]
        for voice in voices
        if "cohort" in voice.stated and voice.stated["cohort"]["cohort"] == "free"
    ]
    said_wisdom = [voice.since["wisdom"] for voice in voices if voice.stated.get("wisdom")]
    began = min(said_free or ([cohort["from"]] if cohort else said_wisdom), default=None)
    if began is not None:
        values["cohort"] = {"cohort": "free", "from": began}
    return cohort is not None


def _needs(voices: list[Voice], edit: Edit | None) -> tuple[list[str], frozenset[str]]:
    """What probation says, save what has been taken off the record here since it has said so."""
    seen = {code for codes in edit.seen.values() for code in codes} if edit else set()
    unwanted = frozenset(seen.intersection(edit.value["removed"])) if edit else frozenset()
    stated = {code for voice in voices for code in voice.stated.get("needs", ())}
    return sorted(stated - unwanted), unwanted


def _other_names(voices: list[Voice], values: Facts) -> list[str]:
    """By which the person can be found besides: a source may know them by a maiden name."""
    held = set(names.words(f"{values['forenames']} {values['surname']}"))
    others = {
        f"{voice.stated['forenames']} {voice.stated['surname']}"
        for voice in voices
        if "surname" in voice.stated
    }
    return sorted(other for other in others if not held.issuperset(names.words(other)))

"""All that is held on a person, in plain words in the reader's language: what a copy shows, section by section.

Words of others, or about others, are passages: each is decided on before it is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

# Section: its heading; in the order of the copy. tests/keeping/test_tables.py holds tables to them.
SECTIONS = {
    "record": _l("Your record"),
    "sources": _l("What police and probation said of you"),
    "edits": _l("What was changed or decided here"),
    "pairs": _l("Records that were compared with yours"),
    "cohorts": _l("When you were on IOM"),
    "reviews": _l("Reviews of your time on IOM"),
    "needs": _l("Your needs"),
    "statements": _l("What was said of your needs"),
    "closings": _l("When your record was closed or opened again"),
    "aside": _l("What was found missing or wrong in your record, and left as it is"),
    "referrals": _l("Your referrals"),
    "releases": _l("What agencies were shown"),
    "messages": _l("Messages between IOM and agencies"),
    "appointments": _l("Your appointments"),
    "chases": _l("What IOM did to get you an answer"),
    "meetings": _l("What meetings decided"),
    "keeping": _l("How long your record is kept"),
    "copies": _l("Copies made for you"),
    "readers": _l("Who has read about you"),
}


@dataclass(frozen=True)
class Said:
    """Words with what they are. `key`: a passage to be decided on; None where it is given as it is."""

    label: str
    words: str
    key: str | None = None


@dataclass(frozen=True)
class Entry:
    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    entries: list[Entry]


@dataclass(frozen=True)
class Passage:
    """Words to be decided on, and where they stand."""

    key: str
    where: str
    label: str
    words: str


def known(*pairs: tuple[str, Any]) -> list[tuple[str, str]]:
    """Those of which something is known."""
    return [(label, str(value)) for label, value in pairs if value not in (None, "", [])]


def said(*parts: tuple[str, str | None, str | None]) -> list[Said]:
    """What was said at all: (label, words, key). Words that change make another passage, to be decided on anew."""
    return [
        Said(label, words, key and f"{key}:{hashlib.sha256(words.encode()).hexdigest()[:8]}")
        for label, words, key in parts
        if words
    ]


def passages(sections: Iterable[Section]) -> list[Passage]:
    """All that are to be decided on, in the order of the copy."""
    return [
        Passage(part.key, f"{section.title}: {entry.title}", part.label, part.words)
        for section in sections
        for entry in section.entries
        for part in entry.said
        if part.key
    ]


def undecided(sections: Iterable[Section], decided: Mapping[str, str]) -> list[Passage]:
    return [passage for passage in passages(sections) if passage.key not in decided]


def without(sections: Iterable[Section], decided: Mapping[str, str]) -> tuple[list[Section], int]:
    """The copy as it is given, and how many passages are withheld; one that nobody has decided on is."""
    withheld = 0
    given = []
    for section in sections:
        entries = []
        for entry in section.entries:
            kept = [part for part in entry.said if not part.key or decided.get(part.key) == ""]
            withheld += len(entry.said) - len(kept)
            entries.append(replace(entry, said=kept))
        given.append(replace(section, entries=entries))
    return given, withheld


def withheld_words(number: int) -> str:
    if not number:
        return _("No passage is withheld.")
    counted = ngettext("%(num)d passage is withheld.", "%(num)d passages are withheld.", number)
    why = _(
        "What is withheld is about other people, or giving it could do harm. You can complain to the Information Commissioner."
    )
    return f"{counted} {why}"

"""A card's names and dates taken apart once, before it is compared with many. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from portal.people.identifiers import pnc_letter_is_wrong
from portal.people.names import sound, words
from portal.register.cards import Card
from portal.register.common_names import UNLISTED_SURNAME, forename_share, surname_share
from portal.register.nicknames import forename_heads, surname_heads

SON_OF = frozenset(["ap", "ab", "ferch", "verch"])
MAC = re.compile(r"^mac(?=[a-z]{4})")


@dataclass(frozen=True, slots=True, eq=False)
class Surname:
    """`whole` without hyphens and spaces; `bare` the same without ap or ab; `parts` the words of a double name."""

    whole: str
    bare: str
    parts: frozenset[str]
    heads: frozenset[str]
    share: float
    sounds: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Forename:
    word: str
    heads: frozenset[str]
    share: float
    sounds: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """`called`: the first forename and what the person is called; `middle`: the other forenames."""

    card: Card
    surname: Surname
    called: tuple[Forename, ...]
    middle: tuple[Forename, ...]
    run: str  # all forenames without spaces: Anne-Marie, Anne Marie and Annemarie are one
    digits: str  # of the date of birth, DDMMYYYY; empty if there is none
    pnc_is_wrong: bool


def _joined(surname: str) -> list[str]:
    """The words of a surname; a particle of one or two letters, Mc and Mac belong to the next: O Brien, Mc Donald."""
    found: list[str] = []
    held = ""
    for word in words(surname):
        if (len(word) < 3 or word == "mac") and word not in SON_OF:
            held += word
        else:
            found.append(MAC.sub("mc", held + word))
            held = ""
    return [*found, held] if held else found


@lru_cache(maxsize=50_000)
def surname_of(text: str) -> Surname:
    all_words = _joined(text)
    own = [word for word in all_words if word not in SON_OF] or all_words
    whole, bare = "".join(all_words), "".join(own)
    heads = frozenset().union(*(surname_heads(name) for name in (whole, bare)))
    known = {whole, bare, *heads}
    share = max(map(surname_share, known)) if len(own) == 1 else UNLISTED_SURNAME
    parts = frozenset(own) if len(own) > 1 else frozenset()
    heard = {sound(name) for name in {*known, *parts, *(h for part in parts for h in surname_heads(part))}}
    return Surname(whole, bare, parts, heads, share, frozenset(heard - {""}))


@lru_cache(maxsize=50_000)
def forename_of(word: str) -> Forename:
    heads = forename_heads(word)
    heard = {sound(name) for name in {word, *heads}}
    return Forename(word, heads, max(map(forename_share, {word, *heads})), frozenset(heard - {""}))


@lru_cache(maxsize=50_000)
def forenames_of(text: str) -> tuple[Forename, ...]:
    return tuple(forename_of(word) for word in words(text))


def prepare(card: Card) -> Prepared:
    given = forenames_of(card.forenames)
    called = given[:1] + forenames_of(card.preferred_name)[:1]
    digits = digits_of(card.born) if card.born else ""
    run = "".join(name.word for name in given)
    wrong = pnc_letter_is_wrong(card.pnc_id)
    return Prepared(card, surname_of(card.surname), called, given[1:], run, digits, wrong)


@lru_cache(maxsize=50_000)
def digits_of(born: date) -> str:
    return f"{born.day:02}{born.month:02}{born.year:04}"

"""Names as a search compares them: without accents and capitals, and as they sound in Welsh and English. Pure.

`unaccent` and `pg_trgm` know no Welsh sounds, and row-level security would keep their indexes from being used:
see docs/decisions/0007-people-search.md.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

APOSTROPHES = re.compile("['’‘ʼʻ`´′]")
WORD = re.compile(r"[^\W_]+")
# Letters that no decomposition takes apart.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})

# How a spelling is brought down to consonants, in this order. The word is folded and of a to z only.
SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(.)\1+", r"\1"),  # Llewellyn, Llewelyn; Gruffydd, Grufydd
        (r"^[kgp]n", "n"),
        (r"^wr", "r"),
        (r"t?ch|ck|qu?", "k"),  # Prichard, Pritchard; Michael, Meical
        (r"ph|bh|mh|v", "f"),  # Dafydd, Davydd; Stephen, Steffan; Siobhan
        (r"(?<=[ui])gh", ""),  # Hughes, Huws; Pugh, Puw
        (r"(?<!^)c(?=[eiy])", "s"),  # Alice, Alys; Price, Prys. First letters are hard: Ceri, Kerry
        (r"c", "k"),  # Catrin, Katrin
        (r"d?g(?=[ei])", "j"),  # Geoffrey, Jeffrey
        (r"z", "s"),
        (r"x", "ks"),
        (r"(?<!^)h", ""),  # Siân, Shân; Rhys, Rys
        (r"^th", "t"),  # Thomas, Tomos
        (r"(?<!^)d", "t"),  # Gruffydd, Griffith; Meredydd, Meredith
        (r"(.)\1+", r"\1"),
        (r"^[eiy]", "E"),  # Ifan, Evan; Ieuan, Ewan
        (r"^a", "A"),
        (r"^w(?=[aeiouwy])", "W"),
        (r"^[ouw]", "O"),
        (r"[aeiouwy]", ""),  # Rhys, Rees; Dafydd, Dafudd
    )
)


def fold(text: str) -> str:
    """Lower case, without accents or apostrophes: Siân and SIAN are `sian`, O’Brien is `obrien`."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return APOSTROPHES.sub("", unicodedata.normalize("NFC", bare.translate(LETTERS)))


def words(text: str) -> list[str]:
    """The folded words of what was typed, in that order, each once."""
    return list(dict.fromkeys(WORD.findall(fold(text))))


def indexed_words(*names: str) -> set[str]:
    """The words by which a person is found: those of their names, and what they are without hyphen or space.

    Anne-Marie is found as anne, marie and annemarie; O Brien and O’Brien as brien and obrien; Mc Donald as mcdonald.
    """
    found: set[str] = set()
    for name in names:
        plain = words(name)
        found.update(plain, words(APOSTROPHES.sub(" ", name)), words(re.sub(r"[-‐‑–]", "", name)))
        found.update(first + second for first, second in pairwise(plain) if len(first) < 3)
    return found


@lru_cache(maxsize=10_000)
def sound(word: str) -> str:
    """A folded word as it sounds: equal for spellings that are heard alike. Other scripts and digits sound as spelt."""
    if not re.fullmatch("[a-z]+", word):
        return word
    heard = word
    for pattern, replacement in SOUNDS:
        heard = pattern.sub(replacement, heard)
    return heard.lower()


def index(*names: str) -> list[tuple[str, str, str]]:
    """The rows of `person_name`: each word, its sound, and all words with their sounds as a search looks through them."""
    heard = {word: sound(word) for word in sorted(indexed_words(*names))}
    whole = "".join(f" {word} ~{its_sound}" for word, its_sound in heard.items()) + " "
    return [(word, its_sound, whole) for word, its_sound in heard.items()]


def sort_key(surname: str, forenames: str) -> str:
    """What lists are ordered by: surname first, blind to accents and capitals."""
    return " ".join(WORD.findall(fold(surname)) + WORD.findall(fold(forenames)))


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Do two (forenames, surname) share the sound of a forename and of a surname?"""
    return all(
        {sound(word) for word in words(mine)} & {sound(word) for word in words(theirs)}
        for mine, theirs in zip(one, other, strict=True)
    )

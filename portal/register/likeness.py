"""How alike the names of two cards are: levels of `weights.LEVELS`, with the share of people who bear the name. Pure."""

from __future__ import annotations

from functools import lru_cache
from math import log2

from rapidfuzz.distance import OSA

from portal.people.names import sound
from portal.register.common_names import surname_share
from portal.register.prepared import Forename, Prepared, Surname
from portal.register.weights import LEVELS

Found = tuple[str, float]  # a ground and its bits
DIFFERENT_SURNAMES: Found = ("surname:differs", LEVELS["surname:differs"])
DIFFERENT_FORENAMES: Found = ("forenames:differs", LEVELS["forenames:differs"])

# Where it is not known which forename is a middle one.
UNSETTLED = ("forenames:differs", "forenames:order")


def names(one: Prepared, other: Prepared) -> list[Found]:
    """What surname, forenames and middle names say; a name that one of them lacks says nothing."""
    surname = _surname(one.surname, other.surname)
    forename = _forename(one, other)
    if surname == DIFFERENT_SURNAMES and forename == DIFFERENT_FORENAMES:
        return _swapped(one, other) or [surname, forename]
    middle = _middle(one, other) if forename and forename[0] not in UNSETTLED else None
    return [found for found in (surname, forename, middle) if found]


def near(one: str, other: str) -> bool:
    """A letter wrong, missing or changed places (two in a long name), or heard alike."""
    return one == other or (_near(one, other) if one < other else _near(other, one))


@lru_cache(maxsize=200_000)
def _near(one: str, other: str) -> bool:
    length = min(len(one), len(other))
    distance = OSA.distance(one, other, score_cutoff=3)
    if distance <= (0 if length < 4 else 1 if length < 8 else 2):
        return True
    heard = sound(one)
    return len(heard) > 1 and distance <= 3 and heard == sound(other)


def _named(ground: str, share: float) -> Found:
    """What a name weighs grows as fewer people bear it."""
    return ground, LEVELS[ground] - log2(share)


@lru_cache(maxsize=200_000)
def _surname(one: Surname, other: Surname) -> Found | None:
    if not one.whole or not other.whole:
        return None
    if one.whole == other.whole:
        return _named("surname:same", one.share)
    share = max(one.share, other.share)
    if one.bare == other.bare or one.heads & other.heads:
        return _named("surname:form", share)
    if near(one.whole, other.whole):
        return _named("surname:near", share)
    common = (one.parts or {one.bare}) & (other.parts or {other.bare})
    if common:
        return _named("surname:part", max(map(surname_share, common)))
    return DIFFERENT_SURNAMES


@lru_cache(maxsize=200_000)
def _likest(one: Forename, other: Forename) -> Found | None:
    share = max(one.share, other.share)
    if one.word == other.word:
        return _named("forenames:same", share)
    if one.heads & other.heads:
        return _named("forenames:form", share)
    if near(one.word, other.word):
        return _named("forenames:near", share)
    if one.word[0] == other.word[0] and 1 in (len(one.word), len(other.word)):
        return "forenames:initial", LEVELS["forenames:initial"]
    return None


def _forename(one: Prepared, other: Prepared) -> Found | None:
    """By what each is called; None where one has no forename."""
    if not one.called or not other.called:
        return None
    if one.run == other.run:
        return _named("forenames:same", max(one.called[0].share, other.called[0].share))
    found = [like for mine in one.called for theirs in other.called if (like := _likest(mine, theirs))]
    if found:
        return max(found, key=_bits)
    crossed = [(one.called, other.middle), (one.middle, other.called)]
    shares = [
        max(mine.share, theirs.share)
        for first, second in crossed
        for mine in first
        for theirs in second
        if mine.word == theirs.word or mine.heads & theirs.heads
    ]
    return _named("forenames:order", min(shares)) if shares else DIFFERENT_FORENAMES


def _bits(found: Found) -> tuple[float, str]:
    return found[1], found[0]


def _middle(one: Prepared, other: Prepared) -> Found | None:
    if not one.middle or not other.middle:
        return None
    agree = any(_likest(mine, theirs) for mine in one.middle for theirs in other.middle)
    ground = f"middle_names:{'same' if agree else 'differs'}"
    return ground, LEVELS[ground]


def _swapped(one: Prepared, other: Prepared) -> list[Found]:
    """The surname of each stands where the forename of the other does; which is which counts as the commoner does."""
    if not any(near(one.surname.whole, name.word) for name in other.called):
        return []
    if not any(near(other.surname.whole, name.word) for name in one.called):
        return []
    shares = [card.surname.share * max(name.share for name in card.called) for card in (one, other)]
    return [_named("names:swapped", max(shares))]

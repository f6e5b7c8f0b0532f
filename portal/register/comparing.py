"""What two cards say for and against being one person, and what it weighs. Pure; the same whichever comes first."""

from __future__ import annotations

from functools import lru_cache
from math import log2

from rapidfuzz.distance import OSA

from portal.register.cards import Card, Pair
from portal.register.likeness import Found, names
from portal.register.prepared import Prepared, prepare
from portal.register.weights import DOUBT, LEVELS, OTHER_NUMBER, SAME_NUMBER, SHARE_OF_SEX, STEP, SURE

NEARLY_SURE = SURE - 0.5
OTHER_NAME = frozenset({"surname:differs", "forenames:differs"})
FORENAME_ALIKE = frozenset(
    {"forenames:same", "forenames:form", "forenames:near", "forenames:order", "names:swapped"}
)
BORN_ALIKE = frozenset(f"date_of_birth:{level}" for level in ("same", "new_year", "swapped", "near", "year"))


def compare(one: Card, other: Card) -> Pair | None:
    """None below DOUBT, and for two rows of one extract that share no number: each is a person of its own there."""
    return compare_prepared(prepare(one), prepare(other))


def compare_prepared(one: Prepared, other: Prepared) -> Pair | None:
    mine, theirs = one.card, other.card
    numbers = _numbers(one, other)
    if mine.source == theirs.source and SAME_NUMBER.isdisjoint(ground for ground, _ in numbers):
        return None
    found = [*numbers, *names(one, other), *_sex(mine, theirs), *_born(one, other), *_place(mine, theirs)]
    weight = round(sum(bits for _, bits in found) * STEP) / STEP
    if weight < DOUBT and not numbers:
        return None
    grounds = tuple(ground for ground, _ in found)
    weight = _ruled(weight, frozenset(grounds))
    if weight < DOUBT:
        return None
    low, high = sorted((mine.id, theirs.id))
    return Pair(low, high, weight, grounds)


def _ruled(weight: float, grounds: frozenset[str]) -> float:
    """A shared number makes sure, unless names and date of birth deny it; without one, forename and date of
    birth must both agree in some way, however rare the name: twins, an initial, a date not known leave a question."""
    if not SAME_NUMBER.isdisjoint(grounds):
        denied = "date_of_birth:differs" in grounds and not grounds.isdisjoint(OTHER_NAME)
        if denied or not OTHER_NUMBER.isdisjoint(grounds):
            return max(DOUBT, min(weight, NEARLY_SURE))
        return max(weight, SURE)
    speak = not grounds.isdisjoint(BORN_ALIKE) and not grounds.isdisjoint(FORENAME_ALIKE)
    return weight if speak and grounds.isdisjoint(OTHER_NUMBER) else min(weight, NEARLY_SURE)


def _ground(ground: str) -> Found:
    return ground, LEVELS[ground]


def _numbers(one: Prepared, other: Prepared) -> list[Found]:
    mine, theirs = one.card, other.card
    found = []
    if mine.pnc_id and theirs.pnc_id:
        wrong = one.pnc_is_wrong or other.pnc_is_wrong
        found.append(_ground(f"pnc_id:{_pnc_level(mine.pnc_id, theirs.pnc_id, wrong)}"))
    for number, first, second in (
        ("crn", mine.crn, theirs.crn),
        ("noms_number", mine.noms_number, theirs.noms_number),
        ("niche_ref", mine.niche_ref, theirs.niche_ref),
    ):
        if first and second:
            found.append(_ground(f"{number}:{'same' if first == second else 'differs'}"))
    return found


def _pnc_level(one: str, other: str, wrong: bool) -> str:
    """`wrong`: the check letter of one of them is."""
    if one == other:
        return "doubtful" if wrong else "same"
    if not wrong:
        return "differs"
    return "near" if OSA.distance(one, other, score_cutoff=1) == 1 else "unlike"


def _sex(one: Card, other: Card) -> list[Found]:
    if one.sex not in SHARE_OF_SEX or other.sex not in SHARE_OF_SEX:
        return []
    if one.sex != other.sex:
        return [_ground("sex:differs")]
    return [("sex:same", LEVELS["sex:same"] - log2(SHARE_OF_SEX[one.sex]))]


def _born(one: Prepared, other: Prepared) -> list[Found]:
    if not one.digits or not other.digits:
        return []
    return [_ground(f"date_of_birth:{_born_level(*sorted((one.digits, other.digits)))}")]


@lru_cache(maxsize=200_000)
def _born_level(one: str, other: str) -> str:
    """Of two dates as DDMMYYYY."""
    if one == other:
        return "new_year" if one[:4] == "0101" else "same"
    if one[4:] == other[4:]:
        if one[:2] == other[2:4] and one[2:4] == other[:2]:
            return "swapped"
        if "0101" in (one[:4], other[:4]):
            return "year"
    if OSA.distance(one, other, score_cutoff=1) == 1:
        return "near"
    agree = (one[:2] == other[:2]) + (one[2:4] == other[2:4]) + (one[4:] == other[4:])
    return "part" if agree == 2 else "differs"


def _place(one: Card, other: Card) -> list[Found]:
    if one.local_authority_id and one.local_authority_id == other.local_authority_id:
        return [_ground("place:local_authority")]
    if not one.area_id or not other.area_id:
        return []
    if one.area_id != other.area_id:
        return [_ground("place:differs")]
    known = one.local_authority_id and other.local_authority_id
    return [_ground("place:area" if known else "place:area_alone")]

"""Which cards are worth comparing: those that share a key. Pure.

Whether two cards share one follows from these two alone, never from how many others do, or the order of loading would
change the register. Keys are kept narrow instead: in a register of 200,000 a card is compared with some hundred.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.people.names import sound
from portal.register.prepared import Prepared


def kept_under(card: Prepared) -> Iterator[str]:
    """The keys under which a card is found."""
    yield from _numbers(card)
    yield from _dated_names(card)
    kind = "dated" if card.digits else "undated"
    yield from (f"{kind} {both}" for both in _both_names(card))


def looked_under(card: Prepared) -> Iterator[str]:
    """The keys under which others are looked for. Both names are enough only where a date of birth is missing."""
    yield from _numbers(card)
    yield from _dated_names(card)
    kinds = ("undated",) if card.digits else ("undated", "dated")
    yield from (f"{kind} {both}" for both in _both_names(card) for kind in kinds)


def _numbers(card: Prepared) -> Iterator[str]:
    said = card.card
    if said.pnc_id:
        yield f"pnc {said.pnc_id[:-1]}"
    if said.crn:
        yield f"crn {said.crn}"
    if said.noms_number:
        yield f"noms {said.noms_number}"
    if said.niche_ref:
        yield f"niche {said.niche_ref}"


def _heard(card: Prepared) -> set[str]:
    """How any of the names sounds, in any of its forms."""
    return _called(card).union(card.surname.sounds, *(name.sounds for name in card.middle))


def _called(card: Prepared) -> set[str]:
    """Forenames may also be written as one: John Paul, Johnpaul."""
    heard = set().union(*(name.sounds for name in card.called))
    return heard | {sound(card.run)} if card.middle else heard


def _both_names(card: Prepared) -> set[str]:
    forenames = _called(card)
    return {
        " ".join(sorted((surname, forename))) for surname in card.surname.sounds for forename in forenames
    }


def _dated_names(card: Prepared) -> Iterator[str]:
    """The day of birth, also with day and month swapped; both names with the year; any
    name with two of day, month and year. Names as they are heard."""
    if not card.digits:
        return
    day, month, year = card.digits[:2], card.digits[2:4], card.digits[4:]
    yield f"{year} {min(day, month)} {max(day, month)}"
    yield from (f"{both} {year}" for both in _both_names(card))
    for name in _heard(card):
        yield f"{name} {month}.{year}"
        yield f"{name} {day}.{month}."
        yield f"{name} {day}..{year}"

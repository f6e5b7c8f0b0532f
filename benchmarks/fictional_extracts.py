"""What police and probation each write of fictional people, and how they err. `strength` multiplies how often.

Errors are of kinds that the rules of `portal.register` know (KNOWN) or of others (STRANGE: read wrongly by a machine,
cut short, spelt by ear, aliases, titles, a date that stands for none, a relative's PNC ID).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from benchmarks.fictional_names import CALLED, IN_WELSH
from benchmarks.fictional_people import People, Person
from portal.register.pairing import Card

KNOWN, STRANGE = "known", "strange"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BY_EYE = (("rn", "m"), ("m", "rn"), ("l", "i"), ("cl", "d"), ("vv", "w"), ("h", "b"), ("u", "n"), ("e", "c"))
BY_EAR = (("ph", "f"), ("ck", "k"), ("ie", "y"), ("y", "i"), ("ai", "ay"), ("ll", "l"), ("th", "ff"), ("au", "or"),
          ("s", "z"), ("w", "oo"), ("er", "a"), ("ea", "ee"), ("i", "ee"), ("c", "k"))  # fmt: skip


def mistyped(word: str, chance: random.Random) -> str:
    """A letter missing, doubled, wrong, or changed places with the next."""
    if len(word) < 3:
        return word
    at = chance.randrange(1, len(word) - 1)
    kinds = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + chance.choice(LETTERS) + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )
    return chance.choice(kinds)


def misread(word: str, chance: random.Random, confusions: tuple[tuple[str, str], ...]) -> str:
    """One or two things taken for others."""
    lower = word.lower()
    for right, wrong in chance.sample(confusions, len(confusions)):
        if right in lower[1:]:
            lower = lower[0] + lower[1:].replace(right, wrong, 1)
            if chance.random() < 0.6:
                break
    return lower.capitalize()


def dated(year: int, month: int, day: int, otherwise: date) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return otherwise


@dataclass
class Clerk:
    people: People
    strength: float
    kind: str

    @property
    def chance(self) -> random.Random:
        return self.people.chance

    def errs(self, often: float) -> bool:
        return self.chance.random() < often * self.strength

    def write(self, person: Person, source: str, row: int) -> Card:
        """What one office has on record of a person."""
        strange = self.kind == STRANGE
        surname, forenames = (self.strange_names if strange else self.known_names)(person)
        born = (self.strange_birth if strange else self.known_birth)(person.born)
        place = self.chance.randrange(22) if self.errs(0.12) else person.local_authority
        delius = source == "delius"
        card = Card(
            id=row,
            source=source,
            surname=surname,
            forenames=" ".join(forenames),
            preferred_name="",
            born=born,
            sex=None
            if self.errs(0.01)
            else ("female" if person.sex == "male" else "male")
            if self.errs(0.005)
            else person.sex,
            area_id=100 + place % 4,
            local_authority_id=None if self.errs(0.05) else 200 + place,
            crn=f"X{row % 1_000_000:06}" if delius else None,
            pnc_id=self.pnc_id(person),
            noms_number=f"A{row % 10_000:04}{LETTERS[row // 10_000 % 26]}{LETTERS[row // 260_000 % 26]}".upper()
            if delius and self.chance.random() < 0.4
            else None,
            niche_ref=None if delius else f"N{row}",
        )
        if self.errs(0.007):
            return replace(card, surname=card.forenames.split(" ")[0], forenames=card.surname)
        return card

    def known_names(self, person: Person) -> tuple[str, list[str]]:
        surname, names = person.surname, list(person.forenames)
        if person.sex == "female" and self.errs(0.08):
            new = self.people.names.surname()
            surname = new if self.chance.random() < 0.6 else f"{surname}-{new}"
        if surname in IN_WELSH and self.errs(0.06):
            surname = IN_WELSH[surname]
        if names[0] in IN_WELSH and self.errs(0.06):
            names[0] = IN_WELSH[names[0]]
        elif names[0] in CALLED and self.errs(0.12):
            names[0] = self.chance.choice(CALLED[names[0]].split())
        if self.chance.random() < 0.35:
            names = names[:1]
        if len(names) > 1 and self.errs(0.02):
            names = names[1:]
        if self.errs(0.03):
            names[0] = mistyped(names[0], self.chance)
        if self.errs(0.04):
            surname = mistyped(surname, self.chance)
        if self.errs(0.1):
            surname = surname.replace("-", " ").replace("’", " ").replace("Mc", "Mac ")
        return surname, names

    def strange_names(self, person: Person) -> tuple[str, list[str]]:
        surname, names = person.surname, list(person.forenames)
        if self.chance.random() < 0.35:
            names = names[:1]
        spoils: tuple[tuple[float, Callable[[], tuple[str, list[str]]]], ...] = (
            (0.02, lambda: (misread(surname, self.chance, BY_EYE), names)),
            (0.02, lambda: (surname, [misread(names[0], self.chance, BY_EYE), *names[1:]])),
            (0.03, lambda: (misread(surname, self.chance, BY_EAR), names)),
            (0.03, lambda: (surname, [misread(names[0], self.chance, BY_EAR), *names[1:]])),
            (0.01, lambda: (mistyped(mistyped(surname, self.chance), self.chance), names)),
            (0.01, lambda: (surname[:6], names)),
            (0.02, lambda: (surname, [self.people.names.forename(person.sex), *names[1:]])),
            (0.01, lambda: (self.people.names.surname(), names)),
            (0.01, lambda: (surname, ["".join(names).capitalize()])),
            (0.01, lambda: (surname, [names[0][:3], *names[1:]])),
            (0.01, lambda: (surname, ["Mr", *names])),
            (0.01, lambda: (f"{surname} Jnr", names)),
            (0.01, lambda: (f"{surname} aka {self.people.names.surname()}", names)),
        )
        for often, spoil in spoils:
            if self.errs(often):
                surname, names = spoil()
        return surname, names

    def known_birth(self, born: date) -> date | None:
        if self.errs(0.015):
            return None
        if self.errs(0.012):
            return dated(born.year, born.day, born.month, born)
        if self.errs(0.008):
            return date(born.year, 1, 1)
        if self.errs(0.015):
            digits = list(f"{born:%Y%m%d}")
            at = self.chance.choice((3, 3, 5, 7, 7))
            digits[at] = str(self.chance.randrange(10))
            return dated(int("".join(digits[:4])), int("".join(digits[4:6])), int("".join(digits[6:])), born)
        return born

    def strange_birth(self, born: date) -> date | None:
        if self.errs(0.01):
            return date(1900, 1, 1)
        if self.errs(0.01):
            return born + timedelta(days=self.chance.choice((-1, 1, 30, -31, 365, -366)))
        if self.errs(0.01):
            return dated(
                born.year + self.chance.choice((-10, 10, -2, 3)), born.month, self.chance.randint(1, 28), born
            )
        if self.errs(0.01):
            return dated(born.year - 1, 1 + born.month % 12, born.day, born)
        return born

    def pnc_id(self, person: Person) -> str | None:
        if self.chance.random() < 0.4:
            return None
        said = person.pnc_id
        if self.errs(0.015):
            return said[:-1] + self.chance.choice("ABCDEFGHJKLM")
        if self.errs(0.01):
            at = self.chance.randrange(6, 12)
            return said[:at] + str(self.chance.randrange(10)) + said[at + 1 :]
        if self.errs(0.005):
            return self.people.pnc_id(person.born)
        if self.kind == STRANGE and self.errs(0.003):
            return self.people.relative(person).pnc_id
        return said


def two_extracts(
    number: int, seed: int, strength: float = 1, kind: str = KNOWN
) -> tuple[list[Card], set[tuple[int, int]]]:
    """The cards of both sources in no order, and which are one person's. Seven in ten people are in both."""
    people = People(seed)
    chance = people.chance
    clerk = Clerk(people, strength, kind)
    ids = list(range(1, 2 * number + 1))
    chance.shuffle(ids)
    cards, truth = [], set()
    for at, person in enumerate(people.draw(number)):
        low, high = sorted(ids[2 * at : 2 * at + 2])
        inside = chance.choices((("delius", "niche"), ("delius",), ("niche",)), (70, 15, 15))[0]
        rows = list(zip(inside, chance.sample((low, high), len(inside)), strict=True))
        cards += [clerk.write(person, source, row) for source, row in rows]
        if len(rows) == 2:
            truth.add((low, high))
    chance.shuffle(cards)
    return cards, truth

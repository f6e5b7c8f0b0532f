"""Fictional people of Wales and their relatives, from one seed: strangers, brothers and sisters, twins, namesakes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

from benchmarks.fictional_names import ENDS, FEMALE, MALE, SURNAMES, SYLLABLES
from portal.people.identifiers import pnc_letter


@dataclass(frozen=True)
class Person:
    surname: str
    forenames: tuple[str, ...]
    sex: str
    born: date
    local_authority: int
    pnc_id: str


def _zipf(names: list[str], shift: float, power: float) -> list[float]:
    return list(accumulate(1 / (rank + shift) ** power for rank in range(len(names))))


class Names:
    """Three in five bear a listed surname, the commonest of them far oftener; the others one of 12,000 made of syllables."""

    def __init__(self, chance: random.Random) -> None:
        tail = [
            (chance.choice(SYLLABLES) + chance.choice(SYLLABLES) + chance.choice(ENDS)).capitalize()
            for _ in range(12_000)
        ]
        self._chance, self._tail = chance, tail
        self._weights = {id(names): _zipf(names, 2, 0.9) for names in (SURNAMES, MALE, FEMALE, tail)}

    def _one(self, names: list[str]) -> str:
        return self._chance.choices(names, cum_weights=self._weights[id(names)])[0]

    def surname(self) -> str:
        return self._one(SURNAMES if self._chance.random() < 0.6 else self._tail).replace("ap-", "ap ")

    def forename(self, sex: str) -> str:
        if self._chance.random() < 0.08:
            return self._one(self._tail)[:7]
        return self._one(MALE if sex == "male" else FEMALE)

    def forenames(self, sex: str) -> tuple[str, ...]:
        return tuple(self.forename(sex) for _ in range(self._chance.choices((1, 2, 3), (25, 65, 10))[0]))


class People:
    """Strangers, and among them brothers and sisters, twins, fathers and sons of one name at one address."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 (the same people each time)
        self.names = Names(self.chance)

    def born(self) -> date:
        return date(2008, 1, 1) - timedelta(days=int(self.chance.triangular(0, 365 * 50, 365 * 14)))

    def pnc_id(self, born: date) -> str:
        kept = f"{min(born.year + self.chance.randint(12, 25), 2026)}/{self.chance.randint(1, 999_999):07}"
        return kept + pnc_letter(kept + "A")

    def stranger(self) -> Person:
        sex = "male" if self.chance.random() < 0.86 else "female"
        born = self.born()
        place = min(int(self.chance.expovariate(1 / 7)), 21)
        return Person(self.names.surname(), self.names.forenames(sex), sex, born, place, self.pnc_id(born))

    def relative(self, of: Person) -> Person:
        kind = self.chance.choices(("sibling", "twin", "namesake"), (75, 10, 15))[0]
        sex = (
            of.sex
            if kind == "namesake" or self.chance.random() < 0.7
            else ("male" if of.sex == "female" else "female")
        )
        away = {
            "sibling": self.chance.randint(300, 4000),
            "twin": 0,
            "namesake": self.chance.randint(6600, 12_000),
        }
        born = of.born - timedelta(days=away[kind])
        names = self.names.forenames(sex)
        if kind == "namesake":
            names = of.forenames if self.chance.random() < 0.5 else (of.forenames[0], *names[1:])
        return replace(of, forenames=names, sex=sex, born=born, pnc_id=self.pnc_id(born))

    def draw(self, number: int) -> list[Person]:
        found: list[Person] = []
        while len(found) < number:
            person = self.stranger()
            found.append(person)
            while self.chance.random() < 0.12:
                found.append(self.relative(person))
        return found[:number]

"""Fictional people with names as frequent as in Wales, and what police and probation would each have written of them.

Frequencies, short forms and errors are its own, not those of `portal.register`: the rules are not measured by
themselves. All is drawn from one seed. Errors come in kinds that the rules know (`KNOWN`) and kinds they do not
(`STRANGE`: optical reading, cut fields, spelling by ear, aliases, titles, a relative's PNC ID).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

from portal.people.identifiers import pnc_letter
from portal.register.pairing import Card

SURNAMES = (
    "Jones Williams Davies Thomas Evans Roberts Hughes Lewis Morgan Griffiths Edwards Smith Owen James Rees Phillips "
    "Jenkins Price Morris Richards Lloyd Parry Harris Taylor Watkins Brown Powell John Bowen Howells Ellis Pritchard "
    "Llewellyn Rowlands Harries Wilson Davis Humphreys Pugh Hopkins Johnson Martin Vaughan Bevan Walters Matthews "
    "Samuel Green White Khan Ali Ahmed Nowak Kowalski Prosser Meredith Prothero O’Brien O’Sullivan McCarthy McDonald "
    "ap-Rhys ap-Gwilym Jones-Evans Rhys Gruffydd Siôn Huws Murphy Begum Hussain Singh Wojciechowski Popescu"
).split()  # a hyphen after ap stands for a space
MALE = (
    "David Michael Christopher Andrew Gareth Paul Mark Daniel Matthew James Stephen John Robert Lee Richard Craig "
    "Jason Rhys Ryan Thomas Jamie Adam Darren Luke Simon Jordan Joshua Liam Kevin Ian Nathan Jack Anthony Nicholas "
    "Scott William Dean Wayne Callum Ashley Carl Jonathan Benjamin Samuel Kyle Philip Dafydd Aled Huw Owain Geraint "
    "Ieuan Tomos Iwan Gethin Steffan Mohammed Ahmed Piotr Marcin Ethan Tyler Dylan Morgan Kieran Leighton Alun Barry"
).split()
FEMALE = (
    "Sarah Emma Laura Rebecca Rachel Samantha Claire Nicola Kelly Gemma Lisa Stacey Jessica Hannah Amy Natalie Donna "
    "Michelle Joanne Catherine Elizabeth Lauren Kirsty Leanne Charlotte Siân Rhian Bethan Angharad Ffion Carys Nia "
    "Megan Jade Hayley Danielle Zoe Victoria Katie Kayleigh Chloe Louise Julie Susan Karen Tracey Lowri Cerys Agnieszka"
).split()
CALLED = {
    "David": "Dai Dave", "Michael": "Mike Mick", "Christopher": "Chris", "Andrew": "Andy", "Gareth": "Gaz",
    "Daniel": "Dan Danny", "Matthew": "Matt", "James": "Jim Jamie", "Stephen": "Steve", "John": "Jack Johnny",
    "Robert": "Rob Bob", "Richard": "Rich Ricky", "Thomas": "Tom Tommy", "Joshua": "Josh", "Anthony": "Tony",
    "Nicholas": "Nick", "William": "Will Bill Gwil", "Jonathan": "Jon", "Benjamin": "Ben", "Samuel": "Sam",
    "Philip": "Phil", "Rebecca": "Becky", "Samantha": "Sam", "Catherine": "Cath Kate", "Elizabeth": "Liz Beth",
    "Victoria": "Vicky", "Nicola": "Nicky", "Geraint": "Ger", "Leighton": "Leigh", "Kayleigh": "Kay", "Barry": "Baz",
}  # fmt: skip
IN_WELSH = {
    "David": "Dafydd", "Stephen": "Steffan", "John": "Siôn", "Thomas": "Tomos", "Owen": "Owain", "Sarah": "Sara",
    "Catherine": "Catrin", "Ian": "Iwan", "William": "Gwilym", "Rees": "Rhys", "Evans": "Ifans", "Hughes": "Huws",
    "Price": "Prys", "Pugh": "Puw", "Griffiths": "Gruffydd", "Davies": "Dafis", "Parry": "Parri", "Lloyd": "Llwyd",
    "Owain": "Owen", "Dafydd": "David", "Ieuan": "Evan", "ap Rhys": "Rhys", "Llewellyn": "Llywelyn", "Edwards": "Edwart",
}  # fmt: skip
SYLLABLES = "bar ben cal dor el fen gar hal ing ker lan mor nes or pel quin ros sel tam ur ver wes yar zel thor".split()
ENDS = "ton ford ley well worth man son by ham ski er wood field ard ett".split()
KNOWN, STRANGE = "known", "strange"


@dataclass(frozen=True)
class Person:
    surname: str
    forenames: tuple[str, ...]
    sex: str
    born: date
    local_authority: int
    pnc_id: str

    @property
    def area(self) -> int:
        return 100 + self.local_authority % 4


def _zipf(names: list[str], shift: float, power: float) -> list[float]:
    return list(accumulate(1 / (rank + shift) ** power for rank in range(len(names))))


class Names:
    """Two in five bear one of the common surnames below, as in Wales; the tail has 12,000 of made-up syllables."""

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
        return self._one(MALE if sex == "M" else FEMALE)

    def forenames(self, sex: str) -> tuple[str, ...]:
        return tuple(self.forename(sex) for _ in range(self._chance.choices((1, 2, 3), (25, 65, 10))[0]))


class People:
    """Strangers, and among them brothers and sisters, twins, fathers and sons of one name at one address."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.names = Names(self.chance)

    def born(self) -> date:
        return date(2008, 1, 1) - timedelta(days=int(self.chance.triangular(0, 365 * 50, 365 * 14)))

    def pnc_id(self, born: date) -> str:
        kept = f"{min(born.year + self.chance.randint(12, 25), 2026)}/{self.chance.randint(1, 999_999):07}"
        return kept + pnc_letter(kept + "A")

    def stranger(self) -> Person:
        sex = "M" if self.chance.random() < 0.86 else "F"
        born = self.born()
        place = min(int(self.chance.expovariate(1 / 7)), 21)
        return Person(self.names.surname(), self.names.forenames(sex), sex, born, place, self.pnc_id(born))

    def relative(self, of: Person) -> Person:
        kind = self.chance.choices(("sibling", "twin", "namesake"), (75, 10, 15))[0]
        sex = of.sex if kind == "namesake" or self.chance.random() < 0.7 else ("M" if of.sex == "F" else "F")
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


def two_extracts(
    number: int, seed: int, strength: float = 1, kind: str = KNOWN
) -> tuple[list[Card], set[tuple[int, int]]]:
    """The cards of both sources in no order, and which are one person's. Seven in ten people are in both."""
    from benchmarks.clerical_errors import Clerk

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


def halves(cards: list[Card]) -> Iterator[list[Card]]:
    yield cards[: len(cards) // 2]
    yield cards[len(cards) // 2 :]

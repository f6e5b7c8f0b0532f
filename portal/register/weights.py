"""What agreement and disagreement weigh: the model of Fellegi and Sunter (1969) with fixed chances. Pure.

For each level, `m` is how often two records of one person stand so, `u` how often the records of two people do; the
level weighs log2(m / u) bits, and the weights of the fields are added up. Splink and the like estimate m and u from
the data loaded; here they are fixed, so that the same two records weigh the same whatever else is in the register,
and in whatever order it came. They are assumptions, from the sources named below and from experience published for
administrative records (Splink's documentation: m of names 0.8 to 0.95, of dates of birth 0.9 to 0.98);
benchmarks/pairing.py says how well they do on people made up otherwise than these assume.
"""

from __future__ import annotations

from math import log2
from typing import NamedTuple

# Two cards taken by chance from extracts of 16,000 people each, more than IOM has in Wales, are one person once in
# 2 ** 14 times: `weight` - 14 is log2 of the odds there. In a larger register more namesakes turn up, and with them
# rivals, which keep a pair from being joined: measured up to 200,000 cards.
PRIOR = 14
SURE = PRIOR + 6.0  # 64 to 1: joined unless there is a rival
DOUBT = PRIOR + 2.0  # 4 to 1: asked
MARGIN = 5.0  # a rival weaker by so much (32 to 1) is none
STEP = 16  # weights are kept in sixteenths of a bit


class Chance(NamedTuple):
    m: float
    u: float

    @property
    def bits(self) -> float:
        return log2(self.m / self.u)


# For names u is a multiple of the share of people who bear the (commoner) name; for sex, of those who are of that sex.
SURNAME = {
    "same": Chance(0.86, 1),
    "form": Chance(0.15, 1),  # of those whose name has another form: Rhys, Rees; ap Rhys, Prys
    "near": Chance(0.05, 2),  # a letter wrong, or heard alike
    "part": Chance(0.03, 2),  # one of two surnames
    "differs": Chance(0.04, 0.97),  # married, an alias
}
FORENAME = {
    "same": Chance(0.75, 1),
    "form": Chance(0.25, 1),  # of those whose name has another: David, Dafydd, Dai
    "near": Chance(0.05, 2),
    "order": Chance(0.05, 3),  # known by a middle name
    "initial": Chance(0.02, 0.08),
    "differs": Chance(0.02, 0.97),
}
SWAPPED = Chance(0.01, 2)  # surname and forename in each other's place; u times both shares
MIDDLE = {"same": Chance(0.6, 0.06), "differs": Chance(0.1, 0.6)}
SHARE_OF_SEX = {
    "male": 0.85,
    "female": 0.15,
}  # of people under probation in England and Wales about 9 and 1 in 10
SEX = {"same": Chance(0.99, 1), "differs": Chance(0.01, 0.25)}
# Born on 16,000 days of some 45 years; of 1 January, which stands for a year alone, more are recorded than born.
BORN = {
    "same": Chance(0.93, 1 / 14_000),
    "year": Chance(0.01, 1 / 2_500),  # the same year, and one of them is 1 January of it
    "swapped": Chance(0.015, 1 / 40_000),  # day and month
    "near": Chance(0.03, 30 / 16_000),  # a digit wrong, or two neighbours swapped
    "part": Chance(0.01, 1 / 185),  # two of day, month and year
    "differs": Chance(0.004, 0.97),
}
# Four police forces, 22 local authorities of unequal size.
PLACE = {
    "local_authority": Chance(0.75, 0.06),
    "area": Chance(0.18, 0.27),  # the same force, and another local authority
    "area_alone": Chance(0.93, 0.33),  # the same force, and a local authority is not known
    "differs": Chance(0.07, 0.67),
}
# A number that agrees is sure by rule (see `comparing`), one that differs never is; these decide what rivals weigh.
NUMBER = {
    "same": Chance(0.95, 2**-24),
    "doubtful": Chance(0.5, 2**-13),  # both the same, with the wrong check letter
    "near": Chance(0.05, 2**-13),  # a character off, and a check letter says which is wrong
    "unlike": Chance(0.1, 0.5),  # a check letter is wrong and the rest differs as well
    "differs": Chance(0.0005, 1),
}
NUMBERS = ("crn", "pnc_id", "noms_number", "niche_ref")


def _levels() -> dict[str, float]:
    found = {
        **{f"surname:{level}": chance.bits for level, chance in SURNAME.items()},
        **{f"forenames:{level}": chance.bits for level, chance in FORENAME.items()},
        "names:swapped": SWAPPED.bits,
        **{f"middle_names:{level}": chance.bits for level, chance in MIDDLE.items()},
        **{f"sex:{level}": chance.bits for level, chance in SEX.items()},
        **{f"date_of_birth:{level}": chance.bits for level, chance in BORN.items()},
        **{f"place:{level}": chance.bits for level, chance in PLACE.items()},
    }
    found["date_of_birth:new_year"] = found["date_of_birth:same"] - 4
    for number in NUMBERS:
        levels = NUMBER if number == "pnc_id" else ("same", "differs")
        found.update({f"{number}:{level}": NUMBER[level].bits for level in levels})
    return found


# Every ground that a pair can give, with its bits before the frequency of a name or sex is added.
LEVELS = _levels()
SAME_NUMBER = frozenset(f"{number}:same" for number in NUMBERS)
OTHER_NUMBER = frozenset(f"{number}:differs" for number in NUMBERS)

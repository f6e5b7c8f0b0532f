"""The rows of the register for the people drawn: names and their words, numbers, cohorts, needs, named readers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
from tqdm import tqdm

from portal.agencies.codes import NEEDS
from portal.agencies.models import Area
from portal.demo.loading import copy_rows
from portal.demo.people import LANGUAGES, SHOWN, People
from portal.demo.reviews import review_day, review_rows, why_of
from portal.demo.staff import Staff
from portal.demo.words import ACCESS_NEEDS, INTERPRETERS, SURNAMES
from portal.people import names
from portal.people.identifiers import pnc_letter
from portal.people.models import COHORTS

CHUNK = 20_000
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
CRNS = len(LETTERS) * 10**6
PERSON = (
    "id area_id local_authority_id restricted surname forenames preferred_name date_of_birth sex language interpreter"
    " access_needs crn pnc_id noms_number niche_ref police_om_id probation_om_id wisdom y2a mappa no_fixed_address"
    " sort_key demo created_at"
)
SPELL = "person_id cohort why from_on to_on review_on set_by_id set_at ended_by_id"
Row = tuple[object, ...]


class Register:
    """Writes people in chunks. `forces` and `local_authorities` as `people` numbers them."""

    def __init__(
        self,
        rng: np.random.Generator,
        people: People,
        forces: list[Area],
        local_authorities: list[Area],
        as_of: date,
    ) -> None:
        self._rng, self._people, self._as_of = rng, people, as_of
        self._forces, self._local_authorities = forces, local_authorities
        # Different for everybody; Floyd's method, so no array of all that there could be.
        self._crns = rng.choice(CRNS, len(people), replace=False).tolist()
        self._serials = rng.integers(10**7, size=len(people)).tolist()

    def write(self, staff: Staff) -> None:
        with tqdm(total=len(self._people), desc="People", unit="") as progress:
            for start in range(0, len(self._people), CHUNK):
                numbers = range(start, min(start + CHUNK, len(self._people)))
                copy_rows("person", PERSON, self._people_rows(numbers))
                copy_rows("person_name", "person_id area_id word sound whole", self._name_rows(numbers))
                copy_rows("cohort_spell", SPELL, self._spells(numbers))
                reviews = review_rows(self._people, numbers, self._as_of)
                copy_rows("cohort_review", "person_id held_on next_on answers at by_id", reviews)
                copy_rows(
                    "person_need", "person_id need_code identified_on changed_on", self._need_rows(numbers)
                )
                progress.update(len(numbers))
        copy_rows("person_reader", "person_id user_id", self._readers(staff))

    def _people_rows(self, numbers: range) -> Iterator[Row]:
        people = self._people
        rare = self._rng.random((len(numbers), 4)).tolist()
        for number, (no_crn, no_pnc, no_prison, access) in zip(numbers, rare, strict=True):
            forenames, surname = people.forenames(number), SURNAMES[people.surname[number]]
            language = LANGUAGES[people.language[number]]
            born = people.born[number].item()
            yield (
                people.first_id + number,
                self._forces[people.force[number]].id,
                self._local_authorities[people.local_authority[number]].id,
                bool(people.restricted[number]),
                surname,
                forenames,
                people.preferred_name(number),
                born,
                "female" if people.female[number] else "male",
                language,
                INTERPRETERS[number % len(INTERPRETERS)] if language == "other" else "",
                ACCESS_NEEDS[number % len(ACCESS_NEEDS)][language == "cy"] if access < 0.06 else "",
                self._crn(number) if no_crn > 0.06 else None,
                self._pnc_id(number, born.year + 15) if no_pnc > 0.08 else None,
                self._prison_number(number) if no_prison > 0.4 else None,
                f"DEMO{number:07}",
                int(people.police_om[number]),
                int(people.probation_om[number]),
                bool(people.wisdom[number]),
                bool(people.y2a[number]),
                bool(people.mappa[number]),
                bool(people.no_fixed_address[number]),
                _sort_key(surname, forenames),
                True,
                f"{people.since[number]}T09:30:00Z",
            )

    def _crn(self, number: int) -> str:
        letter, digits = divmod(self._crns[number], 10**6)
        return f"{LETTERS[letter]}{digits:06}"

    def _pnc_id(self, number: int, year: int) -> str:
        without_letter = f"{year}/{self._serials[number]:07}"
        return without_letter + pnc_letter(without_letter)

    def _prison_number(self, number: int) -> str:
        rest, second = divmod(self._crns[number], len(LETTERS))
        rest, first = divmod(rest, len(LETTERS))
        return f"A{rest % 10**4:04}{LETTERS[first]}{LETTERS[second]}"

    def _name_rows(self, numbers: range) -> Iterator[Row]:
        people = self._people
        for number in numbers:
            area_id = self._forces[people.force[number]].id
            parts = (
                people.forenames(number),
                SURNAMES[people.surname[number]],
                people.preferred_name(number),
            )
            for row in names.index(*parts):
                yield people.first_id + number, area_id, *row

    def _spells(self, numbers: range) -> Iterator[Row]:
        people = self._people
        for number in numbers:
            person, since = people.first_id + number, people.since[number].item()
            changed, by = people.changed_on[number].item(), int(people.police_om[number])
            cohort, before = COHORTS[people.cohort[number]], COHORTS[people.cohort_before[number]]
            if cohort != before:
                yield person, before, "", since, changed, None, by, f"{since}T09:30:00Z", by
                since = changed
            due, why = review_day(people, number, self._as_of), why_of(people, number)
            yield person, cohort, why, since, None, due, by, f"{since}T09:30:00Z", None

    def _need_rows(self, numbers: range) -> Iterator[Row]:
        """One to three needs identified, housing, substance misuse and mental health most often."""
        codes = list(NEEDS)
        odds = np.array([5, 5, 4] + [1] * (len(codes) - 3), dtype=float)
        keys = self._rng.gumbel(size=(len(numbers), len(codes))) + np.log(odds)
        ranked = np.argsort(-keys, axis=1, kind="stable")[:, :3].tolist()
        counts = self._rng.integers(1, 4, len(numbers)).tolist()
        for number, needs, many in zip(numbers, ranked, counts, strict=True):
            since = self._people.since[number].item()
            for need in needs[:many]:
                yield self._people.first_id + number, codes[need], since, since

    def _readers(self, staff: Staff) -> Iterator[Row]:
        """Whoever supervises a restricted person, and the area's managers for the first of them."""
        people = self._people
        for number in np.flatnonzero(people.restricted).tolist():
            readers = {int(people.police_om[number]), int(people.probation_om[number])}
            if number == SHOWN:
                readers.update(staff.managers[people.force[number]])
            for user_id in sorted(readers):
                yield people.first_id + number, user_id


@cache
def _sort_key(surname: str, forenames: str) -> str:
    return names.sort_key(surname, forenames)

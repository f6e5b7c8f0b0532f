"""A few more people whose records leave something to put right, some who are closed, and a year of daily counts.

People of their own: those with referrals are as their referrals say they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Area
from portal.db import db
from portal.demo.staff import Staff
from portal.demo.words import FEMALE, MALE, SURNAMES
from portal.people.identifiers import pnc_letter
from portal.people.models import CohortSpell, Person
from portal.quality.closing import close
from portal.quality.completeness import PARTS, count
from portal.register.models import PersonPair

EACH = 3  # people with each thing wrong
GONE, NAMED, TWINS = "gone", "closed_named", "twins"
NUMBER = "1990/7654321"
# What is wrong, and what it takes.
FAULTS: dict[str, dict[str, Any]] = {
    "stale": {},
    "no_om": {"police_om_id": None},
    "no_birth_date": {"date_of_birth": None},
    "no_authority": {"local_authority_id": None},
    "no_sex": {"sex": None},
    "no_numbers": {"niche_ref": None},
    "pnc_letter": {"pnc_id": f"{NUMBER}{'A' if pnc_letter(NUMBER) != 'A' else 'B'}"},
    "review_late": {},
    TWINS: {},
    GONE: {},
}
EARLIER = """
INSERT INTO register_completeness (day, area_id, restricted, people, {parts})
SELECT ends.day, c.area_id, c.restricted, round(c.people * (1 - 0.01 * ends.ago)),
       {shares}
  FROM register_completeness c
 CROSS JOIN (SELECT n AS ago, (date_trunc('month', CAST(:today AS date)) - make_interval(months => n - 1))::date - 1 AS day
               FROM generate_series(1, 12) n) ends
 WHERE c.day = :today ON CONFLICT DO NOTHING
"""


def add_unfinished(forces: list[Area], local_authorities: list[Area], staff: Staff, as_of: date) -> None:
    """In the first two areas; the first account is the offender manager of some."""
    for place, force in enumerate(forces[:2]):
        authority = next(area for area in local_authorities if area.police_force_id == force.id)
        people = list(_people(place, force, authority, staff, as_of))
        db.session.add_all(person for _fault, person in people)
        db.session.flush()
        _hear([person.id for _fault, person in people], as_of - timedelta(days=1))
        _hear([person.id for fault, person in people if fault == "stale"], as_of - timedelta(days=130))
        gone = [person.id for fault, person in people if fault == GONE]
        closed_at = datetime.combine(as_of - timedelta(days=6), time(15, 20), UTC)
        manager = staff.managers[place][0]
        close(gone, reason="sentence_ended", words="", batch=f"demo {place}", by_id=manager, now=closed_at)
        _pair([person.id for fault, person in people if fault == TWINS])


def _people(
    place: int, force: Area, authority: Area, staff: Staff, as_of: date
) -> Iterator[tuple[str, Person]]:
    for at, (fault, values) in enumerate(FAULTS.items()):
        for number in range(EACH):
            which = (place * len(FAULTS) + at) * EACH + number
            same = at if fault == TWINS else which  # twins: the same name and birth date under two numbers
            female = same % 4 == 0
            person = Person(
                **{
                    "area_id": force.id, "local_authority_id": authority.id, "sex": "female" if female else "male",
                    "forenames": (FEMALE if female else MALE)[same % 12], "surname": SURNAMES[(same * 7) % len(SURNAMES)],
                    "date_of_birth": date(1984, 3, 2) + timedelta(days=97 * same), "niche_ref": f"DEMOX{which:04}",
                    "police_om_id": staff.police[place][number % len(staff.police[place])], "demo": True,
                    "created_at": datetime.combine(as_of - timedelta(days=150), time(9, 30), UTC), **values,
                }
            )  # fmt: skip
            late = fault == "review_late"
            person.spells = [
                CohortSpell(
                    cohort="fixed",
                    from_on=as_of - timedelta(days=150),
                    review_on=as_of + timedelta(days=number - 60 if late else number + 20),
                    set_at=person.created_at,
                )
            ]
            yield fault, person


def _hear(ids: list[int], day: date) -> None:
    """As if that was when something last came of them."""
    statement = "UPDATE person_upkeep SET heard_on = :day WHERE person_id = ANY (:ids)"
    db.session.execute(sa.text(statement), {"day": day, "ids": ids})


def _pair(ids: list[int]) -> None:
    one, other = sorted(ids)[:2]
    db.session.add(
        PersonPair(
            one_id=one,
            other_id=other,
            one_leads=one,
            other_leads=other,
            weight=9.5,
            grounds=["surname:same", "forenames:same", "date_of_birth:same"],
            state="asked",
        )
    )


def add_counts(as_of: date) -> None:
    """Today's count, and for a year the counts from which it has come by and by."""
    count(as_of)
    shares = ", ".join(f"round(c.{part} * (1 - 0.01 * ends.ago) * (1 - 0.015 * ends.ago))" for part in PARTS)
    statement = EARLIER.format(parts=", ".join(PARTS), shares=shares)
    db.session.execute(sa.text(statement), {"today": as_of})

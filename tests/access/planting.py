"""People of whom no actor may learn anything: one of everything in another area, and the same of somebody restricted here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from portal.agencies.queries import today
from portal.db import db
from portal.people.models import Person, PersonNeed
from portal.referrals import actions
from tests.access.tables import rows
from tests.factories import GWENT, area, make_person, make_sent
from tests.keeping.scene import CANARY, Scene, make_everything
from tests.scene_parts import make_appointment, make_chase

BORN = date(1931, 3, 7)
SURNAME = f"{CANARY} Byw"
# Written for IOM alone, or released once and closed since: an agency may not read them, IOM may.
CLOSED, NOTES = "Caneri Coch", "Caneri Glas"
# However a page, a file or a mail may write them: no digit of an hour or a number of ours looks so.
BIRTHS = r"1931-03-07|07/03/1931|7/3/1931|7 March 1931|7 Mawrth 1931|7 Maw 1931|7 Mar 1931"


@dataclass
class Planted:
    """`codes`: the CRNs, PNC IDs, prison numbers, Niche and referral references of the people planted."""

    scenes: list[Scene] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    def pattern(self, *also: str) -> re.Pattern[str]:
        """Finds whatever is known of them, and `also`; not what somebody has typed in a search."""
        words = [re.escape(word) for word in (CANARY, *also, *sorted(self.codes))]
        return re.compile("|".join([*words, BIRTHS]))


def plant() -> Planted:
    """Nobody's: neither of the area, nor of the agency, nor named. Staff and agencies of theirs are made as well."""
    planted = Planted()
    people = set(db.session.scalars(sa.select(Person.id)))
    for place, restricted in ((area(GWENT), False), (area(), True)):
        scene = make_everything(area=place, restricted=restricted, date_of_birth=BORN)
        planted.scenes.append(scene)
        make_live(planted, scene)
    new = sa.select(Person.id).where(Person.id.not_in(people), Person.area_id == area().id)
    db.session.execute(sa.update(Person).where(Person.id.in_(new)).values(restricted=True))
    db.session.commit()
    note_codes(planted)
    return planted


def make_live(planted: Planted, scene: Scene) -> None:
    """What stands in lists and counts now: due, unreferred, waiting, accepted, asked, declined, chased, an appointment today."""
    service, officer, worker = scene.referral.service, scene.referral.referrer, scene.worker
    now = datetime.now(UTC)

    def somebody(cohort: str | None = "fixed", **values: Any) -> Person:
        return make_person(
            cohort, surname=SURNAME, forenames=CANARY, date_of_birth=BORN, area=scene.person.area,
            restricted=scene.person.restricted, police_om_id=officer.id, **values,
        )  # fmt: skip

    def sent() -> Any:
        return make_sent(service, somebody(), officer, now)

    somebody(None, created_at=datetime(2015, 1, 5, tzinfo=UTC))  # whose record is due
    due = somebody()
    due.spells[0].review_on = today()
    due.needs = [PersonNeed(need_code="health", identified_on=today(), changed_on=today())]

    make_chase(sent(), officer, CANARY)
    accepted, declined, asked = sent(), sent(), sent()
    actions.accept(accepted, worker, now, priority=True, words=CANARY)
    actions.decline(declined, worker, now, reason="no_capacity", words=CANARY)
    actions.ask(asked, worker, now, words=CANARY)
    make_appointment(accepted, worker, CANARY, CANARY)
    actions.write_message(accepted, worker, now, CANARY, f"live {accepted.reference}")
    db.session.flush()


def note_codes(planted: Planted) -> None:
    """Of everybody who is called by the canary."""
    people = db.session.execute(
        sa.select(Person.crn, Person.pnc_id, Person.noms_number, Person.niche_ref).where(
            Person.surname.startswith(CANARY)
        )
    )
    planted.codes = {code for row in people for code in row if code and len(code) > 3}
    references = sa.text(
        "SELECT r.reference FROM referral r JOIN person p ON p.id = r.person_id WHERE p.surname LIKE :canary"
    )
    planted.codes |= set(db.session.scalars(references, {"canary": f"{CANARY}%"}))


def plant_rows() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Plants; the rows of every table that were there before, and those that it added: as text."""
    before = rows()
    plant()
    return before, {name: found - before[name] for name, found in rows().items()}

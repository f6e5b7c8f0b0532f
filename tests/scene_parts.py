"""What the one of everything is made of (tests/scene.py): each makes what one kind of page shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.factor_models import Passkey
from portal.accounts.models import User
from portal.accounts.recovery import make_codes
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.appointments import actions as appointments
from portal.appointments.models import Appointment
from portal.chasing import actions as chasing
from portal.chasing.models import Chase
from portal.db import db
from portal.keeping import actions as keeping
from portal.keeping.models import PersonCopy
from portal.mail import OutboxEmail
from portal.people import actions as people
from portal.people import criteria
from portal.people.cohort_models import CohortReview
from portal.people.models import Person, PersonReader
from portal.people.reading import ReadingReason
from portal.quality import actions as quality
from portal.quality import closing
from portal.quality.completeness import count_register
from portal.referrals.models import Referral
from portal.register import checking as extract_checking
from portal.register import extracts
from portal.register.columns import layout
from portal.register.known import load_known
from portal.register.models import PersonPair
from portal.sheets import reading as extract_reading
from portal.staff.models import AccessAnswer, AccessReview
from portal.trace.unusual_models import UnusualReading
from portal.turnaround.history_importing import examine, take_in
from portal.turnaround.history_reading import read
from portal.turnaround.history_uploads import keep
from tests.factories import (
    GWENT,
    area,
    make_person,
    make_sent,
    make_user,
)
from tests.register.extracts import delius, niche, pnc, take


def make_access(
    person: Person, officer: User, iom_manager: User, worker: User, manager: User
) -> tuple[int, list[int]]:
    """Somebody restricted whose reason is asked, a look from another area, and unusual reading of both sides: the ids."""
    hidden = make_person(surname="«Cudd»", forenames="«Siân»", restricted=True)
    db.session.add_all(PersonReader(person_id=hidden.id, user_id=user.id) for user in (officer, iom_manager))
    elsewhere = make_user(name="«Arall»", organisation="«Heddlu»", areas=[area(GWENT)])
    db.session.add_all(
        ReadingReason(kind="elsewhere", person_id=person.id, user_id=elsewhere.id, reason=reason, words=words)
        for reason, words in (("moved", ""), ("other", "«Geiriau»"))
    )
    counts = {"people": 40, "own": 9, "peers": 11, "times": 7, "week": 9, "nobody": 3, "readers": 6}
    iom, agency = {"area_ids": [person.area_id]}, {"agency_id": worker.agency_id}
    rows = [
        UnusualReading(rule=rule, on_day=today(), facts=counts, user_id=officer.id, **iom)
        for rule in ("day", "hour", "not_own", "night", "run", "refused", "elsewhere")
    ]
    answered = {"answer": "explained", "words": "«Geiriau»", "answered_at": datetime.now(UTC)}
    rows += [
        UnusualReading(
            rule="repeat", on_day=today(), facts=counts, user_id=officer.id, person_id=person.id, **iom
        ),
        UnusualReading(rule="many", on_day=today(), facts=counts, person_id=person.id, **iom),
        UnusualReading(rule="day", on_day=today(), facts=counts, user_id=worker.id, **agency),
        UnusualReading(
            rule="hour", on_day=today(), user_id=worker.id, answered_by_id=manager.id, **agency, **answered
        ),
        UnusualReading(
            rule="day",
            on_day=date(2026, 1, 5),
            user_id=officer.id,
            answered_by_id=iom_manager.id,
            **iom,
            **answered,
        ),
    ]
    db.session.add_all(rows)
    db.session.flush()
    return hidden.id, [row.id for row in rows[-5:]]


def make_undelivered(referral: Referral, user: User) -> str:
    """Emails that were given up, the link in one of which no longer works, and one that is tried again: a key."""
    now, kept = datetime.now(UTC), {"reference": referral.reference, "agency": "«Asiantaeth»"}
    mails = [
        OutboxEmail(
            key=f"scene:{number}", template="accepted", address=user.email, language="en", params=kept
        )
        for number in range(3)
    ]
    mails.append(
        OutboxEmail(
            key="invitation-0123456789",
            template="invitation",
            address=user.email,
            user_id=user.id,
            language="en",
            params={"token": "0123456789"},
        )
    )
    for mail in mails:
        mail.fault, mail.attempts, mail.dead_at = "550 SMTPRecipientsRefused", 52, now
    mails[0].fault, mails[0].attempts, mails[0].dead_at = "451 SMTPDataError", 3, None
    mails[0].next_try_at = now + timedelta(days=1)
    db.session.add_all(mails)
    db.session.flush()
    return mails[-1].key


def make_review_of_access(service: Service, worker: User, manager: User) -> None:
    """Overdue; of one user a change is asked for. Another officer has left, and their work waits."""
    worker.created_at = datetime.now(UTC) - timedelta(days=100)
    review = AccessReview(agency_id=manager.agency_id, opened_by_id=manager.id)
    db.session.add(review)
    db.session.flush()
    said = {"answer": "change", "words": "«Geiriau»", "by_id": manager.id}
    db.session.add(AccessAnswer(review_id=review.id, user_id=worker.id, **said))
    left = make_user("iom_officer", name="«Wedi gadael»", suspended_at=datetime.now(UTC))
    make_sent(service, make_person(surname="«Ar ôl»", forenames="«Siân»"), left)


def make_review(person: Person, officer: User, manager: User, administrator: User) -> CohortReview:
    """Of somebody of whom there is as much to say as can be; a review of theirs is due again."""
    person.police_om_id, person.wisdom, person.y2a, person.mappa = officer.id, False, True, True
    manager_left = make_user("iom_officer", name="«Wedi gadael»", suspended_at=datetime.now(UTC))
    person.probation_om_id = manager_left.id
    words = {cohort: {"en": "«Geiriau»", "cy": "«Geiriau»"} for cohort in ("fixed", "flex")}
    for _n in range(2):
        criteria.add_version(area(), review_months=2, texts=words, by_id=administrator.id)
    spell = {"why": "«Pam»", "from_on": today(), "by_id": officer.id}
    people.set_needs(person, ["housing", "health"], identified_on=today(), today=today())
    people.set_cohort(person, "flex", review_on=today(), **spell)
    people.set_cohort(person, "free", review_on=today(), **spell | {"by_id": manager.id})
    said = {"answer": "wrong", "words": "«Geiriau»"}
    answers = {
        "cohort": {"now": "flex", "answer": "other", "to": "free", "words": "«Pam»"},
        "needs": [
            {
                "code": "housing",
                "state": "identified",
                "answer": "changed",
                "words": "«Tŷ»",
                "referrals": ["AB2345CD"],
            }
        ],
        "new_needs": ["health"],
        "contacts": said,
        "engagement": said | {"answer": "fully"},
        "travel": said | {"answer": "help"},
        "agreed": "«Cytunwyd»",
    }
    days = {"held_on": today(), "next_on": today() + timedelta(days=9)}
    review = CohortReview(person_id=person.id, answers=answers, by_id=officer.id, **days)
    db.session.add(review)
    db.session.flush()
    return review


def make_appointment(referral: Referral, worker: User, place: str, words: str) -> Appointment:
    """One whose time has come, so that its attendance may be recorded, and one of today beside it."""
    now = datetime.now(UTC)
    passed, to_come = (
        appointments.offer(
            referral,
            worker,
            now,
            appointments.Offer(at, 60, "in_person", worker.id, place, words),
            f"{referral.reference} {at}",
        )
        for at in (now - timedelta(hours=1), now)
    )
    assert passed
    assert to_come
    return passed


def make_history(manager: User) -> tuple[str, int]:
    """A file of past referrals that waits to be confirmed, with something to say of it, and one that was imported."""
    head = "reference,agency,service,need,area,sent_on,extra\n"
    first, second = (
        read(f"{head}{rows}".encode())
        for rows in (
            "«1»,«Hen»,,housing,Cardiff,2024-03-04,\n",
            "«2»,«Hwn»,«A»,housing,Cardiff,2024-03-04,\n«3»,«Hen»,,x,,1,\n",
        )
    )
    areas = [area().id]
    done = take_in(examine(first, today(), areas), token="scene", file_name="«hen.csv»", by=manager.id)
    return keep(second, "«ffeil.csv»", manager.id).token, done.id


def make_extracts(manager: User) -> list[int]:
    """Files in each state in which their page differs: with rows refused, doubtful and good, and one that is done."""
    head = "crn,surname,forenames,pnc_id,area,extra\n"
    rows = f"{head}X111111,«Un»,«Siân»,80/1Z,Cardiff,\nX222222,«Dau»,«Siân»,,Cardiff,\n1,«Tri»,«Siân»,,x,\n"
    sheet = extract_reading.read(rows.encode(), layout("delius"))
    checked = extract_checking.check(sheet, "delius", load_known([area().id]), today())
    made = []
    for state in ("done", "waiting", "failed", "checked"):
        extract = extracts.keep(sheet, checked, "delius", f"«{state}.csv»", manager.id)
        extract.state = state
        if state == "done":
            extract.added = extract.updated = extract.unchanged = extract.asked = 1
            extract.done_at = datetime.now(UTC)
        db.session.flush()
        made.append(extract.id)
    return made


def make_keeping(person: Person, manager: User) -> int:
    """Somebody whose record is due, one to be erased, one kept longer; and a copy that `person` has asked for."""
    for number, surname in enumerate(("«Hen»", "«Dileu»")):
        old = make_person(
            None, surname=surname, forenames="«Siân»", created_at=datetime(2015, 1, 5, tzinfo=UTC)
        )
        if number:
            keeping.erase(old, today(), reason="asked", words="«Geiriau»", by_id=manager.id, token="scene")
    keeping.keep(person, today(), reason="other", words="«Geiriau»", by_id=manager.id, token="scene kept")
    copy = PersonCopy(
        person_id=person.id,
        asked_as="«Cais»",
        reason="subject",
        language="cy",
        by_id=manager.id,
        token="scene",
    )
    db.session.add(copy)
    db.session.flush()
    return copy.id


def make_register_work(officer: User) -> int:
    """Someone with much to put right, whom nothing keeps from being closed; one closed, one finding set aside."""
    people = [
        make_person(surname=f"«{name}»", forenames="«Siân»", sex=None) for name in ("Bylchog", "Caeedig")
    ]
    closing.close(
        [people[1].id],
        reason="other",
        words="«Geiriau»",
        batch="scene",
        by_id=officer.id,
        now=datetime.now(UTC),
    )
    quality.set_aside(people[0], "no_sex", "", "«Rheswm»", today() + timedelta(days=9), officer.id)
    count_register()
    return people[0].id


def make_factors(user: User) -> int:
    """A passkey, whose id it gives, and recovery codes."""
    key = Passkey(
        user_id=user.id, name="«Allwedd»", credential_id=user.email.encode(), public_key=b"", sign_count=0
    )
    db.session.add(key)
    db.session.flush()
    make_codes(user.id)
    return key.id


def make_chase(referral: Referral, officer: User, words: str) -> Chase:
    """One that nobody has answered yet."""
    made = chasing.chase(
        referral, officer, datetime.now(UTC),
        kind="chase", level="worker", channel="portal", words=words, token=f"{referral.reference} chase",
    )  # fmt: skip
    assert made
    return made


def make_register() -> int:
    """Of the scene's person another record says something else; two records joined; and a question, whose id it gives."""
    said: dict[str, Any] = {"forenames": "«Siân»", "sex": "female"}
    take(delius("X123456", surname="«Gwahanol»", **said), on=today())
    take(delius("X200001", surname="«Un»", pnc_id=pnc(1), **said), on=today())
    take(niche("N200001", surname="«Dau»", pnc_id=pnc(1), **said), on=today())
    known = {"surname": "«Jones»", "sex": "male"}
    take(delius("X200002", forenames="«David»", cohort="fixed", **known), on=today())
    take(niche("N200002", forenames="«Dafydd»", date_of_birth=date(1990, 4, 5), **known), on=today())
    swapped = PersonPair.grounds.contains(["date_of_birth:swapped"])
    return db.session.scalars(sa.select(PersonPair.id).where(PersonPair.state == "asked", swapped)).one()

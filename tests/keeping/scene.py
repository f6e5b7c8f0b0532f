"""A person of whom the portal holds one of everything, each word of it with the canary in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from portal.accounts.models import User
from portal.appointments import actions as appointments
from portal.chasing import actions as chasing
from portal.clocks.clock import london_date
from portal.db import db
from portal.keeping import actions as keeping
from portal.keeping.models import PersonCopy
from portal.meetings import actions as meetings
from portal.people.cohort_models import CohortReview
from portal.people.models import CohortSpell, NeedStatement, Person, PersonClosing, PersonNeed, PersonReader
from portal.people.reading import ReadingReason
from portal.quality.models import FindingSetAside
from portal.referrals import actions
from portal.referrals.models import MessageMark, Referral
from portal.register.extract_models import ExtractImport, ExtractRow
from portal.register.models import PersonEdit, PersonPair, SourceRecord
from portal.trace.unusual_models import UnusualReading
from tests.factories import make_draft, make_person, make_sent, make_service, make_user

CANARY = "Caneri Melyn"
NOW = datetime.now(UTC)
TODAY = london_date(NOW)
_number = count(1)


@dataclass
class Scene:
    person: Person
    joined: Person
    referral: Referral
    declined: Referral
    manager: User
    worker: User


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def make_everything(ended: int = 2300, **values: object) -> Scene:
    """Somebody whose last referral ended so many days ago, in whose record nothing is empty."""
    number = next(_number)
    manager, officer = make_user("iom_manager"), make_user()
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    agency_manager = make_user("agency_manager", service.agency)
    person = make_person(
        None,
        surname=CANARY, forenames=CANARY, preferred_name=CANARY, gender=CANARY, interpreter=CANARY, access_needs=CANARY,
        language="other", crn=f"C{number:06}", pnc_id=f"2001/{number:07}X", noms_number=f"A{number:04}BC",
        niche_ref=f"N{number}", police_om_id=officer.id, probation_om_id=officer.id, wisdom=True, y2a=True, mappa=True,
        y2a_from=day(ended + 290), other_names=[CANARY],
        no_fixed_address=True, differs=["surname"], form_token=f"{CANARY} {number}", created_at=ago(ended + 400), **values,
    )  # fmt: skip
    person.spells = [
        CohortSpell(
            cohort="free", why=CANARY, end_why=CANARY, from_on=day(ended + 300), to_on=day(ended),
            review_on=day(ended + 100),
        )
    ]  # fmt: skip
    person.needs = [PersonNeed(need_code="housing", identified_on=day(ended + 290), changed_on=day(ended))]
    joined = make_person(
        None,
        surname=CANARY, joined_to=person.id, niche_ref=f"J{number}", area=person.area, moved={"referral": [CANARY]},
        closed_at=ago(ended), closed_reason="moved_away", closed_by_id=manager.id,
    )  # fmt: skip
    db.session.add(PersonReader(person_id=person.id, user_id=manager.id))
    _add_sources(person, joined, officer, number)
    referral = _make_referral(person, officer, worker, service, ended)
    declined = make_sent(make_service(service.agency, needs=("finance",)), person, officer, ago(ended + 200))
    actions.decline(declined, worker, ago(ended + 190), reason="no_capacity", words=CANARY, elsewhere=CANARY)
    actions.withdraw(declined, officer, ago(ended + 100), reason="moved_away", words=CANARY)
    draft = make_draft(person, officer, "health")
    draft.detail.asked, draft.touched_at = CANARY, ago(ended)
    db.session.flush()
    _add_meeting(referral, manager, ended)
    _add_upkeep(person, officer, ended)
    _add_files(person, joined, manager, number)
    _add_keeping(person, manager, number)
    _add_access(person, officer, manager)
    db.session.add(MessageMark(user_id=agency_manager.id, referral_id=referral.id, message_id=1))
    db.session.flush()
    return Scene(person, joined, referral, declined, manager, worker)


def day(ago_days: int) -> date:
    return TODAY - timedelta(days=ago_days)


def _add_sources(person: Person, joined: Person, officer: User, number: int) -> None:
    other = make_person(surname="Arall", area=person.area, pnc_id=person.pnc_id)
    other.pnc_id = None  # the number is still known to have been on two records
    seen = {"first_seen": TODAY, "last_seen": TODAY, "stated": {"surname": CANARY}, "leads_id": person.id}
    db.session.add_all(
        [
            SourceRecord(source="delius", ref=f"C{number:06}", person_id=person.id, since={"surname": CANARY}, **seen),
            SourceRecord(source="niche", ref=f"J{number}", person_id=joined.id, sent_by=[officer.id], **seen),
            PersonEdit(
                person_id=person.id, leads_id=person.id, field="surname", value=CANARY, seen={"niche Q1": CANARY},
                by_id=officer.id,
            ),
            PersonPair(
                one_id=person.id, other_id=joined.id, one_leads=person.id, other_leads=person.id, weight=20,
                state="joined", grounds=[CANARY],
            ),
            PersonPair(
                one_id=person.id, other_id=other.id, one_leads=person.id, other_leads=other.id, weight=5,
                state="aside", grounds=[CANARY],
            ),
        ]
    )  # fmt: skip
    db.session.flush()


def _make_referral(person: Person, officer: User, worker: User, service: object, ended: int) -> Referral:
    referral = make_draft(person, officer)
    detail = referral.detail
    detail.asked = detail.priority_words = detail.contact = detail.unavailable = detail.language = CANARY
    detail.access_needs = detail.risk_words = detail.agrees_words = CANARY
    detail.visit_alone, detail.basis, detail.person_agrees = "no", "law_enforcement", "yes"
    detail.priority_reasons = ["release"]
    actions.send(referral, service, officer, ago(ended + 250))  # type: ignore[arg-type]
    actions.write_message(referral, worker, ago(ended + 240), CANARY, f"m {referral.reference}")
    actions.write_message(referral, officer, ago(ended + 239), CANARY, f"n {referral.reference}")
    chasing.chase(
        referral, officer, ago(ended + 235),
        kind="chase", level="worker", channel="phone", words=CANARY, token=f"c {referral.reference}",
    )  # fmt: skip
    offered = appointments.Offer(ago(ended + 200), 60, "in_person", worker.id, CANARY, CANARY)
    made = appointments.offer(referral, worker, ago(ended + 230), offered, f"a {referral.reference}")
    assert made
    made.state_words = CANARY
    actions.accept(referral, worker, ago(ended + 220), priority=True, words=CANARY)
    actions.start(referral, worker, ago(ended + 200))
    actions.close(referral, worker, ago(ended), outcome="met", reason="completed", words=CANARY)
    return referral


def _add_meeting(referral: Referral, manager: User, ended: int) -> None:
    assert referral.agency_id
    meeting = meetings.add(
        referral.area_id, day(ended + 150), f"Lle {next(_number)}", [referral.agency_id], manager
    )
    meetings.decide(meeting, referral, manager, ago(ended + 150), CANARY, f"d {referral.reference}")


def _add_upkeep(person: Person, officer: User, ended: int) -> None:
    who = {"person_id": person.id, "by_id": officer.id}
    answers = {
        "cohort": {"now": "free", "answer": "stays", "to": None, "words": CANARY},
        "needs": [
            {"code": "housing", "state": "referred", "answer": "stays", "words": "", "referrals": [CANARY]}
        ],
        "new_needs": [],
        "contacts": {"answer": "right", "words": ""},
        "engagement": {"answer": "mostly", "words": CANARY},
        "travel": {"answer": "help", "words": CANARY},
        "agreed": CANARY,
    }
    db.session.add_all(
        [
            CohortReview(**who, held_on=day(ended + 200), next_on=day(ended + 100), answers=answers),
            NeedStatement(**who, need_code="housing", state="not_met", on_day=day(ended), words=CANARY),
            PersonClosing(**who, act="closed", batch=f"{CANARY} {person.id}", reason="died", words=CANARY),
            PersonClosing(**who, act="undone", batch=f"{CANARY} {person.id}"),
            FindingSetAside(
                **who, finding="pnc_letter", seen=person.pnc_id, reason=CANARY, until_on=day(-300)
            ),
        ]
    )
    db.session.flush()


def _add_files(person: Person, joined: Person, manager: User, number: int) -> None:
    """One row to load and one that was refused, each with a number of the person; and somebody else's."""
    extract = ExtractImport(
        source="niche", file_name="niche.csv", user_id=manager.id, area_ids=[person.area_id], state="checked",
        good=1, refused=2, repeated=0,
    )  # fmt: skip
    db.session.add(extract)
    db.session.flush()
    stated = {"niche_ref": joined.niche_ref, "surname": CANARY}
    for line, cells, good in (
        (1, {"Niche": f" {joined.niche_ref} ", "Enw": CANARY}, stated),
        (2, {"PNC": f" {str(person.pnc_id).lower()}", "Enw": CANARY}, None),
        (3, {"Niche": f"Z{number}", "Enw": "Arall"}, None),
    ):
        db.session.add(
            ExtractRow(import_id=extract.id, line=line, user_id=manager.id, cells=cells, stated=good)
        )
    db.session.flush()


def _add_access(person: Person, officer: User, manager: User) -> None:
    db.session.add_all(
        [
            ReadingReason(kind="restricted", person_id=person.id, user_id=officer.id, reason="other", words=CANARY),
            UnusualReading(
                rule="repeat", user_id=officer.id, person_id=person.id, on_day=TODAY, area_ids=[person.area_id],
                facts={"times": 3}, answer="explained", words=CANARY, answered_by_id=manager.id, answered_at=NOW,
            ),
        ]
    )  # fmt: skip
    db.session.flush()


def _add_keeping(person: Person, manager: User, number: int) -> None:
    keeping.keep(person, day(1), reason="other", words=CANARY, by_id=manager.id, token=f"k {number}")
    db.session.add(
        PersonCopy(
            person_id=person.id, asked_as=CANARY, reason="subject", language="cy", withheld={"message:1": CANARY},
            by_id=manager.id, token=f"p {number}",
        )
    )  # fmt: skip
    db.session.flush()

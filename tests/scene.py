"""One of everything that a page may show, for the walks over all pages (tests/pages.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portal.access import Role
from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.agencies.queries import today
from portal.db import db
from portal.meetings import actions as meetings
from portal.needs import actions as needs
from portal.people.models import PersonReader
from portal.referrals import actions
from tests.factories import (
    area,
    make_agency,
    make_draft,
    make_person,
    make_sent,
    make_service,
    make_user,
)
from tests.promises.rows import make_agreement, make_proposal, make_session, make_wait
from tests.referrals.paper import bring
from tests.scene_parts import (
    make_access,
    make_appointment,
    make_chase,
    make_extracts,
    make_factors,
    make_history,
    make_keeping,
    make_register,
    make_register_work,
    make_review,
    make_review_of_access,
    make_undelivered,
)


def make_scene() -> dict[str, object]:
    """One of everything, every word of it between «», so that a page's own words can be told from it."""
    agency = make_agency("«Asiantaeth»")
    service = make_service(
        agency,
        name="«Gwasanaeth»",
        description="«Geiriau»",
        eligibility="«Pwy»",
        places="«Lle»",
        telephone="01234",
        delivery=["outreach"],
        travel="«Tocyn»",
    )
    worker = make_user("agency_worker", agency, name="«Gweithiwr»", organisation="«Asiantaeth»")
    manager = make_user("agency_manager", agency, name="«Rheolwr»", organisation="«Asiantaeth»")
    officer = make_user("iom_officer", name="«Swyddog»", organisation="«Heddlu»")
    iom_manager = make_user("iom_manager", name="«Rheolwr»", organisation="«Heddlu»")
    analyst, administrator = (
        make_user("analyst", name="«Dadansoddwr»"),
        make_user("administrator", name="«Gweinyddwr»"),
    )
    person = make_person(surname="«Enghraifft»", forenames="«Siân»", crn="X123456")
    db.session.add(PersonReader(person_id=person.id, user_id=officer.id))
    review = make_review(person, officer, iom_manager, administrator)
    db.session.flush()
    needs.say(person, "health", "not_met", on_day=today(), words="«Geiriau»", by_id=officer.id)
    draft = make_draft(make_person(surname="«Drafft»", forenames="«Siân»"), officer)
    draft.service_id, draft.agency_id = service.id, agency.id
    draft.detail.asked, draft.detail.contact = "«Lle»", "«Ffôn»"
    draft.detail.done = ["service", "request", "contact", "share"]
    sent = make_sent(service, person, officer)
    actions.write_message(sent, officer, sent.sent_at, "«Neges»", "scene")  # type: ignore[arg-type]
    accepted = make_sent(service, make_person(surname="«Derbyn»", forenames="«Siân»"), officer)
    actions.accept(accepted, worker, accepted.sent_at, priority=True, words="«Geiriau»")  # type: ignore[arg-type]
    declined = make_sent(service, make_person(surname="«Gwrthod»", forenames="«Siân»"), officer)
    actions.decline(declined, worker, declined.sent_at, reason="no_capacity", words="«Llawn»")  # type: ignore[arg-type]
    people = {"agency_worker": worker, "iom_manager": iom_manager, "iom_officer": officer}
    others = {
        status: make_sent(service, make_person(surname="«Arall»", forenames="«Siân»"), officer)
        for status in ("information_requested", "challenged", "paused", "closed")
    }
    for status, other in others.items():
        bring(other, status, people, datetime.now(UTC))
    make_sent(make_service(agency, name="«Gwasanaeth»"), accepted.person, officer)
    appointment = make_appointment(accepted, worker, "«Lle»", "«Dewch â llythyr»")
    chase = make_chase(sent, officer, "«Pryd?»")
    kept = {"by": iom_manager, "document": "«Dogfen»", "words": "«Geiriau»"}
    proposal = make_proposal(service, acknowledge_days=0, offer_days=10, **kept)
    signed = make_agreement(service, signed_by_id=manager.id, to_on=today() + timedelta(days=9), **kept)
    for days in (20, 30):
        make_wait(service, days=days, source="«Cofnodion»", recorded_by_id=manager.id)
    session = make_session(service, place="«Lle»", words="«Geiriau»")
    meeting = meetings.add(sent.area_id, sent.sent_on, "«Lle»", [agency.id], iom_manager)
    meetings.decide(meeting, sent, iom_manager, datetime.now(UTC), "«Geiriau»", "scene")
    pair_id = make_register()
    upload, imported = make_history(iom_manager)
    extract_ids = make_extracts(iom_manager)
    copy_id = make_keeping(person, iom_manager)
    closable = make_register_work(officer)
    passkey_id = make_factors(iom_manager)
    restricted_id, unusual_ids = make_access(person, officer, iom_manager, worker, manager)
    make_review_of_access(service, worker, manager)
    make_sent(
        make_service(make_agency("«Wedi cau»", closed_on=today()), name="«Gwasanaeth»"),
        make_person(surname="«Caewyd»", forenames="«Siân»"),
        officer,
    )
    token = accounts.make_link(administrator)
    mail_key = make_undelivered(sent, worker)
    db.session.commit()
    return {
        "users": {
            Role.AGENCY_WORKER: worker.id,
            Role.AGENCY_MANAGER: manager.id,
            Role.IOM_OFFICER: officer.id,
            Role.IOM_MANAGER: iom_manager.id,
            Role.ANALYST: analyst.id,
            Role.ADMINISTRATOR: administrator.id,
        },
        "person_id": person.id,
        "code": "health",
        "finding": "no_authority",
        "closable": closable,
        "agency_id": agency.id,
        "service_id": service.id,
        "review_id": review.id,
        "force_id": area().id,
        "user_id": worker.id,
        "area_id": 1,
        "role": "iom_officer",
        "pair_id": pair_id,
        "field": "surname",
        "token": token,
        "provider": "none",
        "why": "away",
        "appointment_id": appointment.id,
        "chase_id": chase.id,
        "agreement_ids": [proposal.id, signed.id],
        "session_id": session.id,
        "meeting_id": meeting.id,
        "upload": upload,
        "import_id": imported,
        "extract_ids": extract_ids,
        "source": "delius",
        "copy_id": copy_id,
        "mail_key": mail_key,
        "passkey_id": passkey_id,
        "kind": "people",
        "restricted_id": restricted_id,
        "unusual_ids": unusual_ids,
        "sent": sent.reference,
        "accepted": accepted.reference,
        "declined": declined.reference,
        **{status: other.reference for status, other in others.items()},
        "draft": draft.reference,
        "own": own_of(agency.id, worker, officer, analyst),
    }


def own_of(agency_id: int, worker: User, officer: User, analyst: User) -> dict[Role, dict[str, object]]:
    """Whose access each role reviews, and whose work it gives on."""
    of_iom = {"key": f"area-{area().id}", "member_id": officer.id, "leaver_id": officer.id}
    return {
        Role.AGENCY_MANAGER: {"key": f"agency-{agency_id}", "member_id": worker.id, "leaver_id": worker.id},
        Role.IOM_MANAGER: of_iom,
        Role.ADMINISTRATOR: {"key": "others", "member_id": analyst.id, "leaver_id": officer.id},
    }

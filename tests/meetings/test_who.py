"""Who may see and prepare which meetings, and what of its pack each may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, Scope, as_owner, db, enter_scope
from portal.meetings import queries
from portal.meetings.models import MeetingAgency, MeetingDecision
from portal.people.models import PersonReader
from tests.factories import GWENT, area, make_agency, make_person, make_sent, make_service, make_user
from tests.meetings.scenes import SOON, make_meeting

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]

SEE = {Role.IOM_OFFICER, Role.IOM_MANAGER, Role.AGENCY_WORKER, Role.AGENCY_MANAGER}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_each_role_may_open_what_it_may_and_nothing_else(client_for: Clients, role: Role) -> None:
    service = make_service()
    referral = make_sent(service)
    meeting = make_meeting(make_user("iom_manager"), service.agency)
    user = make_user(role, service.agency if role in (Role.AGENCY_WORKER, Role.AGENCY_MANAGER) else None)
    client, path = client_for(user), f"/meetings/{meeting.id}"
    for address in ("/meetings", path, f"{path}/pack.pdf"):
        assert client.get(address).status_code == (200 if role in SEE else 403), address
    for address in ("/meetings/new", f"{path}/edit", f"{path}/decide/{referral.reference}"):
        assert client.get(address).status_code == (200 if role is Role.IOM_MANAGER else 403), address
        assert client.post(address, data={"version": "1"}).status_code == (
            422 if role is Role.IOM_MANAGER else 403
        ), address


def test_meetings_of_other_areas_look_as_if_there_were_none(client_for: Clients) -> None:
    service = make_service()
    referral = make_sent(service)
    meeting = make_meeting(make_user("iom_manager"), service.agency)
    client = client_for(make_user("iom_manager", areas=[area(GWENT)]))
    path = f"/meetings/{meeting.id}"
    for address in (
        path,
        f"{path}/pack.pdf",
        f"{path}/edit",
        f"{path}/decide/{referral.reference}",
        "/meetings/0",
    ):
        assert client.get(address).status_code == 404, address
    assert path not in client.get("/meetings").text


def test_an_agency_sees_the_meetings_it_is_invited_to_and_its_own_referrals_only(client_for: Clients) -> None:
    ours = make_service(make_agency("«Ein hasiantaeth»"))
    theirs = make_service(make_agency("«Asiantaeth arall»"))
    manager = make_user("iom_manager")
    own = make_sent(ours, make_person(surname="Enghraifft", forenames="Cyfrinachol"))
    foreign = make_sent(theirs)
    meeting = make_meeting(manager, ours.agency, theirs.agency)
    elsewhere = make_meeting(manager, theirs.agency, held_on=SOON.replace(day=1))
    client = client_for(make_user("agency_worker", ours.agency))
    for page in (client.get("/meetings").text, client.get(f"/meetings/{meeting.id}").text):
        assert "Asiantaeth arall" not in page
        assert foreign.reference not in page
        assert "Cyfrinachol" not in page
    assert own.reference in client.get(f"/meetings/{meeting.id}").text
    assert client.get(f"/meetings/{meeting.id}?agency={theirs.agency_id}").status_code == 404
    assert client.get(f"/meetings/{elsewhere.id}").status_code == 404


def test_a_worker_for_one_service_sees_none_of_the_others(client_for: Clients) -> None:
    housing = make_service()
    health = make_service(housing.agency, ("mental_health",))
    meeting = make_meeting(make_user("iom_manager"), housing.agency)
    shown, hidden = make_sent(housing), make_sent(health)
    worker = make_user("agency_worker", housing.agency, every_service=False, services=[housing])
    page = client_for(worker).get(f"/meetings/{meeting.id}").text
    assert shown.reference in page
    assert hidden.reference not in page


def test_a_restricted_person_is_in_no_pack_of_those_who_may_not_see_them(client_for: Clients) -> None:
    service, named, other = make_service(), make_user("iom_manager"), make_user("iom_manager")
    person = make_person(surname="Cyfrinachol", restricted=True)
    db.session.add(PersonReader(person_id=person.id, user_id=named.id))
    referral = make_sent(service, person, named)
    assert referral.restricted
    meeting = make_meeting(named, service.agency)
    path = f"/meetings/{meeting.id}"
    assert referral.reference in client_for(named).get(path).text
    unnamed = client_for(other)
    for page in (unnamed.get(path).text, unnamed.get(f"{path}?agency={service.agency_id}").text):
        assert referral.reference not in page
        assert "Cyfrinachol" not in page
    assert unnamed.get(f"{path}/decide/{referral.reference}").status_code == 404
    assert "1 open referral" not in unnamed.get("/meetings/new").text
    assert "1 open referral" in client_for(named).get("/meetings/new").text


def test_the_database_itself_keeps_other_agencies_and_areas_apart() -> None:
    ours, theirs, manager = make_service(), make_service(), make_user("iom_manager")
    meeting = make_meeting(manager, ours.agency, theirs.agency)
    enter_scope(Scope("agency", agency_id=ours.agency_id, area_ids=None, service_ids=None))
    assert list(db.session.scalars(sa.select(MeetingAgency.agency_id))) == [ours.agency_id]
    assert queries.list_invited(meeting) == [(ours.agency_id, ours.agency.name)]
    enter_scope(Scope("iom", user_id=manager.id, area_ids=(area(GWENT).id,)))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MeetingAgency)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MeetingDecision)) == 0
    enter_scope(SYSTEM)


@pytest.mark.parametrize("path", ["", "/pack.pdf"])
def test_every_reading_is_in_the_access_log_with_all_that_was_shown(client_for: Clients, path: str) -> None:
    service = make_service()
    shown = sorted(make_sent(service).id for _ in range(3))
    manager = make_user("iom_manager")
    meeting = make_meeting(manager, service.agency)
    assert client_for(manager).get(f"/meetings/{meeting.id}{path}").status_code == 200
    with as_owner():
        last = sa.text("SELECT action, subject, subject_ids FROM audit_entry ORDER BY id DESC LIMIT 1")
        row = db.session.execute(last).one()
    assert row.action == ("meeting.printed" if path else "meeting.read")
    assert sorted(row.subject_ids) == shown

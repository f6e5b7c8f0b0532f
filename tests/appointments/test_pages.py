"""The pages of appointments: errors beside the field, nothing typed lost, one sending, whoever is second is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from portal.agencies.hub_models import HubSession
from portal.appointments import actions
from portal.appointments.models import Appointment
from portal.db import db
from portal.i18n import LONDON
from portal.referrals import actions as referrals
from portal.referrals.models import Referral
from tests.appointments.conftest import OFFERED_AT, Scene, make_offer, typed
from tests.factories import GWENT, area, make_sent, make_user

TOMORROW = (datetime.now(LONDON) + timedelta(days=1)).replace(hour=14, minute=30, second=0, microsecond=0)
YESTERDAY = TOMORROW - timedelta(days=2)


def all_appointments() -> list[Appointment]:
    return list(db.session.scalars(sa.select(Appointment).order_by(Appointment.id)))


def test_an_appointment_is_offered_and_read_by_both_sides_in_london_time(scene: Scene) -> None:
    client = scene.client_for(scene.worker)
    form = client.get(f"{scene.url}/appointments/new")
    assert "Offer appointment" in form.text
    data = typed(TOMORROW, scene.worker, time="2:30pm", words="Bring «your» letter")
    answer = client.post(f"{scene.url}/appointments/new", data=data)
    assert (answer.status_code, answer.location) == (302, f"{scene.url}#appointments")
    (appointment,) = all_appointments()
    assert appointment.at == TOMORROW
    assert (appointment.minutes, appointment.mode, appointment.place) == (45, "in_person", "Tŷ Tawe")
    assert db.session.get_one(Referral, scene.referral.id).status == "acknowledged"


def test_the_form_sent_twice_offers_once(scene: Scene) -> None:
    client, data = scene.client_for(scene.worker), typed(TOMORROW, scene.worker)
    data["version"] = str(scene.referral.version)
    for _sending in range(2):
        assert client.post(f"{scene.url}/appointments/new", data=data).status_code == 302
    assert len(all_appointments()) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"day-day": "", "day-month": "", "day-year": ""}, "Enter the date of the appointment"),
        ({"day-day": "31", "day-month": "2"}, "Enter a real date, like 27 3 2026"),
        ({"day-year": "2020"}, "The date must be today or later"),
        ({"day-year": "2999"}, "The date must be within the next year"),
        ({"time": ""}, "Enter the time of the appointment"),
        ({"time": "half past"}, "Enter a real time, like 9:30 or 2:30pm"),
        ({"minutes": ""}, "Enter how many minutes it takes"),
        ({"minutes": "3"}, "Enter a number from 5 to 480"),
        ({"mode": ""}, "Select how the person is seen"),
        ({"mode": "hub"}, "Select an answer from the list"),
        ({"place": ""}, "Enter where the appointment is"),
        ({"worker": ""}, "Select a worker"),
    ],
)
def test_a_wrong_answer_is_named_beside_its_field_and_nothing_is_lost(
    scene: Scene, wrong: dict[str, str], message: str
) -> None:
    data = typed(TOMORROW, scene.worker, words="Bring <letter>") | wrong
    page = scene.client_for(scene.worker).post(f"{scene.url}/appointments/new", data=data)
    assert page.status_code == 422
    assert page.text.count(message) == 2
    assert "Bring &lt;letter&gt;" in page.text
    assert all_appointments() == []


def test_a_time_that_has_passed_today_is_refused(scene: Scene) -> None:
    now = datetime.now(LONDON)
    data = typed(now.replace(hour=0, minute=0), scene.worker)
    page = scene.client_for(scene.worker).post(f"{scene.url}/appointments/new", data=data)
    assert page.text.count("The time must be in the future") == 2


@pytest.mark.parametrize(
    "value", ["\x00", "\ud800", "٣", "9" * 400, "<script>alert(1)</script>", "' OR 1=1 --"]
)
@pytest.mark.parametrize("path", ["new", "{id}/move", "{id}/cancel", "{id}/attendance"])
def test_hostile_values_are_refused_in_words_and_never_fail(scene: Scene, path: str, value: str) -> None:
    made = scene.offered(YESTERDAY)
    names = [*typed(TOMORROW, scene.worker), "hub_session", "whose", "state", "version"]
    encoded = "".join(f"%{byte:02X}" for byte in value.encode("utf-8", "surrogatepass"))
    page = scene.client_for(scene.worker).post(
        f"{scene.url}/appointments/{path.format(id=made.id)}",
        data="&".join(f"{name}={encoded}" for name in names),
        content_type="application/x-www-form-urlencoded",
    )
    assert page.status_code in (409, 422), page.text
    assert "<script>alert(1)" not in page.text


def test_only_staff_who_answer_for_this_service_can_be_chosen(scene: Scene) -> None:
    data = typed(TOMORROW, make_user("agency_worker"))
    page = scene.client_for(scene.worker).post(f"{scene.url}/appointments/new", data=data)
    assert page.status_code == 422
    assert "Select an answer from the list" in page.text


def make_session(scene: Scene, **values: object) -> HubSession:
    usual = {
        "agency_id": scene.referral.agency_id,
        "area_id": scene.referral.area_id,
        "place": "Canolfan Dewi Sant",
        "weekday": TOMORROW.weekday(),
        "begins": time(10),
        "ends": time(12),
        "from_on": date(2026, 1, 1),
    }
    session = HubSession(**(usual | values))
    db.session.add(session)
    db.session.flush()
    return session


def test_a_hub_session_gives_its_place_and_is_only_offered_on_its_days(scene: Scene) -> None:
    session = make_session(scene)
    client = scene.client_for(scene.worker)
    assert "Canolfan Dewi Sant: Every" in client.get(f"{scene.url}/appointments/new").text
    data = typed(TOMORROW, scene.worker, mode="hub", place="")
    without = client.post(f"{scene.url}/appointments/new", data=data)
    assert without.text.count("Select a hub session") == 2
    data["hub_session"] = str(session.id)
    wrong_day = {"day-day": str((TOMORROW + timedelta(days=1)).day)}
    if (TOMORROW + timedelta(days=1)).month == TOMORROW.month:
        page = client.post(f"{scene.url}/appointments/new", data=data | wrong_day)
        assert page.text.count("The hub session is not held on this date") == 2
    assert client.post(f"{scene.url}/appointments/new", data=data).status_code == 302
    (appointment,) = all_appointments()
    assert (appointment.hub_session_id, appointment.place) == (session.id, "Canolfan Dewi Sant")


def test_a_session_of_another_service_or_that_has_ended_is_not_offered(scene: Scene) -> None:
    make_session(scene, place="Ended", to_on=date(2026, 2, 1))
    make_session(scene, place="Foreign", agency_id=make_sent().agency_id)
    page = scene.client_for(scene.worker).get(f"{scene.url}/appointments/new").text
    assert 'value="hub"' not in page
    assert "Ended" not in page
    assert "Foreign" not in page


def test_a_clash_of_the_same_worker_is_said_and_not_refused(scene: Scene) -> None:
    other = make_sent(scene.referral.service, by=scene.officer)
    make_offer(other, scene.worker, TOMORROW + timedelta(minutes=30), offered_at=datetime.now(UTC))
    client = scene.client_for(scene.worker)
    client.post(f"{scene.url}/appointments/new", data=typed(TOMORROW, scene.worker))
    assert "has another appointment then" in (page := client.get(scene.url).text)
    assert other.reference in page
    assert len(all_appointments()) == 2


@pytest.mark.parametrize(("minutes", "clashes"), [(-45, False), (-44, True), (59, True), (60, False)])
def test_one_clashes_with_another_only_while_both_last(scene: Scene, minutes: int, clashes: bool) -> None:
    scene.offered(TOMORROW, minutes=60)
    client = scene.client_for(scene.worker)
    data = typed(TOMORROW + timedelta(minutes=minutes), scene.worker)
    client.post(f"{scene.url}/appointments/new", data=data)
    assert ("has another appointment then" in client.get(scene.url).text) == clashes


def test_moving_begins_with_what_was_offered_and_shows_it_above(scene: Scene) -> None:
    old = scene.offered(TOMORROW, minutes=90, mode="outreach")
    client = scene.client_for(scene.worker)
    form = client.get(f"{scene.url}/appointments/{old.id}/move").text
    for shown in ('value="14:30"', 'value="90"', 'value="Tŷ Tawe"', "Outreach, Tŷ Tawe"):
        assert shown in form
    data = typed(TOMORROW + timedelta(hours=2), scene.worker)
    assert client.post(f"{scene.url}/appointments/{old.id}/move", data=data).status_code == 302
    assert client.post(f"{scene.url}/appointments/{old.id}/move", data=data).status_code == 302
    before, after = all_appointments()
    assert (before.state, after.at) == ("moved", TOMORROW + timedelta(hours=2))


def test_whoever_cancels_second_is_told_and_keeps_what_they_typed(scene: Scene) -> None:
    made = scene.offered(TOMORROW)
    worker, officer = scene.client_for(scene.worker), scene.client_for(scene.officer)
    path = f"{scene.url}/appointments/{made.id}/cancel"
    assert "The agency" not in officer.get(path).text.split("<form", 2)[-1]
    version = str(made.version)
    data = {"whose": "person", "words": "ill today", "version": version}
    assert officer.post(path, data=data).status_code == 302
    page = worker.post(path, data={"whose": "agency", "words": "our fault", "version": version})
    assert page.status_code == 409
    assert "our fault" in page.text
    assert all_appointments()[0].state == "cancelled_by_person"


def test_an_old_page_of_attendance_does_not_overwrite_what_a_colleague_recorded(scene: Scene) -> None:
    made = scene.offered(YESTERDAY)
    client, path = scene.client_for(scene.worker), f"{scene.url}/appointments/{made.id}/attendance"
    version = str(made.version)
    assert client.post(path, data={"state": "kept", "version": version}).status_code == 302
    assert client.post(path, data={"state": "missed", "version": version}).status_code == 409
    assert all_appointments()[0].state == "kept"
    corrected = client.get(path).text
    assert 'value="kept" checked' in corrected
    assert client.post(path, data={"state": "missed"}).status_code == 302
    assert all_appointments()[0].state == "missed"


def test_attendance_needs_an_answer_and_is_not_recorded_before_the_time(scene: Scene) -> None:
    passed, to_come = scene.offered(YESTERDAY), scene.offered(TOMORROW)
    client = scene.client_for(scene.worker)
    page = client.post(f"{scene.url}/appointments/{passed.id}/attendance", data={"words": "she rang"})
    assert page.status_code == 422
    assert page.text.count("Select what happened") == 2
    assert "she rang" in page.text
    assert client.get(f"{scene.url}/appointments/{to_come.id}/attendance").status_code == 409


def test_nothing_is_offered_or_moved_once_the_referral_is_declined(scene: Scene) -> None:
    made = scene.offered(TOMORROW)
    referrals.decline(scene.referral, scene.worker, OFFERED_AT + timedelta(hours=1), reason="no_capacity")
    db.session.commit()
    client = scene.client_for(scene.worker)
    for path in ("new", f"{made.id}/move"):
        assert client.get(f"{scene.url}/appointments/{path}").status_code == 409
        assert (
            client.post(f"{scene.url}/appointments/{path}", data=typed(TOMORROW, scene.worker)).status_code
            == 409
        )
    assert client.get(f"{scene.url}/appointments/{made.id}/cancel").status_code == 200


def test_a_foreign_agency_area_or_referral_gets_what_a_missing_appointment_gets(scene: Scene) -> None:
    made = scene.offered(YESTERDAY)
    other = make_sent(scene.referral.service, by=scene.officer)
    stranger = scene.client_for(make_user("agency_worker"))
    elsewhere = scene.client_for(make_user("iom_officer", areas=[area(GWENT)]))
    for path in ("move", "cancel", "attendance"):
        url = f"/appointments/{made.id}/{path}"
        assert stranger.get(f"{scene.url}{url}").status_code == 404
        assert (
            stranger.post(f"{scene.url}{url}", data={"whose": "person", "state": "kept"}).status_code == 404
        )
        assert scene.client_for(scene.worker).get(f"/referrals/{other.reference}{url}").status_code == 404
    assert elsewhere.get(f"{scene.url}/appointments/{made.id}/cancel").status_code == 404
    assert elsewhere.get(f"{scene.url}/appointments/{made.id}.ics").status_code == 404
    assert stranger.get(f"{scene.url}/appointments/new").status_code == 404
    assert all_appointments()[0].state == "offered"


def test_iom_may_cancel_but_neither_offer_move_nor_record(scene: Scene) -> None:
    made = scene.offered(YESTERDAY)
    officer = scene.client_for(scene.officer)
    for path in ("new", f"{made.id}/move", f"{made.id}/attendance"):
        assert officer.get(f"{scene.url}/appointments/{path}").status_code == 403
    assert officer.get(f"{scene.url}/appointments/{made.id}/cancel").status_code == 200


def test_the_appointments_of_a_restricted_person_are_missing_for_whoever_is_not_named(scene: Scene) -> None:
    made = scene.offered(TOMORROW)
    scene.referral.restricted = scene.referral.person.restricted = True
    db.session.commit()
    officer = scene.client_for(scene.officer)
    assert officer.get(f"{scene.url}/appointments/{made.id}.ics").status_code == 404
    assert scene.referral.reference not in officer.get(f"/appointments?day={TOMORROW.date()}&whose=all").text
    assert scene.client_for(scene.worker).get(f"{scene.url}/appointments/{made.id}/cancel").status_code == 200
    assert actions.may_record(made, TOMORROW)


def test_on_the_referrals_page_the_next_stands_first_and_the_past_come_last(scene: Scene) -> None:
    moments = [TOMORROW + timedelta(days=3), YESTERDAY, TOMORROW, YESTERDAY - timedelta(days=3)]
    last, recent, following, oldest = (scene.offered(moment) for moment in moments)
    page = scene.client_for(scene.officer).get(scene.url).text
    places = [page.index(f'id="appointment-{one.id}"') for one in (following, last, recent, oldest)]
    assert places == sorted(places)
    worker = scene.client_for(scene.worker).get(scene.url).text
    for path, own in (("attendance", (recent, oldest)), ("move", (following, last, recent, oldest))):
        assert all(f"/appointments/{one.id}/{path}" in worker for one in own)
        assert all(f"/appointments/{one.id}/{path}" not in page for one in own)
    assert f"/appointments/{following.id}/attendance" not in worker
    assert f"/appointments/{following.id}/cancel" in page
    assert f"/appointments/{following.id}.ics" in page

"""The calendar file, read back by a parser: right in summer and winter, one entry however often it moves, no name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from portal.appointments import actions
from portal.appointments.actions import Offer
from portal.appointments.models import Appointment
from portal.db import db
from tests.appointments.conftest import OFFERED_AT, Scene
from tests.factories import make_user

LONDON = ZoneInfo("Europe/London")
WINTER = datetime(2026, 12, 1, 9, 30, tzinfo=LONDON)
SUMMER = datetime(2027, 7, 1, 9, 30, tzinfo=LONDON)


def fetch(scene: Scene, appointment: Appointment) -> tuple[bytes, Calendar]:
    response = scene.client_for(scene.officer).get(f"{scene.url}/appointments/{appointment.id}.ics")
    assert response.status_code == 200
    assert response.mimetype == "text/calendar"
    return response.data, Calendar.from_ical(response.data)


def entry(scene: Scene, appointment: Appointment) -> object:
    _body, calendar = fetch(scene, appointment)
    (event,) = calendar.walk("VEVENT")
    return event


@pytest.mark.parametrize(("at", "utc"), [(WINTER, "20261201T093000Z"), (SUMMER, "20270701T083000Z")])
def test_its_time_is_that_of_london_in_winter_and_in_summer(scene: Scene, at: datetime, utc: str) -> None:
    body, calendar = fetch(scene, scene.offered(at, minutes=45))
    assert f"DTSTART:{utc}".encode() in body
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart").astimezone(LONDON).strftime("%H:%M") == "09:30"
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=45)


def test_it_holds_reference_and_agency_and_no_name(scene: Scene) -> None:
    body, _calendar = fetch(scene, scene.offered(WINTER, words="Ring Siân first"))
    text = body.decode().replace("\r\n ", "")
    assert scene.referral.reference in text
    assert scene.referral.agency.name in text
    person = scene.referral.person
    for name in (person.surname, "Siân", scene.worker.name, scene.officer.name):
        assert name not in text


def test_long_and_strange_places_survive_folding_and_escaping(scene: Scene) -> None:
    place = "Tŷ Tawe; llawr 2, ystafell «\\ŵ» " + "hir, " * 60
    body, calendar = fetch(scene, scene.offered(WINTER, place=place))
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    (event,) = calendar.walk("VEVENT")
    assert str(event["location"]).endswith(place)


def test_one_entry_however_often_it_is_moved_and_in_the_end_cancelled(scene: Scene) -> None:
    first = scene.offered(WINTER)
    before = entry(scene, first)
    later = Offer(at=WINTER + timedelta(days=1), minutes=60, mode="video", worker_id=scene.worker.id)
    second = actions.move(first, scene.worker, OFFERED_AT, later, "second")
    assert second is not None
    db.session.commit()
    moved, through_the_old = entry(scene, second), entry(scene, first)
    assert before["uid"] == moved["uid"] == through_the_old["uid"]
    assert (before["sequence"], moved["sequence"], through_the_old["sequence"]) == (0, 1, 1)
    assert moved.decoded("dtstart") == later.at.astimezone(UTC) == through_the_old.decoded("dtstart")
    assert moved["status"] == "CONFIRMED"
    actions.cancel(second, scene.worker, OFFERED_AT, whose="person")
    db.session.commit()
    gone = entry(scene, first)
    assert (gone["uid"], gone["status"], gone["sequence"]) == (before["uid"], "CANCELLED", 2)


def test_two_appointments_of_a_referral_are_two_entries(scene: Scene) -> None:
    assert entry(scene, scene.offered(WINTER))["uid"] != entry(scene, scene.offered(SUMMER))["uid"]


def test_it_is_for_both_sides_and_nobody_else(scene: Scene) -> None:
    appointment = scene.offered(WINTER)
    path = f"{scene.url}/appointments/{appointment.id}.ics"
    assert scene.client_for(scene.worker).get(path).status_code == 200
    assert scene.client_for(make_user("agency_worker")).get(path).status_code == 404
    assert scene.client_for(make_user("analyst")).get(path).status_code == 403

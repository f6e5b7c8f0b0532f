"""Adding and changing meetings: agencies with open referrals are offered first, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.meetings import queries
from portal.meetings.models import Meeting
from tests.factories import GWENT, area, make_agency, make_sent, make_service, make_user
from tests.hostile import HOSTILE
from tests.meetings.scenes import SOON, TODAY, make_meeting

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def typed(*agency_ids: int, **more: str) -> dict[str, object]:
    day = {"held_on-day": str(SOON.day), "held_on-month": str(SOON.month), "held_on-year": str(SOON.year)}
    return {**day, "place": "Canolfan Ŵyn", "agencies": list(map(str, agency_ids)), **more}


def test_agencies_with_open_referrals_come_first_and_are_chosen(client_for: Clients) -> None:
    quiet, busy = make_service(make_agency("Aber")), make_service(make_agency("Bryn"))
    make_service(make_agency("Coed"), areas=[area(GWENT)])
    for _ in range(2):
        make_sent(busy)
    page = client_for(make_user("iom_manager")).get("/meetings/new").text
    assert page.index("Bryn") < page.index("2 open referrals") < page.index("Aber")
    assert "Coed" not in page
    assert f'value="{busy.agency_id}" checked' in page
    assert f'value="{quiet.agency_id}" checked' not in page


def test_a_meeting_is_added_once_and_stands_in_the_list(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user("iom_manager"))
    first = client.post("/meetings/new", data=typed(service.agency_id))
    assert first.status_code == 302
    again = client.post("/meetings/new", data=typed(service.agency_id))
    assert again.status_code == 422
    assert "There is a meeting on this day at this place already" in again.text
    assert 'value="Canolfan Ŵyn"' in again.text
    page = client.get("/meetings").text
    assert page.count("Canolfan Ŵyn") == 1
    assert service.agency.name in page
    assert client.get(first.location).status_code == 200


def test_an_empty_form_says_what_is_missing(client_for: Clients) -> None:
    make_service()
    answer = client_for(make_user("iom_manager")).post("/meetings/new", data={"place": "Canolfan"})
    assert answer.status_code == 422
    for words in ("Enter the date of the meeting", "Select at least one agency", 'value="Canolfan"'):
        assert words in answer.text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_nobody_can_type_is_refused_and_never_fails(client_for: Clients, text: str) -> None:
    service = make_service()
    client = client_for(make_user("iom_manager"))
    posted = text.encode("utf-8", "surrogatepass")
    for name in ("place", "agencies", "held_on-day", "version"):
        answer = client.post("/meetings/new", data=typed(service.agency_id) | {name: posted})
        assert answer.status_code in (302, 422), name
        assert "<script>alert" not in answer.text
    meeting = make_meeting(make_user("iom_manager"), service.agency, held_on=TODAY)
    for path in ("new?area=", f"{meeting.id}?agency="):
        assert client.get(f"/meetings/{path}{quote(posted)}").status_code in (200, 400, 404), path


def test_a_date_far_away_is_refused(client_for: Clients) -> None:
    service = make_service()
    data = typed(service.agency_id) | {"held_on-year": "2226"}
    answer = client_for(make_user("iom_manager")).post("/meetings/new", data=data)
    assert "The date must be within two years of today" in answer.text


def test_who_works_for_several_areas_chooses_one_of_them(client_for: Clients) -> None:
    make_service(areas=[area(GWENT)])
    client = client_for(make_user("iom_manager", areas=[area(), area(GWENT)]))
    page = client.get("/meetings/new").text
    assert "Which area is the meeting for?" in page
    assert f"/meetings/new?area={area(GWENT).id}" in page
    assert "Area: Gwent" in client.get(f"/meetings/new?area={area(GWENT).id}").text
    assert "Which area is the meeting for?" in client.get("/meetings/new?area=1").text


def test_agencies_can_be_changed_and_the_second_of_two_editors_is_told(client_for: Clients) -> None:
    old, new, manager = make_service(), make_service(), make_user("iom_manager")
    meeting = make_meeting(manager, old.agency)
    client, path = client_for(manager), f"/meetings/{meeting.id}/edit"
    assert f'value="{old.agency_id}" checked' in client.get(path).text
    assert client.post(path, data=typed(new.agency_id, version="1")).status_code == 302
    assert queries.list_chosen(meeting) == {new.agency_id}
    second = client.post(path, data=typed(old.agency_id, version="1"))
    assert second.status_code == 409
    assert queries.list_chosen(meeting) == {new.agency_id}
    assert f'value="{old.agency_id}" checked' in second.text


def test_coming_meetings_stand_the_next_first_and_past_ones_the_latest_first(client_for: Clients) -> None:
    manager, agency = make_user("iom_manager"), make_agency()
    days = [TODAY + timedelta(days=number) for number in (-9, -2, 0, 3, 8)]
    for day in days:
        make_meeting(manager, agency, held_on=day)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Meeting)) == 5
    assert [row.held_on for row in queries.list_coming(TODAY)] == days[2:]
    assert [row.held_on for row in queries.list_past(TODAY)] == [days[1], days[0]]

"""Hub sessions on pages: read by everybody, kept by agency managers and administrators."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.access import Role
from portal.agencies.calendar import working_days
from portal.agencies.hub_models import HubSession
from portal.agencies.hubs import next_dates
from portal.agencies.queries import today
from portal.db import db
from portal.i18n import long_date
from tests.agencies.service_forms import trace
from tests.factories import CARDIFF, GWENT, area, make_agency, make_service, make_user
from tests.hostile import HOSTILE
from tests.people.scenes import ClientFor
from tests.promises.rows import dated, make_session, said
from tests.referring.journey import errors
from tests.referring.test_statements import count

pytestmark = pytest.mark.usefixtures("database")


def filled(agency_id: int, service_id: int = 0, **changes: Any) -> dict[str, Any]:
    form = {
        "version": "new", "whose": f"{agency_id}-{service_id}", "area": area(CARDIFF).id, "place": "Central Library",
        "weekday": "1", "rhythm": "5", "begins": "9:30", "ends": "12pm", "words": "Ask at the desk",
    }  # fmt: skip
    return form | dated("from_on", date(2026, 5, 1)) | changes


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_everyone_reads_where_and_when_by_area(client_for: ClientFor, role: Role) -> None:
    service = make_service(make_agency("Cartref"), name="Rooms")
    make_session(service, area(CARDIFF), place="Library", service_id=service.id)
    later = make_session(service, area(GWENT), place="Chapel", week_of_month=5, weekday=4)
    make_session(service, place="Closed hall", to_on=today() - timedelta(days=1))
    page = said(client_for(make_user(role)).get("/hubs"))
    assert "Cardiff Cartref : Rooms Library Every Tuesday, 10:00 to 12:00" in page
    assert "Gwent Police Cartref : All services Chapel The last Friday of the month, 10:00 to 12:00" in page
    soonest = next_dates(later, today(), working_days().is_holiday, 1)[0]
    assert long_date(soonest) in page
    assert "Closed hall" not in page
    assert "/hubs/new" not in client_for(make_user("iom_manager")).get("/hubs").text


def test_a_services_page_has_its_own_sessions_and_those_of_all_services(client_for: ClientFor) -> None:
    service = make_service()
    other = make_service(service.agency)
    make_session(service, place="For it", service_id=service.id)
    make_session(service, place="For all")
    make_session(service, place="For another", service_id=other.id)
    page = said(client_for(make_user()).get(f"/services/{service.id}"))
    assert "For it" in page
    assert "For all" in page
    assert "For another" not in page


def test_a_manager_adds_changes_and_ends_a_session(client_for: ClientFor) -> None:
    service = make_service()
    client = client_for(make_user("agency_manager", service.agency))
    assert client.post("/hubs/new", data=filled(service.agency_id, service.id)).location == "/hubs"
    session = db.session.scalars(sa.select(HubSession)).one()
    assert (session.service_id, session.area.code, session.place) == (service.id, CARDIFF, "Central Library")
    assert (session.weekday, session.week_of_month) == (1, 5)
    assert (session.begins, session.ends) == (time(9, 30), time(12))
    assert (session.from_on, session.to_on, session.words) == (date(2026, 5, 1), None, "Ask at the desk")
    path = f"/hubs/{session.id}"
    page = client.get(f"{path}/edit").text
    for shown in ('value="Central Library"', 'value="09:30"', 'value="1" checked', 'value="5" selected'):
        assert shown in page, shown
    seen = str(session.version)
    changed = filled(service.agency_id, version=seen, rhythm="", place="Chapel")
    assert client.post(f"{path}/edit", data=changed).location == "/hubs"
    assert (session.service_id, session.week_of_month, session.place) == (None, None, "Chapel")
    second = client.post(f"{path}/edit", data=changed | {"place": "Hall"})
    assert second.status_code == 409
    assert 'value="Hall"' in second.text
    end = {"version": session.version} | dated("last_day", today())
    assert client.post(f"{path}/end", data=end).location == "/hubs"
    assert session.to_on == today()
    done = [row.action for row in trace() if row.action.startswith("hub_session")]
    assert done == ["hub_session.added", "hub_session.changed", "hub_session.ended"]


def test_an_administrator_adds_one_for_an_agency_and_then_chooses_its_service(client_for: ClientFor) -> None:
    service = make_service()
    client = client_for(make_user("administrator"))
    client.post("/hubs/new", data=filled(service.agency_id))
    session = db.session.scalars(sa.select(HubSession)).one()
    assert (session.agency_id, session.service_id) == (service.agency_id, None)
    data = filled(service.agency_id, service.id, version=str(session.version))
    assert client.post(f"/hubs/{session.id}/edit", data=data).status_code == 302
    assert session.service_id == service.id


def test_nobody_keeps_the_sessions_of_others(client_for: ClientFor) -> None:
    service = make_service()
    session, foreign = make_session(service), client_for(make_user("agency_manager"))
    for role in ("iom_officer", "iom_manager", "agency_worker", "analyst"):
        client = client_for(make_user(role, service.agency if role == "agency_worker" else None))
        assert client.post("/hubs/new", data=filled(service.agency_id)).status_code == 403
        assert client.get(f"/hubs/{session.id}/edit").status_code == 403
    assert foreign.get(f"/hubs/{session.id}/edit").status_code == 404
    assert foreign.post(f"/hubs/{session.id}/end").status_code == 404
    page = foreign.post("/hubs/new", data=filled(service.agency_id))
    assert errors(page) == {"#whose": "Select an answer from the list"}
    own = make_service(service.agency)
    chosen = client_for(make_user("agency_manager", service.agency, every_service=False, services=[own]))
    assert chosen.get(f"/hubs/{session.id}/edit").status_code == 404
    assert chosen.post("/hubs/new", data=filled(service.agency_id)).status_code == 422
    assert chosen.post("/hubs/new", data=filled(service.agency_id, own.id)).status_code == 302


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"whose": ""}, "Select whose session it is"),
        ({"area": "999999"}, "Select an answer from the list"),
        ({"place": ""}, "Enter the place"),
        ({"weekday": "7"}, "Select an answer from the list"),
        ({"rhythm": "6"}, "Select an answer from the list"),
        ({"begins": "soon"}, "Enter a real time, like 9:30 or 2:30pm"),
        ({"ends": "9:30"}, "It must end after it begins"),
        ({"from_on-month": "13"}, "Enter a real date, like 27 3 2026"),
        (dated("to_on", date(2026, 4, 30)), "The last day must not be before the first"),
    ],
)
def test_each_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(
    client_for: ClientFor, changes: dict[str, Any], message: str
) -> None:
    agency = make_agency()
    client = client_for(make_user("agency_manager", agency))
    page = client.post("/hubs/new", data=filled(agency.id, words="Kept as typed") | changes)
    assert page.status_code == 422
    assert list(errors(page).values()) == [message]
    assert "Kept as typed" in page.text


def test_a_last_day_is_not_in_the_past(client_for: ClientFor) -> None:
    session = make_session(make_service())
    client = client_for(make_user("administrator"))
    data = {"version": session.version} | dated("last_day", today() - timedelta(days=1))
    assert client.post(f"/hubs/{session.id}/end", data=data).status_code == 422
    assert session.to_on is None


def test_no_hostile_answer_is_a_fault(client_for: ClientFor) -> None:
    client = client_for(make_user("administrator"))
    for text in HOSTILE:
        form = {name: text.encode("utf-8", "surrogatepass") for name in filled(1)}
        assert client.post("/hubs/new", data=form).status_code in (400, 422)


def test_the_list_asks_as_often_for_many_as_for_one(client_for: ClientFor) -> None:
    service = make_service()
    make_session(service, service_id=service.id)
    client = client_for(make_user("administrator"))
    paths = ("/hubs", f"/services/{service.id}")
    few = [count(client, path) for path in paths]
    for code in (CARDIFF, GWENT) * 4:
        make_session(make_service(), area(code))
        make_session(service, area(code))
    assert [count(client, path) for path in paths] == few

"""Usual waits: dated rows with their source, added by who keeps the service, never overwritten."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.agencies.queries import today
from portal.db import db
from portal.promises.models import UsualWait
from portal.promises.queries import get_usual, list_usual
from tests.agencies.service_forms import trace
from tests.factories import make_service, make_user
from tests.hostile import HOSTILE
from tests.people.scenes import ClientFor
from tests.promises.rows import dated, make_wait, said
from tests.referring.journey import errors

pytestmark = pytest.mark.usefixtures("database")


def filled(**changes: Any) -> dict[str, Any]:
    form = {"days": "20", "unit": "working", "until_step": "offer", "kind": "median", "source": "Own records"}
    return form | dated("as_of", date(2026, 7, 1)) | changes


def test_the_wait_that_holds_on_a_day_is_the_last_said_by_then() -> None:
    service, silent = make_service(), make_service()
    old, new = make_wait(service), make_wait(service, days=30, as_of=date(2026, 4, 1))
    again = make_wait(service, days=31, as_of=date(2026, 4, 1))
    assert get_usual(service.id, date(2026, 1, 4)) is None
    assert get_usual(service.id, date(2026, 3, 31)) == old
    assert get_usual(service.id, date(2026, 4, 1)) == again != new
    assert list_usual([service.id, silent.id], today()) == {service.id: again}


@pytest.mark.parametrize("role", ["agency_manager", "administrator"])
def test_who_keeps_the_service_adds_a_row_and_the_old_one_stays(client_for: ClientFor, role: str) -> None:
    service = make_service()
    make_wait(service, days=15, source="Old records")
    user = make_user(role, service.agency if role == "agency_manager" else None, name="Keeper")
    client = client_for(user)
    answer = client.post(f"/services/{service.id}/usual-waits/new", data=filled())
    assert answer.location == f"/services/{service.id}#usual-wait"
    rows = db.session.scalars(sa.select(UsualWait).order_by(UsualWait.id)).all()
    assert [(row.days, row.source) for row in rows] == [(15, "Old records"), (20, "Own records")]
    assert rows[1].recorded_by_id == user.id
    assert trace()[-1] == ("usual_wait.added", [rows[1].id], service.agency_id)
    page = said(client.get(f"/services/{service.id}"))
    assert "Usual wait for a first appointment: half wait 20 working days or less." in page
    assert "Since 1 July 2026. Source: Own records" in page
    assert "Since 5 January 2026. Source: Old records" in page
    assert "Added by Keeper" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"kind": "target", "unit": "calendar", "days": 1},
            "first appointment: the target is 1 calendar day.",
        ),
        ({"kind": "maximum", "until_step": "start"}, "service to start: at most 20 working days."),
    ],
)
def test_the_page_says_what_the_number_means(
    client_for: ClientFor, values: dict[str, Any], words: str
) -> None:
    service = make_service()
    make_wait(service, **values)
    assert words in said(client_for(make_user()).get(f"/services/{service.id}"))


def test_what_begins_later_is_not_said_yet(client_for: ClientFor) -> None:
    service = make_service()
    make_wait(service, as_of=today() + timedelta(days=1))
    assert "has not said how long" in said(client_for(make_user()).get(f"/services/{service.id}"))


def test_others_add_none(client_for: ClientFor) -> None:
    service = make_service()
    path = f"/services/{service.id}/usual-waits/new"
    for role in ("iom_officer", "iom_manager", "agency_worker", "analyst"):
        client = client_for(make_user(role, service.agency if role == "agency_worker" else None))
        assert client.post(path, data=filled()).status_code == 403
        assert "Add a usual wait" not in client.get(f"/services/{service.id}").text
    assert client_for(make_user("agency_manager")).post(path, data=filled()).status_code == 404
    assert db.session.scalars(sa.select(UsualWait)).all() == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": ""}, "Enter a number of days"),
        ({"days": "2001"}, "Enter a number from 0 to 2000"),
        ({"unit": ""}, "Select working days or calendar days"),
        ({"until_step": "never"}, "Select an answer from the list"),
        ({"kind": ""}, "Select what the number means"),
        ({"source": ""}, "Enter where the number comes from"),
        (dated("as_of", today() + timedelta(days=1)), "The date must be today or in the past"),
        (dated("as_of", date(1999, 12, 31)), "The date must be after 1999"),
    ],
)
def test_each_mistake_is_said_beside_its_field(
    client_for: ClientFor, changes: dict[str, Any], message: str
) -> None:
    service = make_service()
    client = client_for(make_user("agency_manager", service.agency))
    page = client.post(f"/services/{service.id}/usual-waits/new", data=filled(**changes))
    assert page.status_code == 422
    assert list(errors(page).values()) == [message]


def test_no_hostile_answer_is_a_fault(client_for: ClientFor) -> None:
    service = make_service()
    client = client_for(make_user("agency_manager", service.agency))
    for text in HOSTILE:
        form = {name: text.encode("utf-8", "surrogatepass") for name in filled()}
        answer = client.post(f"/services/{service.id}/usual-waits/new", data=form)
        assert answer.status_code in (400, 422)

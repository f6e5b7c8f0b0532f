"""The workload page of a manager, and who is away."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts import absences
from portal.accounts.models import Absence, User
from portal.caseload import queries
from portal.db import db
from portal.referrals import actions
from tests.caseload.test_giving import Scene
from tests.factories import make_sent, make_user
from tests.referring.test_statements import count

Clients = Callable[[User], FlaskClient]

TODAY = datetime.now(UTC).date()


@pytest.fixture
def scene(database: None, client_for: Clients) -> Scene:
    return Scene(client_for)


def numbers_of(page: str, name: str) -> list[str]:
    """The row of the workload table that begins with this name."""
    row = page[page.index(name) :].split("</tr>")[0]
    return re.findall(r'portal-table__value">([0-9]+)<', row)


def day(name: str, when: date) -> dict[str, int]:
    return {f"{name}-day": when.day, f"{name}-month": when.month, f"{name}-year": when.year}


def away(scene: Scene, client: FlaskClient, first: int = 0, last: int = 5, **data: object):
    days = day("from_on", TODAY + timedelta(first)) | day("to_on", TODAY + timedelta(last))
    return client.post("/caseload/absences", data=days | data)


def recorded() -> list[tuple[int, int | None]]:
    return [
        (row.user_id, row.cover_id) for row in db.session.scalars(sa.select(Absence).order_by(Absence.id))
    ]


def test_each_worker_has_a_row_with_what_they_have_to_do_and_the_totals_add_up(scene: Scene) -> None:
    for _ in range(2):
        make_sent(scene.service).worker_id = scene.worker.id
    late = make_sent(scene.service)
    late.worker_id, late.late_from = scene.worker.id, TODAY
    accepted, begun = make_sent(scene.service), make_sent(scene.service)
    for referral in (accepted, begun):
        actions.accept(referral, scene.worker, datetime.now(UTC), priority=True, worker_id=scene.colleague.id)
    actions.start(begun, scene.colleague, datetime.now(UTC))
    actions.close(begun, scene.colleague, datetime.now(UTC), outcome="met", reason="completed")
    make_sent().worker_id = None
    db.session.flush()
    page = scene.client_for(scene.manager).get("/caseload").text
    assert numbers_of(page, f"worker={scene.worker.id}&") == ["3", "0", "0", "0", "1"]
    assert numbers_of(page, f"worker={scene.colleague.id}&") == ["0", "0", "1", "0", "0"]
    assert numbers_of(page, f"worker={scene.manager.id}&") == ["0"] * 5
    assert numbers_of(page, ">Nobody yet<") == ["1", "0", "0", "0", "0"]
    assert numbers_of(page, ">Total<") == ["4", "0", "1", "0", "1"]
    assert f"/referrals?worker={scene.worker.id}&amp;tab=open" in page


def test_what_nobody_works_on_is_listed_with_a_way_to_assign_it(scene: Scene) -> None:
    foreign = make_sent()
    page = scene.client_for(scene.manager).get("/caseload").text
    assert "1 referral that nobody works on" in page
    assert f"{scene.path}/assign" in page
    assert foreign.reference not in page


def test_the_workload_page_is_for_managers_of_agencies(scene: Scene) -> None:
    for role in ("agency_worker", "iom_officer", "iom_manager", "analyst", "administrator"):
        client = scene.client_for(make_user(role))
        assert client.get("/caseload").status_code == 403
        assert 'href="/caseload"' not in client.get("/services").text
    assert 'href="/caseload"' in scene.client_for(scene.manager).get("/services").text


def test_the_workload_page_asks_as_often_for_much_work_as_for_little(scene: Scene) -> None:
    client = scene.client_for(scene.manager)
    few = count(client, "/caseload")
    for number in range(6):
        worker = make_user("agency_worker", scene.service.agency)
        absences.add_absence(worker.id, TODAY, TODAY, scene.worker.id, scene.manager.id)
        make_sent(scene.service)
        make_sent(scene.service).worker_id = worker.id
        if number == 0:
            count(client, "/caseload")
    assert count(client, "/caseload") == few
    assert few <= 16


def test_a_worker_records_their_own_absence_and_nobody_elses(scene: Scene) -> None:
    client = scene.client_for(scene.worker)
    page = client.get("/caseload/absences").text
    assert "Who is away?" not in page
    assert away(scene, client, user=scene.colleague.id, cover=scene.colleague.id).status_code == 302
    assert recorded() == [(scene.worker.id, scene.colleague.id)]
    absences.add_absence(scene.colleague.id, TODAY, TODAY, None, scene.manager.id)
    listed = client.get("/caseload/absences").text
    assert "You have recorded no absences" not in listed
    assert listed.count("Remove") == 1


def test_a_manager_records_anybodys_absence_of_the_agency(scene: Scene) -> None:
    client = scene.client_for(scene.manager)
    assert away(scene, client, user=scene.worker.id, cover=scene.manager.id).status_code == 302
    assert away(scene, client, user=make_user("agency_worker").id).status_code == 422
    assert recorded() == [(scene.worker.id, scene.manager.id)]
    assert "covers" in scene.client_for(scene.manager).get("/caseload").text


def test_days_that_make_no_sense_are_refused_beside_their_field(scene: Scene) -> None:
    client = scene.client_for(scene.manager)
    for first, last, data, message in (
        (3, 1, {}, "The last day must be on or after the first day"),
        (-9, -3, {}, "The date must be today or later"),
        (0, 3, {"cover": scene.worker.id}, "Select somebody else to cover"),
    ):
        page = away(scene, client, first, last, **({"user": scene.worker.id} | data))
        assert (page.status_code, page.text.count(message)) == (422, 2)
    assert client.post("/caseload/absences").text.count("Select who is away") == 2
    assert away(scene, client, 2, 4, user=scene.worker.id).status_code == 302
    page = away(scene, client, 4, 8, user=scene.worker.id)
    assert (page.status_code, page.text.count("Some of these days are recorded as away already")) == (422, 2)


def test_whoever_covers_covers_on_those_days_alone(scene: Scene) -> None:
    absences.add_absence(scene.worker.id, TODAY, TODAY + timedelta(2), scene.colleague.id, scene.manager.id)
    absences.add_absence(scene.manager.id, TODAY, TODAY, scene.colleague.id, scene.manager.id)
    covered = {d: absences.list_covered(scene.colleague.id, TODAY + timedelta(d)) for d in (-1, 0, 2, 3)}
    both = tuple(sorted((scene.worker.id, scene.manager.id)))
    assert covered == {-1: (), 0: both, 2: (scene.worker.id,), 3: ()}
    assert absences.list_covered(scene.worker.id, TODAY) == ()


def test_an_absence_is_removed_by_its_user_or_a_manager_of_the_agency(scene: Scene) -> None:
    def add() -> str:
        made = absences.add_absence(scene.worker.id, TODAY, TODAY, None, scene.worker.id)
        db.session.commit()
        return f"/caseload/absences/{made.id}/remove"

    url = add()
    for stranger in (scene.colleague, make_user("agency_manager")):
        assert scene.client_for(stranger).post(url).status_code == 404
    assert scene.client_for(make_user("iom_manager")).post(url).status_code == 403
    assert scene.client_for(scene.worker).post(url).status_code == 302
    assert scene.client_for(scene.manager).post(add()).status_code == 302
    assert recorded() == []
    assert scene.client_for(scene.manager).post(url).status_code == 404


def test_agencies_see_no_absences_of_another(scene: Scene) -> None:
    absences.add_absence(scene.worker.id, TODAY, TODAY, None, scene.worker.id)
    assert (
        scene.worker.name not in scene.client_for(make_user("agency_manager")).get("/caseload/absences").text
    )
    assert absences.list_away(scene.service.agency_id, TODAY).keys() == {scene.worker.id}
    assert queries.list_staff(scene.service.agency_id)[0].agency_id == scene.service.agency_id

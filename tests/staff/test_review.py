"""Reviews of access: whose they are, what each answer does, when they close and when they fall due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.actions import open_session
from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.clocks.clock import london_date
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail
from portal.reminders.needs import count_needs
from portal.staff import actions, queries
from portal.staff.models import AccessAnswer, AccessReview
from tests.factories import GWENT, SOUTH_WALES, area, make_agency, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=200)


def units(viewer: User) -> dict[str, tuple[int, int]]:
    """Key -> (members, without an answer), as the viewer's own scope shows them."""
    enter_scope(scope_of(viewer.id))
    found = {unit.key: (unit.members, unit.left) for unit in queries.list_units(viewer)}
    enter_scope(SYSTEM)
    return found


def unit_of(viewer: User) -> queries.Unit:
    enter_scope(scope_of(viewer.id))
    [unit] = queries.list_units(viewer)
    enter_scope(SYSTEM)
    return unit


def needs(viewer: User) -> tuple[int, int]:
    """As the first page counts, and as the digest does."""
    enter_scope(scope_of(viewer.id))
    counts = count_needs(viewer, NOW)
    enter_scope(SYSTEM)
    return counts["access"], counts["access_overdue"]


def answers() -> list[tuple[int, str]]:
    enter_scope(SYSTEM)
    rows = db.session.execute(sa.select(AccessAnswer.user_id, AccessAnswer.answer).order_by(AccessAnswer.id))
    return [(row.user_id, row.answer) for row in rows]


def test_each_user_is_reviewed_by_somebody_who_is_not_themselves() -> None:
    agency = make_agency()
    manager, worker = make_user("agency_manager", agency), make_user("agency_worker", agency)
    orphan = make_user("agency_worker")
    south, gwent = make_user("iom_manager"), make_user("iom_manager", areas=[area(GWENT)])
    second = make_user("iom_manager", areas=[area(GWENT)])
    both = make_user(areas=[area(SOUTH_WALES), area(GWENT)])
    analyst, admin, other_admin = make_user("analyst"), make_user("administrator"), make_user("administrator")
    make_user("agency_worker", agency, suspended_at=NOW)
    assert units(manager) == {f"agency-{agency.id}": (1, 1)}
    assert units(south) == {f"area-{area().id}": (1, 1)}
    assert units(gwent) == units(second) == {f"area-{area(GWENT).id}": (2, 2)}
    assert units(worker) == units(both) == {}
    enter_scope(SYSTEM)
    others = {one.user.id for one in queries.list_members(unit_of(admin))}
    mine = {manager.id, orphan.id, south.id, analyst.id, admin.id, other_admin.id}
    known = {manager, worker, orphan, south, gwent, second, both, analyst, admin, other_admin}
    assert others & {user.id for user in known} == mine


def test_a_manager_keeps_several_at_once_changes_one_and_suspends_one(client_for: Clients) -> None:
    agency = make_agency()
    manager = make_user("agency_manager", agency)
    kept, other, changed, gone = (make_user("agency_worker", agency) for _n in range(4))
    admin = make_user("administrator")
    client, left = client_for(manager), client_for(gone)
    path = f"/access/reviews/agency-{agency.id}"
    page = client.get(path).text
    assert "All services; All areas" in page
    assert "Never" in page
    assert client.post(path).status_code == 422
    assert client.post(path, data={"users": [kept.id, other.id]}).status_code == 302
    bare = client.post(f"{path}/{changed.id}", data={"answer": "change"})
    assert bare.status_code == 422
    assert "Say what should change" in bare.text
    client.post(f"{path}/{changed.id}", data={"answer": "change", "words": "Only the hostel"})
    assert client.post(f"{path}/close").status_code == 409
    asked = client.post(f"{path}/{gone.id}", data={"answer": "suspend", "words": "Left in May"})
    assert asked.location == f"/access/leavers/{gone.id}"
    assert left.get("/account").status_code == 302
    assert answers() == [(kept.id, "keep"), (other.id, "keep"), (changed.id, "change"), (gone.id, "suspend")]
    mails = sa.select(OutboxEmail.address).where(OutboxEmail.template == "access_change")
    assert list(db.session.scalars(mails)) == [admin.email]
    assert client.post(f"{path}/close").status_code == 302
    review = db.session.scalars(sa.select(AccessReview)).one()
    assert (review.closed_by_id, review.closed_at is not None) == (manager.id, True)
    assert unit_of(manager).due_on == london_date(NOW) + queries.EVERY


def test_an_administrator_marks_the_change_as_made(client_for: Clients) -> None:
    agency = make_agency()
    manager, worker = make_user("agency_manager", agency), make_user("agency_worker", agency)
    made = actions.answer(unit_of(manager), worker, manager, "change", "«Dim ond yr hostel»")
    admin = client_for(make_user("administrator"))
    assert "«Dim ond yr hostel»" in admin.get("/access").text
    assert admin.post(f"/access/changes/{made.id}/done").status_code == 302
    assert "«Dim ond yr hostel»" not in admin.get("/access").text
    assert admin.post("/access/changes/999999/done").status_code == 404


def test_nobody_answers_for_themselves_for_another_manager_or_beyond_their_own(client_for: Clients) -> None:
    manager, second, officer = make_user("iom_manager"), make_user("iom_manager"), make_user()
    foreign = make_user(areas=[area(GWENT)])
    path = f"/access/reviews/area-{area().id}"
    client = client_for(manager)
    assert client.get(f"{path}/{manager.id}").status_code == 404
    assert client.get(f"{path}/{foreign.id}").status_code == 404
    assert client.post(path, data={"users": [manager.id]}).status_code == 422
    refused = client.post(f"{path}/{second.id}", data={"answer": "suspend", "words": "x"})
    assert refused.status_code == 422
    assert db.session.get_one(User, second.id).suspended_at is None
    for key in (f"area-{area(GWENT).id}", "others", "agency-1", "x"):
        assert client.get(f"/access/reviews/{key}").status_code == 404
    assert client_for(officer).get("/access").status_code == 403
    assert answers() == []


def test_who_has_been_quiet_for_90_days_is_marked_and_signing_in_is_noted() -> None:
    agency = make_agency()
    manager = make_user("agency_manager", agency)
    quiet, fresh = (make_user("agency_worker", agency, created_at=LONG_AGO) for _n in range(2))
    open_session(fresh, "")
    db.session.flush()
    db.session.expire_all()
    members = {one.user.id: one for one in queries.list_members(unit_of(manager))}
    assert members[quiet.id].has_been_quiet(NOW)
    assert not members[fresh.id].has_been_quiet(NOW)


def test_a_review_stands_on_the_first_page_before_it_is_due_and_in_the_digest_once_it_is_overdue(
    client_for: Clients,
) -> None:
    agency = make_agency()
    created = {"created_at": NOW - timedelta(days=80)}
    manager = make_user("agency_manager", agency, **created)
    worker = make_user("agency_worker", agency, **created)
    assert "Staff whose access to review" in client_for(manager).get("/").text
    assert needs(manager) == (1, 0)
    worker.created_at = NOW - timedelta(days=95)
    db.session.flush()
    assert needs(manager) == (1, 1)
    actions.answer(unit_of(manager), worker, manager, "keep")
    assert needs(manager) == (0, 0)


def test_an_administrator_has_the_card_as_well(client_for: Clients) -> None:
    admin = make_user("administrator")
    make_user("analyst", created_at=LONG_AGO)
    assert "Staff whose access to review" in client_for(admin).get("/").text


def test_users_whom_nobody_has_reviewed_for_120_days_are_found() -> None:
    agency = make_agency()
    manager = make_user("agency_manager", agency)
    old = make_user("agency_worker", agency, created_at=LONG_AGO)
    emails, total = queries.list_unreviewed(NOW, 1000)
    assert old.email in emails
    assert manager.email not in emails
    actions.answer(unit_of(manager), old, manager, "keep")
    db.session.flush()
    assert queries.list_unreviewed(NOW, 1000)[1] == total - 1


def test_the_database_shows_reviews_to_those_who_answer_for_them_alone() -> None:
    agency = make_agency()
    manager, worker = make_user("agency_manager", agency), make_user("agency_worker", agency)
    actions.answer(unit_of(manager), worker, manager, "keep", "«Geiriau»")

    def seen(viewer: User) -> tuple[int, int]:
        enter_scope(scope_of(viewer.id))
        found = tuple(
            db.session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (AccessReview, AccessAnswer)
        )
        enter_scope(SYSTEM)
        return found  # type: ignore[return-value]

    assert seen(manager) == seen(make_user("administrator")) == (1, 1)
    others = (
        worker,
        make_user("agency_manager"),
        make_user("iom_manager"),
        make_user("analyst"),
        make_user(),
    )
    assert {seen(user) for user in others} == {(0, 0)}


def test_the_statements_of_a_review_do_not_grow_with_its_users(client_for: Clients) -> None:
    agency = make_agency()
    client = client_for(make_user("agency_manager", agency))
    asked: list[str] = []
    connection = db.session.connection()

    def count(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(connection.engine, "before_cursor_execute", count)
    try:
        numbers = []
        for more in (1, 5):
            for _n in range(more):
                make_user("agency_worker", agency)
            asked.clear()
            assert client.get(f"/access/reviews/agency-{agency.id}").status_code == 200
            numbers.append(len(asked))
    finally:
        sa.event.remove(connection.engine, "before_cursor_execute", count)
    assert numbers[0] == numbers[1]

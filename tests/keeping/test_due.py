"""Who is due for review, and the pages on which it is decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.keeping import actions
from portal.keeping.due import CAP, PAGE, count_due, get_standing, list_due, list_pending
from portal.keeping.models import KeepingDecision, PersonCopy
from portal.people.models import CohortSpell, Person, PersonReader
from portal.referrals import actions as referrals
from tests.factories import GWENT, area, make_draft, make_person, make_sent, make_service, make_user
from tests.keeping.scene import TODAY, ago, day
from tests.referrals.test_lists import statements

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
DAYS = 2191


def make_old(ended: int | None = DAYS, **values: object) -> Person:
    """Somebody whose one spell ended so many days ago; without a spell if None."""
    person = make_person(None, **{"created_at": ago(4000)} | values)
    if ended is not None:
        db.session.add(CohortSpell(person_id=person.id, cohort="flex", from_on=day(4000), to_on=day(ended)))
    db.session.flush()
    return person


def due_ids(today: date = TODAY) -> list[int]:
    return [one.person_id for one in list_due(today, DAYS)[0]]


def test_a_record_is_due_the_day_the_period_is_over_and_not_before() -> None:
    person = make_old(DAYS)
    make_old(DAYS - 1)
    assert due_ids() == [person.id]
    assert len(due_ids(TODAY + timedelta(days=1))) == 2
    assert get_standing(person.id, TODAY, DAYS).due_on == TODAY  # type: ignore[union-attr]


def test_somebody_who_was_never_on_iom_is_due_from_when_they_were_added() -> None:
    old = make_old(None)
    make_old(None, created_at=ago(100))
    assert due_ids() == [old.id]


@pytest.mark.parametrize(
    "what", ["open spell", "live referral", "draft", "late referral", "joined", "joined open"]
)
def test_who_is_not_due(what: str) -> None:
    person = make_old()
    if what == "open spell":
        db.session.add(CohortSpell(person_id=person.id, cohort="flex", from_on=day(10)))
    elif what == "live referral":
        make_sent(make_service(), person, at=ago(3900))
    elif what == "draft":
        make_draft(person)
    elif what == "late referral":
        sent = make_sent(make_service(), person, at=ago(300))
        referrals.withdraw(sent, sent.referrer, ago(200), reason="moved_away")
    elif what == "joined":
        person.joined_to = make_old(10).id
    else:
        other = make_old(joined_to=person.id)
        db.session.add(CohortSpell(person_id=other.id, cohort="flex", from_on=day(10)))
    db.session.flush()
    assert due_ids() == []


def test_a_decision_to_keep_holds_until_its_day() -> None:
    person, manager = make_old(), make_user("iom_manager")
    actions.keep(person, TODAY + timedelta(days=9), reason="claim", words="", by_id=manager.id, token="k")
    assert due_ids() == []
    assert due_ids(TODAY + timedelta(days=8)) == []
    assert due_ids(TODAY + timedelta(days=9)) == [person.id]
    actions.erase(person, TODAY, reason="asked", words="", by_id=manager.id, token="e")
    assert due_ids(TODAY + timedelta(days=9)) == []
    assert [one.person_id for one in list_pending(TODAY, DAYS)] == [person.id]
    actions.stop(person, by_id=manager.id, token="s")
    assert list_pending(TODAY, DAYS) == []
    assert due_ids() == [person.id]


@pytest.mark.parametrize("seed", range(4))
def test_the_count_is_that_of_the_list_for_whoever_asks(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - for tests
    manager = make_user("iom_manager")
    for number in range(40):
        person = make_old(
            random.choice([None, 10, DAYS, 3000]),
            area=area(random.choice(["W15000003", GWENT])),
            restricted=random.random() < 0.3,
            created_at=ago(random.choice([10, 4000])),
        )
        if random.random() < 0.5:
            db.session.add(PersonReader(person_id=person.id, user_id=manager.id))
        if random.random() < 0.3:
            act = random.choice([actions.keep, actions.erase])
            act(person, TODAY, reason="asked", words="", by_id=manager.id, token=f"{seed} {number}")
    db.session.flush()
    named = tuple(row.person_id for row in db.session.query(PersonReader))
    for areas in ((area().id,), (area().id, area(GWENT).id)):
        for people in ((), named):
            enter_scope(Scope("iom", manager.id, area_ids=areas, person_ids=people))
            listed = [one for page in (1, 2, 3) for one in list_due(TODAY, DAYS, page)[0]]
            assert len({one.person_id for one in listed}) == len(listed) == count_due(TODAY, DAYS) < CAP
            assert all(not one.restricted or one.person_id in people for one in listed)
    enter_scope(SYSTEM)


def main(client: FlaskClient, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    body = BeautifulSoup(page.text, "html.parser").main
    assert body
    return body.get_text(" ", strip=True)


def test_the_register_says_how_many_wait(client_for: Clients) -> None:
    make_old()
    make_old(restricted=True)
    assert "Records to review" in main(client_for(make_user("iom_manager")), "/register")
    assert "1 waits" in main(client_for(make_user("iom_manager")), "/register")
    assert "Records to review" not in main(client_for(make_user()), "/register")
    assert client_for(make_user()).get("/register/keeping").status_code == 403


def test_overdue_records_are_marked(client_for: Clients) -> None:
    make_old(DAYS + 1)
    assert "Overdue" not in main(client_for(make_user("iom_manager")), "/register/keeping")
    make_old(DAYS + 31)
    assert "Overdue" in main(client_for(make_user("iom_manager")), "/register/keeping")


def test_a_manager_decides_on_erasure_and_stops_it(client_for: Clients) -> None:
    person, manager = make_old(surname="Hen"), make_user("iom_manager")
    client, at = client_for(manager), f"/register/keeping/{person.id}"
    assert client.post(f"{at}/erase", data={"token": "a"}).status_code == 422
    for _twice in range(2):
        assert client.post(f"{at}/erase", data={"reason": "retention", "token": "a"}).status_code == 302
    assert len(db.session.query(KeepingDecision).all()) == 1
    assert "will be erased on" in main(client, at)
    assert client.post(f"{at}/stop", data={"token": "b"}).status_code == 302
    assert "has been due for review since" in main(client, at)


def test_one_manager_decides_on_many_by_the_pages_as_they_are(client_for: Clients) -> None:
    client = client_for(make_user("iom_manager"))
    for person in (make_old(), make_old()):
        for path, filled in (
            (f"/register/keeping/{person.id}/erase", {"reason": "retention"}),
            (f"/people/{person.id}/copy", {"reason": "subject", "asked_as": "SAR", "language": "en"}),
        ):
            fields = BeautifulSoup(client.get(path).text, "html.parser").select("main input[type=hidden]")
            sent = {str(one["name"]): str(one["value"]) for one in fields}
            assert sent["token"]
            assert client.post(path, data=sent | filled).status_code == 302
    assert db.session.query(KeepingDecision).count() == db.session.query(PersonCopy).count() == 2


def test_an_order_needs_words_and_what_was_typed_stays(client_for: Clients) -> None:
    person = make_old()
    client, at = client_for(make_user("iom_manager")), f"/register/keeping/{person.id}"
    page = client.post(f"{at}/erase", data={"reason": "order", "token": "a"})
    assert page.status_code == 422
    assert "Say who ordered it and when" in page.text
    page = client.post(
        f"{at}/keep", data={"reason": "other", "until-day": "1", "until-month": "2", "until-year": "2001"}
    )
    assert page.status_code == 422
    for words in ("Say why", "after today", 'value="2001"'):
        assert words in page.text


def test_the_period_is_a_reason_only_once_it_is_over(client_for: Clients) -> None:
    person = make_old(100)
    client, at = client_for(make_user("iom_manager")), f"/register/keeping/{person.id}/erase"
    assert "The period for keeping it is over" not in client.get(at).text
    assert client.post(at, data={"reason": "retention", "token": "a"}).status_code == 422
    assert client.post(at, data={"reason": "in_error", "token": "a"}).status_code == 302


def test_nobody_on_iom_is_offered_for_erasure(client_for: Clients) -> None:
    person = make_person()
    client, at = client_for(make_user("iom_manager")), f"/register/keeping/{person.id}"
    assert "Erase the record" not in main(client, at)
    assert client.post(f"{at}/erase", data={"reason": "in_error", "token": "a"}).status_code == 302
    assert db.session.query(KeepingDecision).all() == []


def test_an_administrator_changes_a_period_within_its_bounds(client_for: Clients) -> None:
    client = client_for(make_user("administrator"))
    assert "6 years after" in main(client, "/admin/retention")
    assert client.post("/admin/retention/people", data={"days": "30"}).status_code == 422
    assert client.post("/admin/retention/people", data={"days": ""}).status_code == 422
    assert client.post("/admin/retention/people", data={"days": "1461"}).status_code == 302
    assert "4 years after" in main(client, "/admin/retention")
    for fixed in ("names", "drafts", "nothing"):
        assert client.get(f"/admin/retention/{fixed}").status_code == 404
    assert client_for(make_user("iom_manager")).get("/admin/retention").status_code == 403


def test_statements_of_the_list_do_not_depend_on_its_rows(client_for: Clients) -> None:
    client = client_for(make_user("iom_manager"))
    make_old()
    client.get("/register/keeping")
    with statements() as few:
        client.get("/register/keeping")
    for _more in range(PAGE + 5):
        make_old(3000)
    db.session.commit()
    with statements() as many:
        assert "page=2" in client.get("/register/keeping").text
    assert len(many) == len(few)

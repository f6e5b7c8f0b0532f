"""Erasure: nothing is left of the person, every figure stays, and it comes back after no restore."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError

from portal.accounts.models import User
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.keeping import actions, erasing
from portal.keeping.erasing import erase, erase_due, reapply_erasures, register_file
from portal.keeping.models import Erasure, KeepingDecision
from portal.mail import OutboxEmail, deliver_due
from portal.needs import counting
from portal.needs.asking import Asked
from portal.needs.queries import count_unreferred
from portal.people.erased import list_erased
from portal.people.models import CohortSpell, Person, PersonNeed
from portal.referrals import pause_actions
from portal.turnaround.document import CODES, document
from portal.turnaround.filters import Filter
from portal.turnaround.need_steps import need_counts
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import CANARY, NOW, TODAY, make_everything

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
YEAR = Filter(TODAY - timedelta(days=600), TODAY, as_of=TODAY)


@pytest.fixture(autouse=True)
def clean_home(database: None) -> Iterator[None]:
    yield
    register_file().unlink(missing_ok=True)


def test_the_canary_is_in_no_row_of_no_table_and_in_no_file() -> None:
    scene = make_everything(20)
    deliver_due()
    assert tables_with(CANARY)
    numbers = [scene.person.crn, scene.person.pnc_id, scene.person.noms_number, scene.joined.niche_ref]
    decide_and_erase(scene)
    erasing.write_register()
    assert [tables_with(str(text)) for text in (CANARY, *numbers)] == [{}] * 5
    for number in (f"{scene.person.id}X", "C0000"):
        assert number not in register_file().read_text()
    for file in register_file().parent.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file


def tables_with(text: str) -> dict[str, int]:
    """How many rows of each table have the text anywhere in them."""
    query = sa.text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found = {}
    for table in db.session.scalars(query).all():
        rows = db.session.scalar(
            sa.text(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE :text'),  # noqa: S608 - a table
            {"text": f"%{text}%"},
        )
        found[table] = rows or 0
    return {table: rows for table, rows in found.items() if rows}


def figures(scopes: list[Scope]) -> dict[str, Any]:
    """All that is counted, as each of these sees it."""
    found: dict[str, Any] = {}
    for number, scope in enumerate(scopes):
        enter_scope(scope)
        for measure in CODES:
            for by in ("agency", "area", "cohort"):
                asked = Filter(YEAR.from_on, YEAR.to_on, as_of=TODAY, by=by)
                found[f"{number} {measure} {by}"] = json.dumps(document(asked, measure, [5, 10, 20]))
        found[f"{number} needs"] = need_counts(YEAR) if scope.kind != "agency" else None
        asked = Asked(TODAY)
        needs, days = counting.count_needs(asked)
        found[f"{number} on IOM"] = counting.count_people(asked), needs
        found[f"{number} waits"] = {step: repr(waits) for step, waits in days.items()}
        found[f"{number} unreferred"] = count_unreferred(most=1000)
    enter_scope(SYSTEM)
    return found


PAGES = ("", "/declines", "/needs", "/appointments", "/chases", "/days", "/trend")
COUNTS = "/referrals?tab=ended"


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_the_same_before_and_after(seed: int, client_for: Clients) -> None:
    random = Random(seed)  # noqa: S311 - for tests
    scenes = [
        make_everything(
            random.randint(2, 90),
            restricted=random.random() < 0.4,
            area=area(random.choice(["W15000003", GWENT])),
        )
        for _ in range(4)
    ]
    live = make_sent(scenes[0].referral.service, at=NOW - timedelta(days=40)).person
    live.needs.append(PersonNeed(need_code="health", identified_on=TODAY, changed_on=TODAY))
    db.session.flush()
    both = [area(), area(GWENT)]
    readers = [
        scenes[0].manager,
        make_user("iom_manager", areas=both),
        make_user("analyst"),
        scenes[0].worker,
    ]
    clients = [client_for(user) for user in (*readers[:2], readers[2])]
    scopes = [
        SYSTEM,
        Scope("iom", readers[1].id, area_ids=tuple(one.id for one in both)),
        Scope(
            "iom",
            scenes[1].manager.id,
            area_ids=(area().id, area(GWENT).id),
            person_ids=(scenes[1].person.id,),
        ),
        Scope("figures", readers[2].id, area_ids=None),
        Scope("agency", readers[3].id, agency_id=readers[3].agency_id, area_ids=None, service_ids=None),
    ]
    before, shown = figures(scopes), pages(clients)
    for scene in random.sample(scenes, 3):
        decide_and_erase(scene)
    assert figures(scopes) == before
    assert pages(clients) == shown


def pages(clients: list[FlaskClient]) -> list[str]:
    asked = f"?from-day={YEAR.from_on.day}&from-month={YEAR.from_on.month}&from-year={YEAR.from_on.year}"
    found = []
    for client in clients:
        for page in PAGES:
            response = client.get(f"/turnaround{page}{asked}")
            main = BeautifulSoup(response.text, "html.parser").main
            found.append(main.get_text(" ", strip=True) if main else str(response.status_code))
        main = BeautifulSoup(client.get("/needs").text, "html.parser").main
        found.append(main.get_text(" ", strip=True) if main else "")
        lines = BeautifulSoup(client.get(COUNTS).text, "html.parser").select("main tbody tr")
        found.append(str(len(lines)))
    return found


def test_a_duplicate_that_is_erased_stays_out_of_the_figures() -> None:
    lead = make_person(crn="X999999")
    scene = make_everything(20)
    scene.person.duplicate_of = lead.id
    db.session.flush()
    decide_and_erase(scene)
    assert scene.person.duplicate_of == lead.id


def test_mails_that_wait_go_and_nobody_else_loses_any() -> None:
    scene, other = make_everything(20), make_sent(make_service(intake_email="a@test.example"))
    db.session.execute(sa.insert(OutboxEmail), [
        {"key": f"q {n}", "template": "sent", "address": "a@test.example", "language": "en", "params": params}
        for n, params in enumerate(({"reference": scene.referral.reference}, {"person": scene.person.id}))
    ])  # fmt: skip
    decide_and_erase(scene)
    left = db.session.scalars(
        sa.select(OutboxEmail.params["reference"].astext).where(OutboxEmail.sent_at.is_(None))
    )
    assert set(left) == {other.reference}


@pytest.mark.parametrize("why", ["on IOM", "live referral"])
def test_nobody_is_erased_while_something_goes_on(why: str) -> None:
    scene = make_everything(20)
    if why == "on IOM":
        db.session.add(CohortSpell(person_id=scene.person.id, cohort="flex", from_on=TODAY))
    else:
        make_sent(make_service(), scene.person)
    actions.erase(scene.person, TODAY, reason="order", words="x", by_id=scene.manager.id, token="w")
    db.session.commit()
    assert not erase(scene.person.id, TODAY)
    assert erase_due() == 0
    assert db.session.scalars(sa.select(Person.surname).where(Person.id == scene.person.id)).one() == CANARY


def test_an_erasure_cools_off_and_can_be_stopped() -> None:
    scene, stopped = make_everything(20), make_everything(20)
    for one in (scene, stopped):
        day = actions.erase(one.person, TODAY, reason="asked", words="", by_id=one.manager.id, token="e")
        assert day == TODAY + timedelta(days=7)
    actions.stop(stopped.person, by_id=stopped.manager.id, token="s")
    db.session.commit()
    assert erase_due(NOW + timedelta(days=6)) == 0
    assert erase_due(NOW + timedelta(days=7)) == 1
    db.session.expire_all()
    assert scene.person.erased_on == TODAY + timedelta(days=7)
    assert stopped.person.erased_on is None


def test_the_decision_survives_without_its_words() -> None:
    scene = make_everything(20)
    decide_and_erase(scene)
    said = db.session.scalars(sa.select(KeepingDecision).order_by(KeepingDecision.id.desc())).first()
    assert said
    assert (said.action, said.reason, said.words, said.by_id) == ("erase", "order", "", scene.manager.id)
    kept = db.session.scalars(sa.select(Erasure)).one()
    assert (kept.erased_on, kept.reason, kept.decided_by_id) == (TODAY, "order", scene.manager.id)
    assert str(scene.person.id) != kept.reference


def test_what_has_ended_stays_ended() -> None:
    scene = make_everything(20)
    decide_and_erase(scene)
    with pytest.raises(DatabaseError, match="this person is closed"):
        pause_actions.reopen(scene.referral, scene.manager, NOW, words="x")


def test_only_the_worker_erases() -> None:
    scene = make_everything(20)
    db.session.commit()
    enter_scope(Scope("iom", scene.manager.id, area_ids=(area().id,), person_ids=(scene.person.id,)))
    call = sa.text("SELECT erase_person(:id, 'X', '{}', 'order', NULL, current_date)")
    with pytest.raises(DBAPIError, match="only the worker"), db.session.begin_nested():
        db.session.execute(call, {"id": scene.person.id})


def test_an_erased_row_can_be_given_no_name_again() -> None:
    scene = make_everything(20)
    decide_and_erase(scene)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.update(Person).where(Person.id == scene.person.id).values(crn="X1"))


def test_another_person_under_the_same_number_of_row_is_not_erased() -> None:
    scene = make_everything(20)
    decide_and_erase(scene)
    db.session.execute(sa.update(Person).where(Person.id == scene.person.id).values(
        erased_on=None, surname="Arall", forenames="Un", crn="Z000001"))  # fmt: skip
    db.session.commit()
    assert reapply_erasures() == (0, 0)


def test_whoever_was_erased_is_known_again_by_number_where_they_might_have_been_seen() -> None:
    scene, secret = make_everything(20), make_everything(20, restricted=True)
    known = [("delius", scene.person.crn or ""), ("niche", scene.joined.niche_ref or "")]
    hidden = ("delius", secret.person.crn or "")
    for one in (scene, secret):
        decide_and_erase(one)
    assert list_erased([("delius", known[0][1].lower() + " ")])
    enter_scope(Scope("iom", scene.manager.id, area_ids=(area().id,)))
    assert list_erased([*known, hidden, ("delius", "X000000")]) == set(known)
    enter_scope(Scope("iom", scene.manager.id, area_ids=(area(GWENT).id,)))
    assert list_erased(known) == set()
    enter_scope(SYSTEM)
    assert list_erased([hidden]) == {hidden}


def test_nobody_finds_whoever_was_erased(client_for: Clients) -> None:
    scene = make_everything(20)
    manager = client_for(scene.manager)
    assert manager.get(f"/people/{scene.person.id}").status_code == 200
    decide_and_erase(scene)
    for path in ("", "/copy", "/edit"):
        assert manager.get(f"/people/{scene.person.id}{path}").status_code == 404
    for path in ("", "/keep", "/erase"):
        assert manager.get(f"/register/keeping/{scene.person.id}{path}").status_code == 404
    assert "—" not in manager.get("/people?show=all").text.partition("<main")[2].partition("</main")[0]
    page = manager.get(f"/referrals/{scene.referral.reference}")
    assert page.status_code == 200
    assert "Record erased" in page.text
    agency = client_for(scene.worker)
    assert agency.get(f"/referrals/{scene.referral.reference}").status_code == 200
    assert CANARY not in page.text

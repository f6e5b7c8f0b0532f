"""The pages of questions, joins, differences and sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person
from portal.register.models import PersonEdit, PersonPair, SourceRecord
from tests.factories import make_person, make_sent, make_service, make_user
from tests.people.scenes import ClientFor
from tests.register.extracts import delius, niche, pnc, take

pytestmark = pytest.mark.usefixtures("database")
KNOWN: dict[str, Any] = {"surname": "Jones", "forenames": "David", "sex": "male"}


def make_question(number: int = 1) -> int:
    surname = "Jones" if number == 1 else f"Jones-{'abcdefghij'[number % 10]}{'abcdefghij'[number // 10]}"
    said = KNOWN | {"surname": surname, "date_of_birth": date(1960 + number % 30, 5, 4)}
    take(delius(f"X{100000 + number}", **said, pnc_id=pnc(number)))
    born = date(1940, 2, 1)
    take(niche(f"N{number}", **said | {"date_of_birth": born, "forenames": "Ifor"}, pnc_id=pnc(number)))
    db.session.commit()
    return db.session.scalars(sa.select(sa.func.max(PersonPair.id)).where(PersonPair.state == "asked")).one()


def state_of(pair: int) -> str | None:
    return db.session.scalar(sa.select(PersonPair.state).where(PersonPair.id == pair))


def test_a_question_shows_both_records_and_says_in_words_whether_they_agree(client_for: ClientFor) -> None:
    pair = make_question()
    client = client_for(make_user())
    page = client.get("/register/pairs").text
    assert "1 question waits" in page
    assert f"/register/pairs/{pair}" in page
    page = client.get(f"/register/pairs/{pair}").text
    for words in (
        "Delius X100001",
        "Niche N1",
        "The PNC ID is the same",
        "The dates of birth differ",
        "Differs",
        "Same",
    ):
        assert words in page
    assert "1 waits" in client.get("/register").text


@pytest.mark.parametrize(
    ("answer", "state"), [("same", "joined"), ("different", "refused"), ("later", "asked")]
)
def test_an_answer_is_kept_and_the_next_question_follows(
    client_for: ClientFor, answer: str, state: str
) -> None:
    pair, following = make_question(1), make_question(2)
    client = client_for(make_user())
    response = client.post(f"/register/pairs/{pair}", data={"answer": answer})
    assert (response.status_code, response.location) == (302, f"/register/pairs/{following}")
    assert state_of(pair) == state
    last = client.post(f"/register/pairs/{following}", data={"answer": "different"})
    assert last.location == "/register/pairs"
    again = client.post(f"/register/pairs/{pair}", data={"answer": "same"})
    assert again.status_code == (302 if answer == "later" else 404)


def test_without_an_answer_the_page_says_so(client_for: ClientFor) -> None:
    pair = make_question()
    response = client_for(make_user()).post(f"/register/pairs/{pair}", data={"answer": "perhaps"})
    assert response.status_code == 422
    assert "Say whether they are the same person" in response.text
    assert state_of(pair) == "asked"


def test_two_who_are_referred_alike_are_not_joined_and_the_page_says_why(client_for: ClientFor) -> None:
    service = make_service()
    for values in ({"crn": "X100001"}, {"niche_ref": "N1"}):
        make_sent(service, make_person(surname="Jones", forenames="David", **values))
    pair = make_question()
    response = client_for(make_user()).post(f"/register/pairs/{pair}", data={"answer": "same"})
    assert response.status_code == 409
    assert "Withdraw or close one of the two" in response.text
    assert state_of(pair) == "asked"


def test_a_join_is_listed_and_undone(client_for: ClientFor) -> None:
    officer = make_user(name="Mari Enghraifft")
    client = client_for(officer)
    pair = make_question()
    client.post(f"/register/pairs/{pair}", data={"answer": "same"})
    page = client.get("/register/joined").text
    assert "by Mari Enghraifft" in page
    hidden = db.session.scalars(sa.select(Person).where(Person.joined_to.is_not(None))).one()
    leads = hidden.joined_to
    response = client.post(f"/register/joined/{hidden.id}/undo")
    assert response.location == f"/people/{leads}/sources"
    assert state_of(pair) == "refused"
    assert client.post(f"/register/joined/{hidden.id}/undo").status_code == 404
    assert client.get(f"/people/{hidden.id}").status_code == 200


def make_different() -> int:
    take(delius(pnc_id=pnc(1), surname="Rees", cohort="fixed", cohort_from=date(2026, 1, 5), wisdom=False))
    take(niche(pnc_id=pnc(1), surname="Prys", wisdom=True))
    db.session.commit()
    return db.session.scalars(sa.select(SourceRecord.leads_id).where(SourceRecord.source == "niche")).one()


def test_differences_are_listed_shown_and_decided(client_for: ClientFor) -> None:
    person = make_different()
    client = client_for(make_user(name="Mari Enghraifft"))
    assert "Last name, Cohort, WISDOM" in client.get("/register/differences").text
    assert f"/people/{person}/sources" in client.get(f"/people/{person}").text
    page = client.get(f"/people/{person}/sources").text
    for words in ("Rees", "Prys", "Fixed from 5 January 2026", "Delius X100001", "Niche N1"):
        assert words in page
    record = db.session.scalar(sa.select(SourceRecord.id).where(SourceRecord.source == "niche"))
    at = f"/people/{person}/sources/surname"
    version = db.session.get_one(Person, person).version
    refused = client.post(at, data={"version": version})
    assert (refused.status_code, "Select which stands" in refused.text) == (422, True)
    stale = client.post(at, data={"version": version - 1, "choice": f"niche-{record}"})
    assert stale.status_code == 409
    saved = client.post(at, data={"version": version, "choice": f"niche-{record}"})
    assert saved.location == f"/people/{person}/sources"
    assert db.session.get_one(Person, person, populate_existing=True).surname == "Prys"
    page = client.get(f"/people/{person}/sources").text
    assert "Mari Enghraifft, " in page
    assert "Last name, " not in client.get("/register/differences").text


def test_the_cohort_of_a_wisdom_case_cannot_be_decided_otherwise(client_for: ClientFor) -> None:
    person = make_different()
    client = client_for(make_user())
    version = db.session.get_one(Person, person).version
    record = db.session.scalar(sa.select(SourceRecord.id).where(SourceRecord.source == "delius"))
    refused = client.post(
        f"/people/{person}/sources/cohort", data={"version": version, "choice": f"delius-{record}"}
    )
    assert refused.status_code == 422
    assert "the cohort must be Free" in refused.text
    record_says_no = {"version": version, "choice": f"delius-{record}"}
    assert client.post(f"/people/{person}/sources/wisdom", data=record_says_no).status_code == 302
    saved = db.session.get_one(Person, person, populate_existing=True)
    assert (saved.wisdom, saved.cohort) == (False, "fixed")


@pytest.mark.parametrize("field", ["needs", "version", "restricted", "noms_number", "surname%00"])
def test_what_nobody_says_cannot_be_decided(client_for: ClientFor, field: str) -> None:
    person = make_different()
    assert client_for(make_user()).get(f"/people/{person}/sources/{field}").status_code == 404


def test_of_somebody_typed_here_alone_the_page_says_so(client_for: ClientFor) -> None:
    person = make_person()
    assert "was typed here" in client_for(make_user()).get(f"/people/{person.id}/sources").text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonEdit)) == 0


def test_a_page_of_questions_leads_to_the_next(client_for: ClientFor) -> None:
    for number in range(1, 28):
        make_question(number)
    client = client_for(make_user())
    page = client.get("/register/pairs").text
    assert page.count("/register/pairs/") == 25
    last = db.session.scalars(
        sa.select(PersonPair.id).where(PersonPair.state == "asked").order_by(PersonPair.id)
    ).all()[24]
    assert f"/register/pairs?after={last}" in page
    assert client.get(f"/register/pairs?after={last}").text.count("/register/pairs/") == 2
    for nonsense in ("x", "-1", "9" * 30, "٣"):
        assert client.get(f"/register/pairs?after={nonsense}").status_code == 200
        assert client.get(f"/register/joined?after={nonsense}").status_code == 200
        assert client.get(f"/register/differences?after={nonsense}").status_code == 200


@pytest.fixture
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    event.remove(sa.Engine, "before_cursor_execute", note)


def test_statements_do_not_depend_on_how_many_there_are(client_for: ClientFor, statements: list[str]) -> None:
    client = client_for(make_user())
    pair = make_question(1)

    def counts() -> list[int]:
        found = []
        for path in (
            "/register",
            "/register/pairs",
            f"/register/pairs/{pair}",
            "/register/joined",
            "/register/differences",
        ):
            statements.clear()
            assert client.get(path).status_code == 200
            found.append(len(statements))
        return found

    def joined(number: int) -> None:
        said = KNOWN | {"surname": f"Enghraifft{'abcdefghijklmnopqrst'[number]}"}
        take(delius(f"X{200000 + number}", **said, pnc_id=pnc(9000 + number)))
        take(niche(f"M{number}", **said | {"forenames": "Dafydd"}, pnc_id=pnc(9000 + number)))

    joined(0)
    counts()
    few = counts()
    enter_scope(SYSTEM)
    for number in range(2, 12):
        make_question(number)
        joined(number)
    assert counts() == few

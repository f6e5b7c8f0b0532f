"""One form, one effect: sent again, with errors, filled otherwise, by somebody else, after an answer that was lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal import once
from portal.accounts.models import User
from portal.db import db, run
from portal.referrals.models import Event, Message, Referral
from tests.factories import make_agency, make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
TOKEN = "t" * 22
TEMPLATES = Path(__file__).parent.parent / "templates"


@pytest.fixture
def referral() -> Referral:
    return make_sent(make_service())


@pytest.fixture
def worker(client_for: Clients, referral: Referral) -> FlaskClient:
    return client_for(make_user("agency_worker", referral.agency))


def uses() -> list[Any]:
    return list(db.session.execute(sa.text("SELECT * FROM form_use ORDER BY at")))


def kinds_of(referral: Referral) -> list[str]:
    return list(
        db.session.scalars(sa.select(Event.kind).where(Event.referral_id == referral.id).order_by(Event.id))
    )


def count_messages() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Message)) or 0


def test_every_form_of_every_template_carries_its_token() -> None:
    """But signing out, which ends what could send it again, and what is sent again after 503: it has its first one."""
    bad = {}
    for path in TEMPLATES.rglob("*.html"):
        if path == TEMPLATES / "errors" / "503.html":
            continue
        text = path.read_text(encoding="utf-8")
        forms, tokens = len(re.findall(r'<form[^>]*method="post"', text)), text.count("form_tokens(")
        if forms != tokens + (path.name == "base.html"):
            bad[str(path.relative_to(TEMPLATES))] = (forms, tokens)
    assert not bad, "a form that is posted needs {{ form_tokens() }}"


def test_each_page_has_a_token_of_its_own_kept_pages_too(client_for: Clients) -> None:
    agency = make_agency()
    make_sent(make_service(agency))
    client = client_for(make_user("agency_worker", agency))
    pages = [client.get(path).text for path in ("/referrals", "/referrals", "/", "/")]
    found = [set(re.findall('name="once" value="([^"]*)"', page)) for page in pages]
    assert [len(tokens) for tokens in found[2:]] == [1, 1]
    assert found[2] != found[3]
    assert not any(len(token) > once.LONGEST_TOKEN for tokens in found for token in tokens)


def test_the_same_form_again_gets_the_same_redirect_and_does_nothing(
    worker: FlaskClient, referral: Referral
) -> None:
    sent = {"version": referral.version, "once": TOKEN}
    first, second = (worker.post(f"/referrals/{referral.reference}/acknowledge", data=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location == f"/referrals/{referral.reference}"
    assert kinds_of(referral).count("acknowledged") == 1
    assert [(use.endpoint, use.location) for use in uses()] == [("answers.acknowledge", first.location)]


def test_a_form_with_errors_may_be_sent_again_as_it_is(worker: FlaskClient, referral: Referral) -> None:
    at, sent = f"/referrals/{referral.reference}/ask", {"version": referral.version, "once": TOKEN}
    assert [worker.post(at, data=sent).status_code for _ in range(2)] == [422, 422]
    assert uses() == []
    assert worker.post(at, data=sent | {"words": "Pryd?"}).status_code == 302


def test_the_same_page_filled_otherwise_is_another_form(worker: FlaskClient, referral: Referral) -> None:
    """Whoever goes back and writes something else has not sent it yet."""
    at = f"/referrals/{referral.reference}/messages"
    for words, token in (("Un", "1"), ("Dau", "2"), ("Dau", "2")):
        assert worker.post(at, data={"words": words, "token": token, "once": TOKEN}).status_code == 302
    assert count_messages() == 2


def test_a_token_of_another_form_or_of_somebody_else_means_nothing(
    client_for: Clients, worker: FlaskClient, referral: Referral
) -> None:
    at = f"/referrals/{referral.reference}"
    other = client_for(make_user("agency_worker", referral.agency))
    said = {"words": "Un", "once": TOKEN}
    assert worker.post(f"{at}/messages", data=said | {"token": "1"}).status_code == 302
    assert other.post(f"{at}/messages", data=said | {"token": "2"}).status_code == 302
    db.session.refresh(referral)
    asked = worker.post(f"{at}/ask", data={"version": referral.version, "words": "Un", "once": TOKEN})
    assert asked.status_code == 302
    assert count_messages() == 2
    assert "asked" in kinds_of(referral)


@pytest.mark.parametrize("token", [None, "", "x" * 65])
def test_without_a_token_the_version_holds(
    worker: FlaskClient, referral: Referral, token: str | None
) -> None:
    at, sent = f"/referrals/{referral.reference}/acknowledge", {"version": referral.version, "once": token}
    data = {name: value for name, value in sent.items() if value is not None}
    assert [worker.post(at, data=data).status_code for _ in range(2)] == [302, 409]
    assert uses() == []


def test_strange_text_in_a_token_is_a_token_like_any_other(worker: FlaskClient, referral: Referral) -> None:
    at = f"/referrals/{referral.reference}/acknowledge"
    sent = {"version": referral.version, "once": "\x00é\u0661"}
    assert [worker.post(at, data=sent).status_code for _ in range(2)] == [302, 302]


def test_what_was_done_before_its_answer_was_lost_says_so(
    worker: FlaskClient, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, sent = f"/referrals/{referral.reference}/acknowledge", {"version": referral.version, "once": TOKEN}
    worker.post(at, data=sent)
    db.session.execute(
        sa.text("UPDATE form_use SET location = NULL")
    )  # as a crash after the commit leaves it
    db.session.commit()
    monkeypatch.setattr(once, "PATIENCE", 0)
    page = worker.post(at, data=sent)
    assert page.status_code == 409
    assert "This has been done already" in page.text
    assert f'href="/referrals/{referral.reference}"' in page.text
    assert kinds_of(referral).count("acknowledged") == 1


def test_a_link_shown_once_is_made_once(client_for: Clients) -> None:
    administrator, user = make_user("administrator"), make_user()
    client = client_for(administrator)
    answers = [client.post(f"/admin/users/{user.id}/link", data={"once": TOKEN}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 302]
    assert answers[1].location == f"/admin/users/{user.id}"
    assert db.session.scalar(sa.text("SELECT count(*) FROM one_time_link")) == 1


def test_it_costs_a_post_two_statements_and_a_page_none(
    worker: FlaskClient, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def heard(sql: str, values: Any) -> Any:
        asked.append(sql)
        return run(sql, values)

    monkeypatch.setattr(once, "run", heard)
    at = f"/referrals/{referral.reference}"
    worker.get(at)
    assert asked == []
    for words, status in (("Un", 302), ("", 422)):
        sent = {"words": words, "token": "1", "once": TOKEN}
        assert worker.post(f"{at}/messages", data=sent).status_code == status
        assert len(asked) == 2
        asked.clear()


def test_uses_are_swept_after_two_days() -> None:
    add = "INSERT INTO form_use (user_id, key, endpoint, at) VALUES (1, :key, 'x', now() - :hours * interval '1 hour')"
    for hours in (1, 49):
        db.session.execute(sa.text(add), {"key": bytes([hours]), "hours": hours})
    once.sweep_uses()
    assert [use.key for use in uses()] == [bytes([1])]

"""Emails that were given up: an administrator sees them, sends them again, or lets them go, and learns nothing of people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.accounts.actions import make_link
from portal.accounts.models import OneTimeLink, User
from portal.accounts.queries import token_hash
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.mail import ATTEMPTS, OutboxEmail, deliver_due, post
from portal.undelivered.wording import FAULTS, fault_words
from tests.factories import make_user
from tests.mail_server import make_email

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
AT = "/admin/mail"
PARAMS = {"reference": "R7K2", "agency": "Example Agency"}


@pytest.fixture
def admin(client_for: Clients) -> FlaskClient:
    return client_for(make_user("administrator"))


def fail(key: str, *, dead: bool = True, fault: str = "550 SMTPRecipientsRefused", **values: object) -> None:
    post(make_email(key, **{"template": "accepted", "params": PARAMS, **values}))
    now = datetime.now(UTC)
    state = (
        {"dead_at": now, "attempts": ATTEMPTS}
        if dead
        else {"next_try_at": now + timedelta(hours=1), "attempts": 2}
    )
    db.session.execute(sa.update(OutboxEmail).where(OutboxEmail.key == key).values(fault=fault, **state))
    db.session.commit()


def row(key: str) -> OutboxEmail:
    db.session.rollback()
    enter_scope(SYSTEM)
    return db.session.get_one(OutboxEmail, key, populate_existing=True)


def words(client: FlaskClient, path: str = AT) -> str:
    page = client.get(path)
    assert page.status_code == 200
    found = BeautifulSoup(page.text, "html.parser").select_one("main")
    assert found
    return " ".join(found.get_text(" ").split())


def test_the_page_says_what_did_not_arrive_to_whom_and_why(admin: FlaskClient) -> None:
    fail("a", address="nobody@test.example")
    fail("b", dead=False, fault="451 SMTPDataError")
    fail("c", dead=False, fault="451 SMTPDataError")
    said = words(admin)
    assert "Referral …: accepted (1 email)" in said
    assert "nobody@test.example" in said
    assert "R7K2" not in said
    assert "550: the mail server refused the address" in said
    assert "451: the mail server asked to try again later" in said
    assert "How many 2" in said
    assert "Atgyfeiriad …: wedi’i dderbyn" in words(admin, f"{AT}?lang=cy")


@pytest.mark.parametrize("name", [*FAULTS, "KeyError"])
def test_every_fault_has_words(app: object, name: str) -> None:
    assert fault_words(name) == str(FAULTS.get(name, name))
    assert fault_words(f"450 {name}") == "450: the mail server asked to try again later"


def test_the_first_page_of_an_administrator_says_so(admin: FlaskClient) -> None:
    assert AT not in admin.get("/").text
    fail("a")
    fail("b", dead=False)
    assert "1 Email that did not arrive" in words(admin, "/")


def test_one_is_sent_again_with_all_its_attempts_before_it(admin: FlaskClient) -> None:
    fail("a")
    fail("b")
    assert admin.post(f"{AT}/again", data={"key": "a"}).status_code == 302
    assert "1 email is sent again." in words(admin)
    assert (row("a").dead_at, row("a").attempts) == (None, 0)
    assert row("b").dead_at
    assert deliver_due() == 1
    assert row("a").sent_at


def test_all_of_a_kind_are_sent_again_and_no_others(admin: FlaskClient) -> None:
    fail("a")
    fail("b")
    fail("c", template="declined")
    admin.post(f"{AT}/again", data={"kind": "accepted"})
    assert [row(key).dead_at is None for key in "abc"] == [True, True, False]
    assert "There was nothing to send again." in words_after(admin, {"key": "of none"})


def words_after(client: FlaskClient, data: dict[str, str]) -> str:
    client.post(f"{AT}/again", data=data)
    return words(client)


def test_what_has_been_sent_is_never_sent_again(admin: FlaskClient) -> None:
    post(make_email("a", template="accepted", params=PARAMS))
    assert deliver_due() == 1
    admin.post(f"{AT}/again", data={"key": "a"})
    admin.post(f"{AT}/again", data={"kind": "accepted"})
    assert row("a").attempts == 1
    assert deliver_due() == 0


def test_one_is_let_go_for_a_reason_and_what_it_carried_goes(admin: FlaskClient) -> None:
    fail("a")
    page = admin.post(f"{AT}/a/let-go")
    assert page.status_code == 422
    assert "Select a reason" in page.text
    assert admin.post(f"{AT}/a/let-go", data={"reason": "told"}).status_code == 302
    assert (row("a").let_go_reason, row("a").params) == ("told", {})
    assert "No email has been given up." in words(admin)
    assert admin.get(f"{AT}/a/let-go").status_code == 404
    admin.post(f"{AT}/again", data={"kind": "accepted"})
    assert deliver_due() == 0


def invited(*, expired: bool) -> tuple[User, str]:
    user = make_user()
    token = make_link(user, "invitation")
    key = f"invitation:{token_hash(token).hex()[:32]}"
    if expired:
        db.session.execute(
            sa.update(OneTimeLink).where(OneTimeLink.user_id == user.id).values(expires_at=sa.func.now())
        )
    fail(key, template="invitation", user_id=user.id, address=user.email, params={"token": token})
    return user, key


def test_an_invitation_whose_link_still_works_is_sent_again(admin: FlaskClient) -> None:
    _user, key = invited(expired=False)
    assert "Send a new link" not in words(admin)
    assert admin.post(f"{AT}/{key}/new-link").status_code == 409
    admin.post(f"{AT}/again", data={"key": key})
    assert row(key).dead_at is None


def test_in_place_of_a_link_that_no_longer_works_a_new_one_is_sent(admin: FlaskClient) -> None:
    user, key = invited(expired=True)
    assert "Its link no longer works. Send a new link" in words(admin)
    assert "There was nothing to send again." in words_after(admin, {"key": key})
    assert admin.post(f"{AT}/{key}/new-link").status_code == 200
    assert row(key).let_go_reason == "replaced"
    new = db.session.scalars(
        sa.select(OutboxEmail).where(OutboxEmail.user_id == user.id, OutboxEmail.key != key)
    ).one()
    assert new.params["token"] != ""
    assert new.dead_at is None


def test_nobody_else_learns_of_them_or_changes_them(client_for: Clients) -> None:
    _user, key = invited(expired=False)
    for scope in (NOBODY, Scope("iom", user_id=1, area_ids=None), Scope("agency", user_id=1, agency_id=1)):
        enter_scope(scope)
        for call in ("given_up_mails(9, NULL)", "faulty_mails()"):
            assert db.session.execute(sa.text(f"SELECT * FROM {call}")).all() == []  # noqa: S608
        for call in (f"send_mails_again('{key}', NULL)", f"let_mail_go('{key}', 'told')"):
            assert db.session.scalar(sa.text(f"SELECT {call}")) == 0
    assert row(key).dead_at


def test_an_administrator_does_not_see_what_an_email_carries(admin: FlaskClient) -> None:
    _user, key = invited(expired=False)
    token = row(key).params["token"]
    assert token not in admin.get(AT).text
    enter_scope(Scope("administrator", user_id=1))
    shown = (
        db.session.execute(sa.text("SELECT ROW(m.*)::text FROM given_up_mails(9, NULL) m")).scalars().all()
    )
    assert shown
    assert not any(token in text for text in shown)

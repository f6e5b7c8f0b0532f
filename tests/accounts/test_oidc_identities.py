"""Identities joined to users: in the account, by an administrator, by two at once; and every page in both languages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts import actions, oidc_actions, oidc_views
from portal.accounts.models import User, UserSession
from portal.accounts.oidc_models import UserIdentity
from portal.accounts.oidc_tokens import Shown
from portal.accounts.queries import token_hash
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from tests.accounts.providers import Liar, asked_of, configured, lying_provider, provider_at
from tests.factories import make_user
from tests.test_pseudo_locale import pseudo_app, untranslated  # noqa: F401 - a fixture

ClientFor = Callable[[User], FlaskClient]


@pytest.fixture
def liar(app: Flask, database: None) -> Iterator[Liar]:
    with lying_provider() as running, configured(app, running.provider):
        yield running


def join(client: FlaskClient, liar: Liar, subject: str = "olwen") -> Any:
    page = client.post("/account/identities/police/join")
    link = BeautifulSoup(page.text, "html.parser").select_one("main a[role=button]")
    assert link is not None
    asked = asked_of(str(link["href"]))
    liar.claims = liar.usual(asked["nonce"], sub=subject)
    return client.get("/sign-in/with/police/callback", query_string={"code": "a", "state": asked["state"]})


def identities() -> list[tuple[int, str]]:
    return [(one.user_id, one.subject) for one in db.session.scalars(sa.select(UserIdentity))]


def add_identity(user: User, issuer: str, subject: str = "olwen") -> UserIdentity:
    identity = UserIdentity(user_id=user.id, issuer=issuer, subject=subject)
    db.session.add(identity)
    db.session.commit()
    return identity


def test_somebody_signed_in_connects_their_account_and_keeps_their_session(
    client_for: ClientFor, liar: Liar
) -> None:
    user = make_user(password_hash="x")
    client = client_for(user)
    assert 'href="/account/identities"' in client.get("/account").text
    assert "Not connected." in client.get("/account/identities").text
    assert join(client, liar).location == "/account/identities"
    assert identities() == [(user.id, "olwen")]
    page = client.get("/account/identities").text
    assert "You can now sign in with «Police»." in page
    assert "Connected on" in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 1


def test_an_identity_belongs_to_one_user_and_a_user_has_one_of_each_provider(
    client_for: ClientFor, liar: Liar
) -> None:
    first, second = make_user(), make_user()
    add_identity(first, liar.issuer)
    for user, subject in ((second, "olwen"), (first, "another")):
        assert join(client_for(user), liar, subject).location == "/sign-in/with/police/trouble/taken"
    assert identities() == [(first.id, "olwen")]
    assert join(client_for(first), liar, "olwen").location == "/account/identities"


def test_whoever_has_signed_out_meanwhile_connects_nothing(client_for: ClientFor, liar: Liar) -> None:
    """And neither does somebody else who has signed in since, whose cookie this would have to be."""
    client = client_for(make_user())
    page = client.post("/account/identities/police/join")
    link = BeautifulSoup(page.text, "html.parser").select_one("main a[role=button]")
    assert link is not None
    asked = asked_of(str(link["href"]))
    liar.claims = liar.usual(asked["nonce"])
    db.session.execute(sa.update(UserSession).values(ended_at=sa.func.now()))
    db.session.commit()
    answer = client.get("/sign-in/with/police/callback", query_string={"code": "a", "state": asked["state"]})
    assert answer.location == "/sign-in/with/police/trouble/expired"
    assert identities() == []


def test_no_other_site_makes_somebody_connect_an_account(
    app: Flask, client_for: ClientFor, liar: Liar
) -> None:
    """A link would do to bring the identity of whoever sends it: hence a form with its token."""
    client = client_for(make_user())
    assert client.get("/account/identities/police/join").status_code == 405
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in ("join", "remove"):
            assert client.post(f"/account/identities/police/{path}").status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_an_own_identity_goes_only_where_another_way_in_is_left(client_for: ClientFor, liar: Liar) -> None:
    user = make_user()
    add_identity(user, liar.issuer)
    client = client_for(user)
    client.post("/account/identities/police/remove")
    assert (
        "Set up another way to sign in before you remove «Police»." in client.get("/account/identities").text
    )
    assert len(identities()) == 1
    user.password_hash = "x"
    db.session.commit()
    client.post("/account/identities/police/remove")
    assert identities() == []
    assert client.post("/account/identities/police/remove").status_code == 404


def test_sessions_that_an_identity_opened_end_with_it_but_the_one_in_use(
    client_for: ClientFor, liar: Liar
) -> None:
    user = make_user(password_hash="x")
    add_identity(user, liar.issuer)
    client = client_for(user)
    here, there, by_password = token_hash(f"token of {user.email}"), token_hash("there"), token_hash("third")
    db.session.add(UserSession(token_hash=there, user_id=user.id, method="police"))
    db.session.add(UserSession(token_hash=by_password, user_id=user.id))
    db.session.get_one(UserSession, here).method = "police"
    db.session.commit()
    client.post("/account/identities/police/remove")
    ended = sa.select(UserSession.token_hash).where(UserSession.ended_at.is_not(None))
    assert db.session.scalars(ended).all() == [there]


def test_an_administrator_sees_and_removes_the_identities_of_a_user(
    client_for: ClientFor, liar: Liar
) -> None:
    user, other = make_user(name="Olwen Enw"), make_user()
    identity, foreign = add_identity(user, liar.issuer, "secret-subject"), add_identity(other, liar.issuer)
    admin = client_for(make_user(Role.ADMINISTRATOR))
    path = f"/admin/users/{user.id}/identities"
    assert f'href="{path}"' in admin.get(f"/admin/users/{user.id}").text
    page = admin.get(path).text
    assert "«Police»" in page
    assert user.name in admin.get("/admin/users?state=active").text
    assert user.name not in admin.get("/admin/users?state=invited").text
    assert "Active" in admin.get(f"/admin/users/{user.id}").text
    assert "secret-subject" not in page
    assert admin.post(f"{path}/{foreign.id}/remove").status_code == 404
    assert admin.post(f"{path}/{identity.id}/remove").location == path
    assert identities() == [(other.id, "olwen")]
    trace = db.session.execute(
        sa.text("SELECT subject_ids FROM audit_entry WHERE action = 'identity.removed'")
    )
    assert trace.scalars().all() == [[user.id]]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.SYSTEM)])
def test_nobody_else_sees_the_identities_of_others(client_for: ClientFor, liar: Liar, role: Role) -> None:
    user = make_user()
    identity = add_identity(user, liar.issuer)
    client = client_for(make_user(role))
    assert client.get(f"/admin/users/{user.id}/identities").status_code == 403
    assert client.post(f"/admin/users/{user.id}/identities/{identity.id}/remove").status_code == 403


def test_the_database_gives_identities_to_their_user_and_administrators_only(
    app: Flask, database: None
) -> None:
    user, other = make_user(), make_user()
    add_identity(user, "https://police.example")
    seen = {}
    for scope in (Scope("iom", user.id), Scope("iom", other.id), Scope("administrator", other.id), NOBODY):
        enter_scope(scope)
        rows = db.session.scalars(sa.text("SELECT user_id FROM user_identity")).all()
        changed = db.session.execute(sa.text("DELETE FROM user_identity")).rowcount  # type: ignore[attr-defined]
        seen[scope.kind, scope.user_id] = len(rows), changed
    assert list(seen.values()) == [(1, 0), (0, 0), (1, 0), (0, 0)]


def test_of_four_who_accept_an_invitation_at_once_one_comes_in(committed_app: Flask) -> None:
    with committed_app.app_context():
        user = make_user(Role.ADMINISTRATOR)
        link = token_hash(actions.make_link(user)).hex()
        db.session.commit()
    start, entered = threading.Barrier(4), []

    def accept(number: int) -> None:
        provider = provider_at("police", f"https://{number}.example")
        with committed_app.test_request_context():
            start.wait()
            entered.append(oidc_actions.accept_invitation(link, provider, Shown("olwen"), "") is not None)
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entered) == [False, False, False, True]


def test_of_four_who_spend_a_state_at_once_one_may(committed_app: Flask) -> None:
    start, spent = threading.Barrier(4), []

    def spend() -> None:
        with committed_app.app_context():
            start.wait()
            spent.append(oidc_actions.spend("a state"))
            db.session.commit()
            db.session.remove()

    threads = [threading.Thread(target=spend) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(spent) == [False, False, False, True]


def every_page(liar: Liar) -> list[tuple[str | None, str]]:
    """(token of a session, address) of each page that only a portal with providers has."""
    user, admin = make_user(name="«Olwen»"), make_user(Role.ADMINISTRATOR, name="«Ann»")
    add_identity(user, liar.issuer)
    link = actions.make_link(user)
    for one in (user, admin):
        db.session.add(UserSession(token_hash=token_hash(one.email), user_id=one.id))
    db.session.commit()
    paths: list[tuple[str | None, str]] = [
        (None, f"/sign-in/with/police/trouble/{why}") for why in oidc_views.TROUBLES
    ]
    paths += [(None, path) for path in ("/sign-in", "/signed-out/police", f"/set-password/{link}")]
    paths += [(user.email, f"/account/identities{more}") for more in ("", "/police/join")]
    return paths + [(admin.email, f"/admin/users/{one.id}/identities") for one in (user, admin)]


def test_every_page_of_providers_is_in_welsh_too(pseudo_app: Flask) -> None:  # noqa: F811
    """The walk over all pages knows of no provider."""
    known = re.compile(
        r"[\w.]+@[\w.]+|demonstration only 2026|Blaenoriaeth|English|Cymraeg|\d+ [A-Z]\w+ \d{4}.*"
    )
    with lying_provider() as liar, configured(pseudo_app, liar.provider):
        liar.metadata["end_session_endpoint"] = f"{liar.issuer}/end"
        with pseudo_app.app_context():
            enter_scope(SYSTEM)
            pages = every_page(liar)
        for token, path in pages:
            client = pseudo_app.test_client()
            with client.session_transaction() as session:
                session.update({"sid": token, "language": "cy"} if token else {"language": "cy"})
            page = client.post(path) if path.endswith("join") else client.get(path)
            assert "⟦" in page.text
            assert untranslated(page.text, known) == [], path

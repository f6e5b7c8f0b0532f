"""Signing in at real providers, two of them at once, from the button to the session and out again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from config import Provider
from portal.access import Role
from portal.accounts import actions
from portal.accounts.models import OneTimeLink, User, UserSession
from portal.accounts.oidc_models import UserIdentity
from portal.db import db
from tests.accounts.providers import answer_of, asked_of, configured, real_providers
from tests.factories import make_agency, make_user


@pytest.fixture(scope="module")
def providers() -> Iterator[tuple[Provider, ...]]:
    with real_providers() as running:
        yield running


@pytest.fixture
def client(app: Flask, database: None, providers: tuple[Provider, ...]) -> Iterator[FlaskClient]:
    with configured(app, *providers):
        yield app.test_client()


def make_known(provider: Provider, subject: str = "olwen", **values: Any) -> User:
    user = make_user(values.pop("role", Role.IOM_OFFICER), **values)
    db.session.add(UserIdentity(user_id=user.id, issuer=provider.issuer, subject=subject))
    db.session.commit()
    return user


def enter(
    client: FlaskClient, subject: str = "olwen", factor: str = "", start: str = "/sign-in/with/police"
) -> Any:
    """Where one is let in to, or the page that explains why not."""
    answer = client.get(answer_of(client.get(start).location, subject, factor))
    return client.get(answer.location) if "/trouble/" in answer.location else answer


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def traces() -> list[tuple[str, int | None, dict[str, Any]]]:
    rows = db.session.execute(sa.text("SELECT action, user_id, detail FROM audit_entry ORDER BY id"))
    named = ("method", "why")
    return [
        (row.action, row.user_id, {name: row.detail[name] for name in named if name in row.detail})
        for row in rows
        if row.action.startswith(("sign_in", "identity."))
    ]


def test_the_sign_in_page_offers_each_provider_in_both_languages(client: FlaskClient) -> None:
    page = client.get("/sign-in?next=/services")
    links = {
        a.text.strip(): a["href"] for a in BeautifulSoup(page.text, "html.parser").select("a[role=button]")
    }
    assert links == {
        "Sign in with «Police»": "/sign-in/with/police?next=/services",
        "Sign in with «Probation»": "/sign-in/with/probation?next=/services",
    }
    assert "Mewngofnodi gyda chyfrif «Heddlu»" in client.get("/sign-in?lang=cy").text


def test_what_is_asked_of_a_provider(client: FlaskClient, providers: tuple[Provider, ...]) -> None:
    there = client.get("/sign-in/with/probation?lang=cy").location
    asked = asked_of(there)
    assert there.startswith(f"{providers[1].issuer}/auth?")
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43
    assert asked["redirect_uri"] == "http://localhost:8000/sign-in/with/probation/callback"
    assert asked["acr_values"] == "urn:example:two-factors"
    assert asked["ui_locales"] == "cy"
    assert "verifier" not in there.replace("code_challenge", "")


@pytest.mark.parametrize("key", ["police", "probation"])
@pytest.mark.parametrize("factor", ["", "yes"])
def test_somebody_known_comes_in_and_a_second_factor_counts_where_the_provider_proves_it(
    client: FlaskClient, providers: tuple[Provider, ...], key: str, factor: str
) -> None:
    user = make_known(next(one for one in providers if one.key == key))
    answer = enter(client, "olwen", factor, f"/sign-in/with/{key}?next=/services")
    assert answer.location == "/services"
    assert is_in(client)
    opened = db.session.scalars(sa.select(UserSession)).one()
    assert (opened.user_id, opened.method) == (user.id, key)
    assert (opened.factor_at is not None) is bool(factor)
    assert db.session.scalars(sa.select(UserIdentity.used_at)).one() is not None
    assert traces() == [("sign_in", user.id, {"method": key})]


def test_claims_of_roles_and_email_addresses_mean_nothing(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    user = make_known(providers[0], role=Role.ANALYST)
    make_user(Role.ADMINISTRATOR, email="admin@demo.example")
    enter(client)
    assert client.get("/admin/users").status_code == 403
    assert db.session.scalars(sa.select(UserSession.user_id)).one() == user.id


def test_somebody_who_was_not_invited_is_told_so_and_nothing_else(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    users = db.session.scalar(sa.select(sa.func.count()).select_from(User))
    page = enter(client, "admin@demo.example")
    assert page.status_code == 403
    assert "Only people who are invited can use this portal" in page.text
    assert not is_in(client)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == users
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 0
    assert traces() == [("sign_in.failed", None, {"method": "police", "why": "not_invited"})]


def test_a_subject_of_one_provider_is_nobody_at_another(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    make_known(providers[0])
    assert enter(client, start="/sign-in/with/probation").status_code == 403


@pytest.mark.parametrize("gone", ["suspended", "closed"])
def test_somebody_who_has_left_is_refused_as_a_stranger_is(
    client: FlaskClient, providers: tuple[Provider, ...], gone: str
) -> None:
    stranger = enter(client, "stranger").text
    if gone == "suspended":
        user = make_known(providers[0], suspended_at=datetime.now(UTC))
    else:
        user = make_known(
            providers[0], role=Role.AGENCY_WORKER, agency=make_agency(closed_on=date(2026, 1, 5))
        )
    page = enter(client)
    assert page.status_code == 403
    assert BeautifulSoup(page.text, "html.parser").main == BeautifulSoup(stranger, "html.parser").main
    assert not is_in(client)
    assert traces()[-1] == ("sign_in.failed", user.id, {"method": "police", "why": "may_not_enter"})


def test_cancelling_there_leads_to_a_page_that_says_what_to_do(client: FlaskClient) -> None:
    page = enter(client, factor="no")
    assert page.status_code == 403
    assert "You stopped signing in with «Police»" in page.text
    assert 'href="/sign-in"' in page.text
    assert traces() == [("sign_in.failed", None, {"method": "police", "why": "cancelled"})]


def test_an_invitation_is_accepted_by_signing_in_at_a_provider(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    user = make_user(Role.IOM_OFFICER)
    link = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert f'href="{link}/with/police"' in client.get(link).text
    assert enter(client, "new", start=f"{link}/with/police").location == "/"
    assert is_in(client)
    identity = db.session.scalars(sa.select(UserIdentity)).one()
    assert (identity.user_id, identity.issuer, identity.subject) == (user.id, providers[0].issuer, "new")
    assert client.get(link).status_code == 404
    assert client.get(f"{link}/with/police").status_code == 404
    assert [action for action, _by, _detail in traces()] == ["identity.joined", "sign_in"]
    client.post("/sign-out")
    assert enter(client, "new").status_code == 302


def test_an_invitation_that_was_used_meanwhile_joins_nobody(client: FlaskClient) -> None:
    user = make_user(Role.IOM_OFFICER)
    link = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    there = client.get(f"{link}/with/police").location
    db.session.execute(sa.update(OneTimeLink).values(used_at=sa.func.now()))
    db.session.commit()
    assert client.get(answer_of(there, "new")).location == "/sign-in/with/police/trouble/link_used"
    assert db.session.scalars(sa.select(UserIdentity)).all() == []
    assert not is_in(client)


def test_an_invitation_joins_no_identity_that_is_somebody_elses_and_stays_good(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    make_known(providers[0])
    user = make_user(Role.IOM_OFFICER)
    link = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert enter(client, start=f"{link}/with/police").status_code == 403
    assert not is_in(client)
    assert traces()[-1] == ("sign_in.failed", user.id, {"method": "police", "why": "taken"})
    assert client.get(link).status_code == 200


def test_a_link_that_resets_a_password_joins_no_identity(client: FlaskClient) -> None:
    user = make_user(Role.IOM_OFFICER, password_hash="x")
    link = f"/set-password/{actions.make_link(user, 'reset')}"
    db.session.commit()
    assert "with/police" not in client.get(link).text
    assert client.get(f"{link}/with/police").status_code == 404


def test_whoever_has_come_before_joins_nothing_by_a_link(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    """A mailbox alone would be a way round their second factor."""
    user = make_known(providers[1])
    link = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    assert "with/police" not in client.get(link).text
    assert client.get(f"{link}/with/police").status_code == 404


def test_somebody_who_comes_while_at_a_provider_joins_nothing_by_a_link(client: FlaskClient) -> None:
    user = make_user(Role.IOM_OFFICER)
    link = f"/set-password/{actions.make_link(user)}"
    db.session.commit()
    there = client.get(f"{link}/with/police").location
    user.password_hash = "x"
    db.session.commit()
    assert client.get(answer_of(there, "new")).location == "/sign-in/with/police/trouble/link_used"
    assert db.session.scalars(sa.select(UserIdentity)).all() == []


def test_signing_out_here_offers_to_sign_out_there(
    client: FlaskClient, providers: tuple[Provider, ...]
) -> None:
    make_known(providers[0])
    visitor = requests.Session()
    client.get(answer_of(client.get("/sign-in/with/police").location, "olwen", visitor=visitor))
    assert client.post("/sign-out").location == "/signed-out/police"
    page = client.get("/signed-out/police")
    link = BeautifulSoup(page.text, "html.parser").select_one("main a[role=button]")
    assert link is not None
    assert str(link["href"]).startswith(f"{providers[0].issuer}/session/end?")
    assert asked_of(str(link["href"]))["post_logout_redirect_uri"] == "http://localhost:8000/sign-in"
    assert "Yes, sign me out" in visitor.get(str(link["href"])).text
    assert not is_in(client)


def test_after_a_password_signing_out_leads_to_the_sign_in_page(client: FlaskClient) -> None:
    assert client.post("/sign-out").location == "/sign-in"


def test_a_provider_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    for path in (
        "/sign-in/with/x",
        "/sign-in/with/x/callback",
        "/signed-out/x",
        "/set-password/x/with/police",
    ):
        assert client.get(path).status_code == 404
    assert client.post("/sign-in/with/x/logout").status_code == 404

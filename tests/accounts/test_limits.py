"""Guessing is stopped, whoever does it from wherever; the victim gets in on a device of their own."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import attempts, passwords
from portal.accounts.factor_models import KnownDevice, PasskeyChallenge, TotpKey
from portal.accounts.models import SignInFailure, User
from portal.accounts.sweeping import sweep_attempts
from portal.accounts.totp import pending_secret
from portal.db import db
from tests.accounts.conftest import PASSWORD
from tests.accounts.steps import give_app, give_password, is_in, mails
from tests.factories import make_user

WRONG = "not the right one at all"
PAIRS = int(os.environ.get("PORTAL_PAIRS", "150"))  # `make stuff` tries a thousand


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, officer: User) -> str:
    """The hash of everybody's password. A thousand guesses are no test of Argon2id: its cost is turned down."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))
    officer.password_hash = cheap.hash(PASSWORD)
    db.session.commit()
    return officer.password_hash


def at(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250}"}


@pytest.mark.parametrize("many", [False, True], ids=["from one address", "from many"])
@pytest.mark.usefixtures("outside_demo")
def test_stolen_pairs_let_nobody_in_and_lock_nobody_out(
    app: Flask, officer: User, quick: str, many: bool
) -> None:
    """One pair in ten is right: somebody used the same password elsewhere."""
    key, known = give_app(officer), app.test_client()
    give_password(known)
    known.post("/sign-in/second-step", data={"code": key.now()})
    assert is_in(known)
    known.post("/sign-out")
    victims = [officer] + [
        make_user(email=f"victim{n}@test.example", password_hash=quick) for n in range(PAIRS // 10)
    ]
    for victim in victims[1:]:
        give_app(victim)
    thief = app.test_client()
    opened, stopped = 0, 0
    for number in range(PAIRS):
        pair = {
            "email": victims[number % len(victims)].email,
            "password": PASSWORD if number % 10 == 0 else WRONG,
        }
        answer = thief.post("/sign-in", data=pair, environ_base=at(number if many else 0))
        stopped += answer.status_code == 429
        if answer.status_code == 302:
            opened += is_in(thief)
            thief = app.test_client()
    assert opened == 0
    assert many or stopped >= PAIRS - 115
    assert give_password(known).location == "/"
    assert known.get("/").location.startswith("/sign-in/second-step")


@pytest.mark.usefixtures("quick")
def test_one_account_guessed_at_from_everywhere_slows_strangers_and_not_its_own_devices(
    app: Flask, officer: User
) -> None:
    known = app.test_client()
    assert give_password(known).status_code == 302
    known.post("/sign-out")
    answers = [
        give_password(app.test_client(), password=WRONG, environ_base=at(n)).status_code for n in range(60)
    ]
    assert answers == [422] * attempts.ANYWHERE + [429] * (60 - attempts.ANYWHERE)
    assert give_password(app.test_client(), environ_base=at(99)).status_code == 429
    assert give_password(known).status_code == 302
    page = give_password(app.test_client(), environ_base=at(99), query_string={"lang": "cy"})
    assert '<html lang="cy"' in page.text


@pytest.mark.usefixtures("quick")
def test_a_known_device_has_an_allowance_too(app: Flask, officer: User) -> None:
    known = app.test_client()
    give_password(known)
    known.post("/sign-out")
    for _ in range(attempts.PER_ACCOUNT):
        assert give_password(known, password=WRONG).status_code == 422
    assert give_password(known).status_code == 429
    assert give_password(app.test_client()).status_code == 302  # nor does it count against others here


def test_a_device_is_known_for_whoever_signed_in_on_it_alone(app: Flask, officer: User, quick: str) -> None:
    make_user(email="other@test.example", password_hash=quick)
    db.session.commit()
    device = app.test_client()
    give_password(device)
    device.post("/sign-out")
    for _ in range(attempts.PER_ACCOUNT):
        give_password(device, "other@test.example", WRONG)
    assert give_password(device, "other@test.example").status_code == 429
    assert give_password(device).status_code == 302


@pytest.mark.usefixtures("outside_demo")
def test_a_password_alone_makes_no_device_known(client: FlaskClient, officer: User) -> None:
    key = give_app(officer)
    give_password(client)
    assert client.get_cookie("portal-device") is None
    client.post("/sign-in/second-step", data={"code": key.now()})
    cookie = client.get_cookie("portal-device")
    assert cookie
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_a_new_device_is_told_by_mail_once_and_names_nobody(app: Flask, officer: User) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/127.0"}
    device = app.test_client()
    for _ in range(2):
        give_password(device, headers=agent)
        device.post("/sign-out")
    assert mails() == [("new_device", {"browser": "Firefox", "system": "Windows"})]
    give_password(app.test_client(), headers=agent)
    assert len(mails()) == 2


def test_a_demonstrations_accounts_get_no_such_mail(client: FlaskClient, officer: User) -> None:
    officer.demo = True
    db.session.commit()
    give_password(client)
    assert mails() == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "\x00" * 43, "£" * 43, "x" * 5000])
def test_a_made_up_device_is_not_known(app: Flask, officer: User, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie("portal-device", cookie)
    for _ in range(attempts.PER_ACCOUNT):
        assert give_password(client, password=WRONG).status_code == 422
    assert give_password(client).status_code == 429


def test_the_worker_sweeps_what_is_a_day_old(officer: User) -> None:
    old, new = datetime.now(UTC) - timedelta(days=1, minutes=1), datetime.now(UTC) - timedelta(hours=23)
    other = make_user()
    for number, moment in enumerate((old, new)):
        db.session.add(SignInFailure(account_hash=b"x", address="192.0.2.1", at=moment))
        db.session.add(PasskeyChallenge(challenge=bytes([number]), purpose="sign_in", made_at=moment))
    for user, moment in ((officer, old), (other, new)):
        pending_secret(user.id)
        db.session.execute(sa.update(TotpKey).where(TotpKey.user_id == user.id).values(created_at=moment))
    year_ago = datetime.now(UTC) - timedelta(days=366)
    for number, moment in enumerate((year_ago, old)):
        db.session.add(KnownDevice(device_hash=bytes([number]), user_id=officer.id, seen_at=moment))
    db.session.commit()
    sweep_attempts()
    for table in (SignInFailure, PasskeyChallenge, TotpKey, KnownDevice):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 1

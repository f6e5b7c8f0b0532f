"""What works once works once, also when two come at the same moment; and a stranger takes as long as a user."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import actions, attempts, passwords, totp
from portal.accounts.models import User
from portal.accounts.queries import get_live_link
from portal.accounts.recovery import use_code
from portal.db import SYSTEM, as_owner, db, enter_scope
from tests.accounts.conftest import HASH
from tests.accounts.steps import give_app, give_codes, give_password
from tests.factories import make_user

AT_ONCE = 6


def race(app: Flask, step: Callable[[], bool]) -> int:
    """How many of several, begun at the same moment on connections of their own, were let through."""
    ready = threading.Barrier(AT_ONCE)

    def run(_number: int) -> bool:
        with app.app_context():
            enter_scope(SYSTEM)
            db.session.connection()
            ready.wait(20)
            done = step()
            db.session.commit()
            return done

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(run, range(AT_ONCE)))


def test_of_several_at_once_one_is_let_through(committed_app: Flask) -> None:
    """A code of the app, a recovery code, a reset link, an invitation, a try of a session, the last of an allowance."""
    with committed_app.app_context(), as_owner():
        user = make_user(email="olwen@test.example", password_hash=HASH)
        key, code = give_app(user), give_codes(user)[0]
        links = [actions.make_link(user, purpose) for purpose in ("reset", "invitation")]
        session = actions.open_session(user, "")
        for _ in range(actions.MOST_WRONG - 1):
            actions.count_try(session)
        db.session.commit()
        user_id = user.id
    digits = key.now()
    assert race(committed_app, lambda: totp.check_code(user_id, digits)) == 1
    assert race(committed_app, lambda: use_code(user_id, code)) == 1
    assert race(committed_app, lambda: actions.count_try(session) is not None) == 1
    with committed_app.app_context():
        enter_scope(SYSTEM)
        live = {token: get_live_link(token) for token in links}
    for token in links[:1]:
        link = live[token]
        assert link
        assert race(committed_app, lambda: actions.use_link(link) is not None) == 1  # noqa: B023


def test_of_many_guesses_at_once_no_more_than_allowed_are_looked_at(committed_app: Flask) -> None:
    def guess() -> bool:
        try:
            attempts.begin("olwen@test.example", "192.0.2.1", None)
        except attempts.TooManyRequests:
            return False
        return True

    let_through = sum(race(committed_app, guess) for _ in range(3))
    assert let_through <= attempts.PER_ACCOUNT


def test_a_stranger_costs_a_hash_and_so_does_a_user_without_a_password(
    app: Flask, client: FlaskClient, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Counting:
        def verify(self, held: str, said: str) -> bool:
            asked.append(held)
            return passwords.PasswordHasher().verify(held, said)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    make_user(email="new@test.example")
    db.session.commit()
    for email in ("nobody@test.example", "new@test.example", officer.email):
        give_password(client, email, "wrong")
    assert asked == [passwords._NOBODY, passwords._NOBODY, officer.password_hash]


def test_a_stranger_takes_as_long_as_a_user(app: Flask, officer: User) -> None:
    """Medians of sign-ins and of asking for a reset, turn about; the goal is 10 ms, `make bench-signin` measures it."""
    for path, fields, rounds in (("/sign-in", {"password": "wrong"}, 9), ("/sign-in/reset", {}, 15)):
        took: dict[str, list[float]] = {officer.email: [], "nobody@test.example": []}
        for number in range(rounds):
            for email, times in took.items():
                client = app.test_client()
                begun = time.process_time()
                client.post(
                    path, data={"email": email, **fields}, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}
                )
                times.append(time.process_time() - begun)
        known, unknown = (statistics.median(times) for times in took.values())
        assert abs(known - unknown) < 0.03, path  # of a machine that does other things besides

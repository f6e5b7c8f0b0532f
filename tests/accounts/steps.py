"""Signing in, step by step, as a browser does it."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pyotp
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts import recovery, totp
from portal.accounts.factor_models import TotpKey
from portal.accounts.models import User, UserSession
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail
from tests.accounts.conftest import PASSWORD

ELEVEN_MINUTES = timedelta(minutes=11)


def give_password(
    client: FlaskClient, email: str = "olwen@test.example", password: str = PASSWORD, **more: Any
) -> Any:
    return client.post("/sign-in", data={"email": email, "password": password}, **more)


def give_app(user: User) -> pyotp.TOTP:
    """An authenticator app that is set up for the user."""
    secret = totp.pending_secret(user.id)
    assert secret
    db.session.execute(
        sa.update(TotpKey).where(TotpKey.user_id == user.id).values(confirmed_at=sa.func.now())
    )
    db.session.commit()
    return pyotp.TOTP(secret)


def give_codes(user: User) -> list[str]:
    codes = recovery.make_codes(user.id)
    db.session.commit()
    return codes


def wrong_code(app: pyotp.TOTP) -> str:
    """Six digits that none of the codes about now are."""
    right = {app.at(time.time() + 30 * step) for step in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def let_time_pass() -> None:
    """Since whoever is signed in showed who they are."""
    db.session.execute(sa.update(UserSession).values(confirmed_at=sa.func.now() - ELEVEN_MINUTES))
    db.session.commit()


def mails() -> list[tuple[str, dict[str, Any]]]:
    """(template, params) of what waits to be sent, in order."""
    enter_scope(SYSTEM)
    rows = db.session.scalars(sa.select(OutboxEmail).order_by(OutboxEmail.created_at, OutboxEmail.key))
    return [(row.template, row.params) for row in rows]


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>([0-9A-Z-]{29})</code>", page)

"""Devices on which a user has signed in before: a cookie that outlives sessions, and the mail about one that is new."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from flask import Response, after_this_request, current_app, request
from sqlalchemy.dialects.postgresql import insert

from portal.accounts.factor_models import KnownDevice
from portal.accounts.models import User
from portal.accounts.queries import token_hash
from portal.accounts.wording import device_parts
from portal.db import db
from portal.mail import Email, post

LIFE = timedelta(days=365)
LENGTH = 43  # of secrets.token_urlsafe(32)


def cookie_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def device_token() -> str | None:
    """That of the request's cookie, if it is one of ours by its shape."""
    token = request.cookies.get(cookie_name())
    return token if token and len(token) == LENGTH else None


def device_hash(token: str | None) -> bytes:
    return token_hash(token or "")


def recognise(user: User) -> None:
    """The user has signed in on this device: know it from now on, and tell them by mail if it was not known."""
    token = device_token() or secrets.token_urlsafe(32)
    known = insert(KnownDevice).values(device_hash=device_hash(token), user_id=user.id)
    before = db.session.scalar(
        sa.select(KnownDevice.seen_at)
        .where(KnownDevice.device_hash == device_hash(token), KnownDevice.user_id == user.id)
        .limit(1)
    )
    db.session.execute(
        known.on_conflict_do_update(
            index_elements=["device_hash", "user_id"], set_={"seen_at": sa.func.now()}
        )
    )
    if before is None and not user.demo:
        tell(user, token)

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            cookie_name(),
            token,
            max_age=LIFE,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        return response


def tell(user: User, token: str) -> None:
    browser, system = device_parts(request.user_agent.string)
    key = f"new_device:{user.id}:{device_hash(token).hex()[:32]}"
    post(
        Email(
            key,
            "new_device",
            user.email,
            user.id,
            user.language,
            None,
            {"browser": browser, "system": system},
        )
    )

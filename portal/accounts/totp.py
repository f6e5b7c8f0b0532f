"""Codes of an authenticator app (RFC 6238): six digits every 30 seconds, each taken once."""

from __future__ import annotations

import hmac
import io
import os
import time

import pyotp
import segno
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from portal.accounts.factor_models import TotpKey
from portal.db import db

STEP = 30  # seconds
DRIFT = 1  # steps by which a telephone's clock may be off
NONCE = 12  # bytes


def pending_secret(user_id: int) -> str | None:
    """The secret of a key that waits for its first code, made where there is none; None where a key counts already."""
    made = {"user_id": user_id, "secret": _encrypt(pyotp.random_base32(), user_id)}
    db.session.execute(insert(TotpKey).values(made).on_conflict_do_nothing())
    key = db.session.get_one(TotpKey, user_id, populate_existing=True)
    if key.confirmed_at is not None:
        return None
    secret = _decrypt(key.secret, user_id)
    if secret is None:  # of another SECRET_KEY
        key.secret = made["secret"]  # type: ignore[assignment]
        db.session.flush()
    return secret or _decrypt(key.secret, user_id)


def qr_code(secret: str, email: str) -> bytes:
    """As SVG, dark on white whatever stands around it."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Blaenoriaeth")
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, border=4, light="white")
    return drawn.getvalue()


def confirm_key(user_id: int, code: str, now: float | None = None) -> bool:
    """Let the waiting key count, if the code is its."""
    return _take(user_id, code, now, TotpKey.confirmed_at.is_(None))


def check_code(user_id: int, code: str, now: float | None = None) -> bool:
    """Is the code right, and has neither it nor a later one been taken? Of two requests with the same one wins."""
    return _take(user_id, code, now, TotpKey.confirmed_at.is_not(None))


def _take(user_id: int, code: str, now: float | None, which: sa.ColumnElement[bool]) -> bool:
    key = db.session.scalar(sa.select(TotpKey).where(TotpKey.user_id == user_id, which))
    secret = _decrypt(key.secret, user_id) if key else None
    if secret is None:
        return False
    current = int(time.time() if now is None else now) // STEP
    steps = range(current - DRIFT, current + DRIFT + 1)
    app = pyotp.TOTP(secret, interval=STEP)
    fits = [step for step in steps if hmac.compare_digest(app.generate_otp(step), code)]
    if not fits:
        return False
    taken = (
        sa.update(TotpKey)
        .where(TotpKey.user_id == user_id, which, TotpKey.last_step < fits[-1])
        .values(last_step=fits[-1], confirmed_at=sa.func.coalesce(TotpKey.confirmed_at, sa.func.now()))
        .returning(TotpKey.user_id)
    )
    return db.session.scalar(taken) is not None


def forget_key(user_id: int) -> None:
    db.session.execute(sa.delete(TotpKey).where(TotpKey.user_id == user_id))


def _cipher() -> AESGCM:
    return AESGCM(
        hmac.digest(current_app.config["SECRET_KEY"].encode(), b"keys of authenticator apps", "sha256")
    )


def _encrypt(secret: str, user_id: int) -> bytes:
    """Bound to the user, so that one row cannot be put in another's place."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher().encrypt(nonce, secret.encode(), str(user_id).encode())


def _decrypt(stored: bytes, user_id: int) -> str | None:
    try:
        return _cipher().decrypt(stored[:NONCE], stored[NONCE:], str(user_id).encode()).decode()
    except InvalidTag:
        return None

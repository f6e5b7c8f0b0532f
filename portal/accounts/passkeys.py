"""Passkeys (WebAuthn level 2): challenges kept here, answered once within five minutes, for this origin alone."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from flask import current_app, request
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts.factor_models import Passkey, PasskeyChallenge
from portal.accounts.models import User
from portal.db import beyond_scope, db

LIFE = timedelta(minutes=5)
MOST = 20  # of one user
NAME_LENGTH = 60


class Refused(Exception):
    """The answer proves nothing: wrong, late, for another site, of nobody, or given before."""


def _origin() -> str:
    base = urlsplit(current_app.config["SETTINGS"].base_url)
    return f"{base.scheme}://{base.netloc}"


def rp_id() -> str:
    return urlsplit(_origin()).hostname or ""


def are_possible() -> bool:
    """Only under BASE_URL's own name: a passkey is bound to it."""
    return request.host == urlsplit(_origin()).netloc


def list_passkeys(user_id: int) -> list[Passkey]:
    query = sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)
    return list(db.session.scalars(query))


def registration_options(user: User) -> tuple[str, bytes]:
    """What a browser needs to make a passkey for this user, as JSON, and the challenge in it."""
    challenge = _new_challenge("register", user.id)
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name="Blaenoriaeth",
        user_id=handle(user.id),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        timeout=int(LIFE.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(user.id),
    )
    return webauthn.options_to_json(options), challenge


def sign_in_options(user_id: int | None, purpose: str = "sign_in") -> tuple[str, bytes]:
    """What a browser needs to show a passkey: any of this site, or one of the user's."""
    challenge = _new_challenge(purpose, user_id)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=int(LIFE.total_seconds() * 1000),
        allow_credentials=_described(user_id) if user_id else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), challenge


def register(user: User, answer: str, challenge: bytes, name: str) -> Passkey:
    """Keep the passkey that was made. Raises Refused."""
    _use_challenge(challenge, "register", user.id)
    made: Any = _verified(
        webauthn.verify_registration_response, answer, challenge, require_user_verification=True
    )
    with beyond_scope():  # it may be somebody else's, which nobody sees
        taken = db.session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == made.credential_id))
    if taken or len(list_passkeys(user.id)) >= MOST:
        raise Refused
    passkey = Passkey(
        user_id=user.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def verify(answer: str, challenge: bytes, purpose: str = "sign_in") -> User:
    """The user whose passkey has signed this challenge. Raises Refused."""
    asked_of = _use_challenge(challenge, purpose, None)
    passkey, said_handle = _passkey_of(answer)
    if asked_of not in (None, passkey.user_id) or said_handle not in (None, handle(passkey.user_id)):
        raise Refused
    shown: Any = _verified(
        webauthn.verify_authentication_response,
        answer,
        challenge,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    counted = (
        sa.update(Passkey)
        .where(Passkey.id == passkey.id)
        .where(sa.or_(Passkey.sign_count < shown.new_sign_count, Passkey.sign_count == 0))
        .values(sign_count=shown.new_sign_count, used_at=sa.func.now())
        .returning(Passkey.user_id)
    )
    user_id = db.session.scalar(counted)
    user = db.session.get(User, user_id) if user_id else None
    if user is None or not user.is_active:
        raise Refused
    return user


def handle(user_id: int) -> bytes:
    """By which authenticators tell users apart; says nothing of them."""
    return str(user_id).encode()


def _new_challenge(purpose: str, user_id: int | None) -> bytes:
    challenge = secrets.token_bytes(32)
    db.session.add(PasskeyChallenge(challenge=challenge, purpose=purpose, user_id=user_id))
    db.session.flush()
    return challenge


def _use_challenge(challenge: bytes, purpose: str, user_id: int | None) -> int | None:
    """Take it, once; whose passkeys may answer it. `user_id`: whose it must be. Raises Refused."""
    taken = (
        sa.update(PasskeyChallenge)
        .where(PasskeyChallenge.challenge == challenge, PasskeyChallenge.purpose == purpose)
        .where(PasskeyChallenge.used_at.is_(None), PasskeyChallenge.made_at > sa.func.now() - LIFE)
        .values(used_at=sa.func.now())
        .returning(PasskeyChallenge.user_id, PasskeyChallenge.made_at)
    )
    row = db.session.execute(taken).one_or_none()
    if row is None or (user_id is not None and row.user_id != user_id):
        raise Refused
    asked_of: int | None = row.user_id
    return asked_of


def _passkey_of(answer: str) -> tuple[Passkey, bytes | None]:
    try:
        said = parse_authentication_credential_json(answer)
    except Exception as error:  # whatever it is, a client sent it
        raise Refused from error
    passkey = db.session.scalar(sa.select(Passkey).where(Passkey.credential_id == said.raw_id))
    if passkey is None:
        raise Refused
    return passkey, said.response.user_handle


def _verified(check: Any, answer: str, challenge: bytes, **more: Any) -> Any:
    try:
        return check(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=_origin(),
            **more,
        )
    except Exception as error:  # the library's own, and those of the decoders beneath it
        raise Refused from error


def _described(user_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(passkey.credential_id) for passkey in list_passkeys(user_id)]

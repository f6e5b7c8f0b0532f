"""The challenge of a passkey, tied to the browser that was asked: its cookie holds it until it is answered."""

from __future__ import annotations

from flask import Response, session

from portal.db import db

CHALLENGE = "challenge"  # in the cookie


def send_options(made: tuple[str, bytes]) -> Response:
    """What the script hands to the browser, as JSON."""
    options, challenge = made
    session[CHALLENGE] = challenge.hex()
    db.session.commit()
    return Response(options, mimetype="application/json")


def take_challenge() -> bytes:
    """That of this browser, once; empty if it was asked for nothing."""
    return bytes.fromhex(session.pop(CHALLENGE, ""))

"""Keyed hashes by which an erased person is known again: whoever has the table alone learns nothing from it.

The key is made of `SECRET_KEY`: under another one nobody is known again, so keep the old one with the backups.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY

from portal.db import db

Ref = tuple[str, str]  # source (delius, niche, pnc, noms) and what it calls the person


def mark(kind: str, text: str) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    key = hmac.digest(secret, b"blaenoriaeth erasures", hashlib.sha256)
    return hmac.digest(key, f"{kind}\0{text.strip().upper()}".encode(), hashlib.sha256)


def list_erased(refs: Collection[Ref]) -> set[Ref]:
    """Those of the numbers under which somebody was erased whom the current scope might have seen, in one statement."""
    by_mark = {mark(*ref): ref for ref in refs}
    asked = sa.cast(list(by_mark), ARRAY(sa.LargeBinary))
    return {by_mark[bytes(found)] for found in db.session.scalars(sa.select(sa.func.marks_of_erased(asked)))}

"""The access log as a chain: each entry's hash covers the one before, and the head is signed and kept outside.

Readers never wait for it: the worker chains what they have committed. See docs/decisions/0025-chained-log.md.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from portal.db import db
from portal.jobs import periodic
from portal.keeping.periods import period
from portal.mail import Email, post
from portal.trace.chain_heads import Head, append, as_line, last_number, read_line, sign_with
from portal.trace.chain_keys import folder, signing_key

BATCH = 10_000  # entries a transaction
EVERY = timedelta(hours=1)
EARLY = timedelta(minutes=2)  # so that entries are signed before they are an hour old


@periodic(seconds=20)
def chain_entries() -> int:
    """Chain all that is committed; how many were. A second worker passes by while one is at it."""
    chained = 0
    while True:
        done = db.session.scalar(sa.select(sa.func.chain_entries(BATCH))) or 0
        db.session.commit()
        chained += done
        if done < BATCH:
            return chained


@periodic(seconds=60)
def sign_when_due(now: datetime | None = None) -> Head | None:
    """The head, signed, once the last one is an hour old or of the future; and lines that the file does not hold yet."""
    now = now or datetime.now(UTC)
    last = db.session.scalar(sa.text("SELECT at FROM audit_head ORDER BY number DESC LIMIT 1"))
    due = last is None or not now - EVERY + EARLY < last <= now
    signed = sign_head(now) if due else None
    db.session.commit()
    write_heads()
    return signed


def sign_head(now: datetime) -> Head | None:
    """Chain the rest and sign where the chain ends; None where nothing was added since. In the caller's transaction."""
    db.session.scalar(sa.select(sa.func.chain_entries(BATCH)))
    state = db.session.execute(sa.text("SELECT * FROM unsigned_head()")).one_or_none()
    if state is None:
        return None
    former = hashlib.sha256(state.former.encode()).hexdigest() if state.former else ""
    head = sign_with(
        signing_key(),
        Head(state.number, state.position, bytes(state.hash).hex(), state.entries, now, former),
    )
    db.session.execute(sa.select(sa.func.keep_head(as_line(head))))
    if address := current_app.config["SETTINGS"].audit_head_email:
        post(_email(head, address))
    return head


def write_heads() -> None:
    """Add to the files the heads that are newer than theirs. What was taken out of them is not put back: `verify` tells."""
    lines = db.session.scalars(
        sa.text("SELECT line FROM audit_head WHERE number > :last ORDER BY number"),
        {"last": last_number(folder())},
    ).all()
    for line in lines:
        append(folder(), read_line(line), line)
    db.session.commit()


def oldest_unsigned() -> datetime | None:
    """When the oldest entry was written that no signed head covers yet; None where all are covered."""
    found: datetime | None = db.session.scalar(sa.select(sa.func.oldest_unsigned()))
    return found


@periodic(seconds=3600)
def sweep_log(now: datetime | None = None) -> dict[str, int]:
    """Delete what has passed its period: words of searches, and entries up to a signed head; how many of each."""
    gone = {}
    for kind in ("searches", "access_log"):
        before = (now or datetime.now(UTC)) - period(kind)
        gone[kind] = db.session.scalar(sa.select(sa.func.sweep_trace(kind, before))) or 0
        db.session.commit()
    return gone


def _email(head: Head, address: str) -> Email:
    values: dict[str, str | int] = {
        "number": head.number,
        "position": head.position,
        "entries": head.entries,
        "at": head.at.isoformat(),
        "hash": head.hash,
        "former": head.former,
        "key": head.key,
        "signature": head.signature,
    }
    return Email(
        f"audit-head:{head.number}:{head.hash[:16]}", "audit_head", address, None, "en", None, values
    )

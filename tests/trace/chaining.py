"""A log with signed heads, for tests that then do something to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import sqlalchemy as sa

from portal import audit
from portal.db import as_owner, db
from portal.trace import chain
from portal.trace.chain_heads import Head
from portal.trace.chain_keys import folder, public_keys
from portal.trace.chain_verify import find_first_fault

SUBJECTS = ("person", "referral", None)


def write_entries(count: int, seed: int = 1) -> None:
    """Entries of every shape, committed."""
    random = Random(seed)  # noqa: S311 - drawn again alike
    for number in range(count):
        audit.record(
            random.choice(("person.read", "referral.read", "people.listed", "sign_in")),
            random.choice(SUBJECTS),
            random.sample(range(1, 500), random.randrange(4)),
            area_id=random.choice((None, 1, 2)),
            agency_id=random.choice((None, 3)),
            by=random.choice((None, 7, 8)),
            tab=f"«{number}»",
        )
    db.session.commit()


def sign(now: datetime) -> Head:
    """Chain what there is, sign it and write the head to its file."""
    chain.chain_entries()
    head = chain.sign_head(now)
    db.session.commit()
    chain.write_heads()
    assert head is not None
    return head


def make_signed_log(entries: int = 60, heads: int = 3, seed: int = 1, ago: timedelta = timedelta()) -> None:
    """So many entries and heads, the last of which covers all."""
    now = datetime.now(UTC) - ago
    for number in range(heads):
        write_entries(entries // heads, seed + number)
        sign(now + timedelta(hours=number - heads))


def fault() -> str | None:
    """What `verify` finds, as it looks: as the owner."""
    with as_owner():
        found = find_first_fault(folder(), public_keys(folder()))
        db.session.commit()
    return found


def count(table: str) -> int:
    return db.session.scalars(sa.text(f"SELECT count(*) FROM {table}")).one()  # noqa: S608 - a table

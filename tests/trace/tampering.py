"""What somebody with the owner's password, and the triggers off, may do to a log under signed heads: one of each kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.trace.chain_verify import _LINKS

Tampering = Callable[[Random, int], None]  # with the number of entries, of which the positions are 1, 2, …
TABLES = ("audit_entry", "audit_link", "audit_head", "audit_chained")
COLUMNS = {
    "at": "at + interval '1 microsecond' * :n",
    "user_id": "coalesce(user_id, 0) + :n",
    "action": "action || :n",
    "subject": "coalesce(subject, '') || :n",
    "subject_ids": "subject_ids || CAST(:n AS bigint)",
    "area_id": "coalesce(area_id, 0) + :n",
    "agency_id": "CASE WHEN agency_id IS NULL THEN :n END",
    "detail": "detail || jsonb_build_object('tab', :n)",
    "id": "id + 1000000 + :n",
}


def run(sql: str, **values: Any) -> None:
    db.session.execute(sa.text(sql), values)


def triggers(on: bool) -> None:
    for table in TABLES[:3]:
        run(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")


def rehash(first: int = 1) -> None:
    """The links from this position on worked out anew, without gaps."""
    run(
        "UPDATE audit_link l SET position = -n.place FROM (SELECT position, row_number() OVER (ORDER BY position) AS place"
        " FROM audit_link) n WHERE n.position = l.position"
    )
    run("UPDATE audit_link SET position = -position")
    hashed = bytes(32)
    for row in db.session.execute(_LINKS).all():
        hashed = (
            hashlib.sha256(hashed + row.line.encode()).digest() if row.position >= first else bytes(row.hash)
        )
        run("UPDATE audit_link SET hash = :hash WHERE position = :place", hash=hashed, place=row.position)


def edit(random: Random, entries: int) -> None:
    column = random.choice(sorted(COLUMNS))
    run(
        f"UPDATE audit_entry SET {column} = {COLUMNS[column]} WHERE id = (SELECT entry_id FROM audit_link"  # noqa: S608
        " WHERE position = :place)",
        n=random.randrange(1, 9), place=random.randint(1, entries),
    )  # fmt: skip


def delete(random: Random, entries: int) -> None:
    place = random.randint(1, entries)
    run(
        "DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_link WHERE position = :place)",
        place=place,
    )
    if random.random() < 0.5:
        run("DELETE FROM audit_link WHERE position = :place", place=place)


def swap_entries(random: Random, entries: int) -> None:
    one, other = random.sample(range(1, entries + 1), 2)
    ids = "(SELECT entry_id FROM audit_link WHERE position = {})"
    run(f"UPDATE audit_entry SET id = -1 WHERE id = {ids.format(one)}")  # noqa: S608
    run(f"UPDATE audit_entry SET id = {ids.format(one)} WHERE id = {ids.format(other)}")  # noqa: S608
    run(f"UPDATE audit_entry SET id = {ids.format(other)} WHERE id = -1")  # noqa: S608


def swap_links(random: Random, entries: int) -> None:
    """The order of two entries, with the hashes or without."""
    one, other = random.sample(range(1, entries + 1), 2)
    run("UPDATE audit_link SET position = -1 WHERE position = :place", place=one)
    run("UPDATE audit_link SET position = :to WHERE position = :place", to=one, place=other)
    run("UPDATE audit_link SET position = :to WHERE position = -1", to=other)
    if random.random() < 0.5:
        rehash()


def cut_end(random: Random, entries: int) -> None:
    place = random.randint(1, entries)
    run(
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_link WHERE position >= :place)",
        place=place,
    )
    run("DELETE FROM audit_link WHERE position >= :place", place=place)


def cut_beginning(random: Random, entries: int) -> None:
    """As if the period were over; at a signed head, too."""
    ends = db.session.scalars(sa.text("SELECT position FROM audit_head")).all()
    place = random.choice([*ends, random.randint(1, entries)])
    run(
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_link WHERE position <= :place)",
        place=place,
    )
    run("DELETE FROM audit_link WHERE position <= :place", place=place)


def rebuild_after_edit(random: Random, entries: int) -> None:
    edit(random, entries)
    run("DELETE FROM audit_link WHERE entry_id NOT IN (SELECT id FROM audit_entry)")
    rehash()


def rebuild_after_deletion(random: Random, entries: int) -> None:
    delete(random, entries)
    run("DELETE FROM audit_link WHERE entry_id NOT IN (SELECT id FROM audit_entry)")
    rehash()


def put_in(random: Random, entries: int) -> None:
    """An entry of the past that never was; beside the chain, or in it, or with all of it made anew."""
    place = random.randint(1, entries)
    run("INSERT INTO audit_entry (id, action) VALUES (-:place, 'person.read')", place=place)
    if random.random() < 0.7:
        run("UPDATE audit_link SET position = position + 1000000 WHERE position >= :place", place=place)
        run("INSERT INTO audit_link VALUES (:place, -:place, sha256('x'))", place=place)
        rehash()


def forget_heads(random: Random, entries: int) -> None:
    """Everything of the newest head taken out of the database, as if nothing had been signed since."""
    last = db.session.scalar(sa.text("SELECT max(number) FROM audit_head"))
    kept = random.randrange(last)
    run("DELETE FROM audit_head WHERE number > :kept", kept=kept)
    rebuild_after_edit(random, entries)


def start_again(random: Random, entries: int) -> None:
    """No chain and no head at all in the database; the worker would begin anew."""
    edit(random, entries)
    run("DELETE FROM audit_link")
    run("DELETE FROM audit_head")
    run("UPDATE audit_chained SET upto = 0, next = 0")


def move_head(random: Random, entries: int) -> None:
    """A signed head made to fit an altered chain, without the key."""
    rebuild_after_edit(random, entries)
    run(
        "UPDATE audit_head h SET line = replace(h.line, h.line::jsonb ->> 'hash', encode(l.hash, 'hex'))"
        " FROM audit_link l WHERE l.position = h.position"
    )


TAMPERINGS: tuple[Tampering, ...] = (
    edit, delete, swap_entries, swap_links, cut_end, cut_beginning, rebuild_after_edit, rebuild_after_deletion,
    put_in, forget_heads, start_again, move_head,
)  # fmt: skip

"""Is the access log whole? The chain worked out anew and held to every signed head, in one pass and little memory."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.db import db
from portal.jobs import worker_is_alive
from portal.keeping.periods import KINDS
from portal.trace.chain import EVERY, oldest_unsigned
from portal.trace.chain_heads import Head, Unreadable, as_line, is_signed, list_lines, read_line
from portal.trace.chain_restored import explain

BEGINNING = bytes(32)
SHORTEST = timedelta(days=KINDS["access_log"].least)  # nothing younger has been deleted lawfully
AT_ONCE = 2_000  # rows fetched at a time

# As in chain_entries (0025), not by a function of the database: whoever changes rows could change that, too.
_LINKS = sa.text("""
    SELECT l.position, l.entry_id, l.hash, e.id, jsonb_build_array(
        l.position, e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.user_id, e.action, e.subject,
        e.subject_ids, e.area_id, e.agency_id, e.detail)::text AS line
      FROM audit_link l LEFT JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.position""")
_BESIDE = sa.text("""
    SELECT e.id FROM audit_entry e WHERE e.id <= (SELECT upto FROM audit_chained)
       AND NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT 1""")
_WAITING = sa.text("""
    SELECT count(*) FROM audit_entry e WHERE e.at < now() - interval '1 minute'
       AND e.id > (SELECT upto FROM audit_chained) AND NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id)""")
_SEARCHES = sa.text("""
    SELECT t.entry_id, t.words, t.salt, e.detail ->> 'typed' AS typed
      FROM search_term t LEFT JOIN audit_entry e ON e.id = t.entry_id ORDER BY t.entry_id""")


@dataclass(frozen=True)
class Proof:
    """What the chain is held to: signed heads by number, of the portal's own files or of a copy kept `outside`."""

    heads: Mapping[int, Head]
    outside: bool = False


class Broken(Exception):
    """The first fault found, in words."""


def find_first_fault(
    place: Path, keys: Mapping[str, Ed25519PublicKey], *, outside: bool = False
) -> str | None:
    """What is wrong with the access log under the heads at `place`; None where nothing is. Reads as the owner."""
    try:
        proof = Proof(_read_heads(place, keys), outside)
        _compare_with_kept(proof)
        _walk(proof)
        _look_beside()
        _check_searches()
    except Broken as fault:
        return str(fault)
    return None


def list_warnings() -> list[str]:
    """What a working worker would have done by now."""
    if not worker_is_alive():
        return []
    waiting, oldest = db.session.scalar(_WAITING), oldest_unsigned()
    found = []
    if waiting:
        found.append(f"{waiting} entries of the access log are older than a minute and not chained yet.")
    if oldest is not None and oldest < datetime.now(UTC) - EVERY:
        found.append(
            f"The access log has not been signed since {oldest:%Y-%m-%d %H:%M} UTC, over an hour ago."
        )
    return found


def describe() -> str:
    """How far the chain goes, and how far it is signed, for whoever has been told that it is whole."""
    end = db.session.scalar(sa.text("SELECT max(position) FROM audit_link")) or 0
    query = sa.text("SELECT position, at FROM audit_head ORDER BY number DESC LIMIT 1")
    head = db.session.execute(query).one_or_none()
    if head is None:
        return f"The access log is whole up to position {end}; nothing of it has been signed yet."
    return f"The access log is whole up to position {end}, and signed up to {head.position} ({head.at:%Y-%m-%d %H:%M} UTC)."


def _read_heads(place: Path, keys: Mapping[str, Ed25519PublicKey]) -> dict[int, Head]:
    """By number, each signed, and following on the one before; a copy kept outside may begin later and have gaps."""
    heads: dict[int, Head] = {}
    for line in list_lines(place):
        try:
            head = read_line(line)
        except Unreadable as error:
            raise Broken(f"A line of the signed heads cannot be read: {error}") from None
        if not is_signed(head, keys):
            raise Broken(f"Signed head {head.number} is not signed by a known key.")
        if heads.setdefault(head.number, head) != head:
            raise Broken(f"There are two different signed heads {head.number}.")
    for number, head in sorted(heads.items()):
        former = heads.get(number - 1)
        if former and hashlib.sha256(as_line(former).encode()).hexdigest() != head.former:
            raise Broken(f"Signed head {number} does not follow on head {number - 1}.")
    return heads


def _compare_with_kept(proof: Proof) -> None:
    """The database keeps the same heads. A copy kept outside may lack some; the portal's own files may not."""
    kept = {
        row.number: row.line for row in db.session.execute(sa.text("SELECT number, line FROM audit_head"))
    }
    for number, head in sorted(proof.heads.items()):
        if number not in kept:
            lost = f"The database has lost signed head {number}, of {head.at:%Y-%m-%d %H:%M} UTC."
            raise Broken(lost + explain(number))
        if kept[number] != as_line(head):
            another = f"Signed head {number} in the database is another than the one kept outside it."
            raise Broken(another + explain(number))
    for number in range(1, max(kept, default=0) + 1):
        if number not in kept:
            raise Broken(f"The database has lost signed head {number}.")
        if number not in proof.heads and not proof.outside:
            raise Broken(f"Signed head {number} is missing from the files of heads.")


def _walk(proof: Proof) -> None:
    heads = sorted(proof.heads.values(), key=lambda head: head.number)
    place, hashed = 0, BEGINNING
    ahead = iter(heads)
    head = next(ahead, None)
    for row in _stream():
        if place == 0 and row.position > 1:
            place, hashed = _begin(row.position - 1, heads)
        while head is not None and head.position <= place:
            head = next(ahead, None)
        place += 1
        if row.position != place:
            raise Broken(f"Position {place} of the access log’s chain is missing.")
        if row.id is None:
            raise Broken(
                f"Entry {row.entry_id} of the access log, position {place} of its chain, is missing."
            )
        hashed = hashlib.sha256(hashed + row.line.encode()).digest()
        if hashed != bytes(row.hash):
            raise Broken(
                f"Entry {row.entry_id} of the access log, position {place} of its chain, was altered."
            )
        if head is not None and head.position == place and head.hash != hashed.hex():
            raise Broken(f"The chain of the access log is another than signed head {head.number} says.")
    if place == 0 and heads:
        place, hashed = _begin(heads[-1].position, heads)
    if heads and heads[-1].position > place:
        raise Broken(
            f"The access log ends at position {place}, signed head {heads[-1].number} covers {heads[-1].position}."
        )


def _begin(position: int, heads: list[Head]) -> tuple[int, bytes]:
    """Where a chain goes on whose beginning was deleted: after a signed head that is older than any period."""
    for head in heads:
        if head.position == position:
            if head.at > datetime.now(UTC) - SHORTEST:
                raise Broken(
                    f"The access log up to position {position} is gone, but was signed only on {head.at:%Y-%m-%d}."
                )
            return position, bytes.fromhex(head.hash)
    raise Broken(f"The access log up to position {position} is gone, and no signed head ends there.")


def _stream() -> Iterator[sa.Row[tuple[object, ...]]]:
    options = {"stream_results": True, "yield_per": AT_ONCE}
    yield from db.session.execute(_LINKS, execution_options=options)


def _look_beside() -> None:
    if (entry := db.session.scalar(_BESIDE)) is not None:
        raise Broken(f"Entry {entry} of the access log is in no chain: it was put in later.")


def _check_searches() -> None:
    """Words of searches that are still kept are those that were typed."""
    options = {"stream_results": True, "yield_per": AT_ONCE}
    for row in db.session.execute(_SEARCHES, execution_options=options):
        typed = hmac.digest(bytes(row.salt), row.words.encode(), "sha256").hex()
        if row.typed != typed:
            raise Broken(f"What was searched for in entry {row.entry_id} of the access log was altered.")

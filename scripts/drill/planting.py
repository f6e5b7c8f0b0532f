"""Faults planted on purpose, each of which the count must find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
# In these statements $event is the last acceptance of the drill whose referral is open.
EVENT = """(SELECT max(e.id) FROM event e JOIN referral r ON r.id = e.referral_id JOIN person p ON p.id = r.person_id
    WHERE e.kind = 'accepted' AND r.closed_at IS NULL AND p.surname ~ '^Dril[0-9]+$')"""
PLANTED = {
    "event lost": "DELETE FROM event WHERE id = $event",
    "trace lost": """DELETE FROM audit_entry WHERE id = (SELECT max(a.id) FROM audit_entry a JOIN event e
        ON a.subject_ids = ARRAY[e.referral_id] WHERE a.action = 'referral.accepted' AND e.id = $event)""",
    "half committed": """UPDATE referral SET status = 'challenged'
        WHERE id = (SELECT referral_id FROM event WHERE id = $event)""",
    "date lost": """UPDATE referral SET accepted_at = NULL, started_at = NULL
        WHERE id = (SELECT referral_id FROM event WHERE id = $event)""",
    "event doubled": """INSERT INTO event (referral_id, area_id, kind, to_status, side, by_id, happened_at)
        SELECT referral_id, area_id, kind, NULL, side, by_id, happened_at FROM event WHERE id = $event""",
    "email lost": "DELETE FROM outbox WHERE key LIKE 'event:' || $event || ':%'",
    "release lost": "DELETE FROM release WHERE referral_id = (SELECT referral_id FROM event WHERE id = $event)",
}
MAILS: dict[str, Callable[[list[str], int], list[str]]] = {
    "email doubled": lambda arrived, crashes: arrived + arrived[-1:] * (crashes + 1),
    "email not arrived": lambda arrived, _crashes: [each for each in arrived if each != arrived[-1]],
}
KINDS = (*PLANTED, *MAILS)


def plant(kind: str, connection: Connection, arrived: list[str], crashes: int) -> list[str]:
    """Plant it in the connection's transaction, or in what arrived, which is given back. Nothing is committed."""
    if kind in MAILS:
        return MAILS[kind](arrived, crashes)
    connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")  # which refuses it even to the owner
    if not connection.execute(PLANTED[kind].replace("$event", EVENT).encode()).rowcount:
        raise RuntimeError(f"nothing to plant {kind!r} in")
    return arrived

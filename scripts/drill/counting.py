"""The independent count: what the clients were told, held to what stands in the database and reached the mail server.

Plain SQL and Python; nothing of the portal is asked.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from scripts.drill.journal import Deed

# What an action leaves: the kind of its event, and columns of the referral that it sets.
EFFECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "send": ("sent", ("sent_at", "service_id", "agency_id")),
    "acknowledge": ("acknowledged", ("acknowledged_at", "responded_at")),
    "accept-as-priority": ("accepted", ("decided_at", "accepted_at", "decision", "worker_id")),
    "accept-as-standard": ("accepted", ("decided_at", "accepted_at", "decision", "worker_id")),
    "decline": ("declined", ("decided_at", "decision", "decline_reason")),
    "offer": ("appointment_offered", ("first_offer_at",)),
    "start": ("started", ("started_at",)),
    "close": ("closed", ("closed_at", "outcome", "close_reason")),
}
DECISIONS = {
    "accept-as-priority": "accepted_priority",
    "accept-as-standard": "accepted_standard",
    "decline": "declined",
}
# By kind of event, each way round: the date stands if and only if the event does.
DATES = {
    "sent": "sent_at",
    "accepted": "accepted_at",
    "appointment_offered": "first_offer_at",
    "started": "started_at",
    "closed": "closed_at",
}


@dataclass
class Stock:
    """What there is: rows of the drill's own referrals by reference, and beside them by the referral's id."""

    referrals: dict[str, dict[str, Any]]
    events: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    traces: Counter[tuple[int, str]] = field(default_factory=Counter)
    releases: Counter[int] = field(default_factory=Counter)
    appointments: Counter[int] = field(default_factory=Counter)
    mails: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)  # events of which an email tells
    arrived: Counter[str] = field(default_factory=Counter)


@dataclass
class Found:
    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lost) + len(self.half) + len(self.doubled)


REFERRALS = """SELECT r.*, d.asked, d.done FROM referral r JOIN person p ON p.id = r.person_id
    LEFT JOIN referral_detail d ON d.referral_id = r.id WHERE p.surname ~ '^Dril[0-9]+$'"""


def take_stock(connection: psycopg.Connection[Any], arrived: Sequence[str]) -> Stock:
    """`arrived`: the Message-IDs that the mail server noted, one for each copy."""
    with connection.cursor(row_factory=dict_row) as ask:
        stock = Stock({row["reference"]: row for row in ask.execute(REFERRALS)})
        for row in ask.execute("SELECT id, referral_id, kind, to_status, by_id FROM event ORDER BY id"):
            stock.events[row["referral_id"]].append(row)
        for row in ask.execute("SELECT subject_ids, action FROM audit_entry WHERE subject = 'referral'"):
            if len(row["subject_ids"]) == 1:
                stock.traces[row["subject_ids"][0], row["action"]] += 1
        stock.releases.update(row["referral_id"] for row in ask.execute("SELECT referral_id FROM release"))
        stock.appointments.update(
            row["referral_id"] for row in ask.execute("SELECT referral_id FROM appointment")
        )
        stock.mails = {row["key"]: row for row in ask.execute("SELECT key, sent_at, dead_at FROM outbox")}
    stock.told = {int(key.split(":")[1]) for key in stock.mails if key.startswith("event:")}
    stock.arrived.update(arrived)
    return stock


def count(deeds: Sequence[Deed], stock: Stock, crashes: int) -> Found:
    """`crashes`: of the worker or the database, each of which may send one email once more."""
    found = Found()
    for deed in deeds:
        asked_again = deed.action == "draft" and not deed.location  # a kill has lost where it led
        if deed.acknowledged and not asked_again:
            found.lost += _missing(deed, stock)
    drafts = Counter(f"{row['person_id']}:{row['need_code']}" for row in stock.referrals.values())
    found.doubled += [f"{about}: {number} referrals" for about, number in drafts.items() if number > 1]
    for row in stock.referrals.values():
        found.half += _halves(row, stock)
        kinds = Counter(event["kind"] for event in stock.events[row["id"]])
        found.doubled += [f"{row['reference']}: {n} events {kind}" for kind, n in kinds.items() if n > 1]
    _count_mails(stock, crashes, found)
    return found


def _missing(deed: Deed, stock: Stock) -> Iterator[str]:
    """What an acknowledged deed should have left and has not."""
    reference = deed.about
    if deed.action == "draft":
        reference = deed.location.removeprefix("/refer/").partition("/")[0]
    row = stock.referrals.get(reference)
    if row is None:
        yield f"{deed.number} {deed.action} of {deed.about}: no such referral {reference}"
    elif deed.action not in EFFECTS:
        if deed.action != "draft" and deed.action not in (row["done"] or ()):
            yield f"{deed.number} {deed.action} of {reference}: not among the answers"
        if deed.action == "request" and row["asked"] != f"Asked by {reference}":
            yield f"{deed.number} request of {reference}: other words"
    else:
        kind, columns = EFFECTS[deed.action]
        if not any(event["kind"] == kind for event in stock.events[row["id"]]):
            yield f"{deed.number} {deed.action} of {reference}: no event {kind}"
        for column in columns:
            if row[column] is None:
                yield f"{deed.number} {deed.action} of {reference}: no {column}"
        if row["decision"] != DECISIONS.get(deed.action, row["decision"]):
            yield f"{deed.number} {deed.action} of {reference}: decided otherwise"


def _halves(row: dict[str, Any], stock: Stock) -> Iterator[str]:
    """Where state, dates, events, trace, release, appointments and mails of one referral do not go together."""
    events = stock.events[row["id"]]
    kinds = Counter(event["kind"] for event in events)
    told = [event["to_status"] for event in events if event["to_status"]]
    faults = [*_dates(row, kinds), *_traces(row, kinds, stock)]
    if row["status"] != (told[-1] if told else "draft"):
        faults.append(f"status {row['status']}, but events say {told}")
    for name, there, wanted in (
        ("releases", stock.releases[row["id"]], int(kinds["sent"] > 0)),
        ("appointments", stock.appointments[row["id"]], kinds["appointment_offered"]),
    ):
        if there != wanted:
            faults.append(f"{there} {name}, not {wanted}")
    faults += [f"nobody is told of {e['kind']}" for e in events if e["id"] not in stock.told]
    yield from (f"{row['reference']}: {fault}" for fault in faults)


def _dates(row: dict[str, Any], kinds: Counter[str]) -> Iterator[str]:
    """Each date stands if and only if its event does."""
    for kind, column in DATES.items():
        if bool(kinds[kind]) != (row[column] is not None):
            yield f"{kinds[kind]} events {kind}, {column} is {row[column]}"
    decided = bool(kinds["accepted"] + kinds["declined"])
    if {decided, row["decided_at"] is not None, row["decision"] is not None} != {decided}:
        yield f"decided {decided}, {row['decision']} at {row['decided_at']}"


def _traces(row: dict[str, Any], kinds: Counter[str], stock: Stock) -> Iterator[str]:
    """As many entries of the access log as events, of each kind."""
    for kind in {*kinds, *(kind for kind, _columns in EFFECTS.values())}:
        times = stock.traces[row["id"], f"referral.{kind}"]
        if times != kinds[kind]:
            yield f"{kinds[kind]} events {kind}, {times} traces of it"


def _count_mails(stock: Stock, crashes: int, found: Found) -> None:
    """Each arrived; copies beyond the first are no more than crashes."""
    copies = {key: stock.arrived[message_id(key)] for key in stock.mails}
    found.lost += [f"email {key}: never arrived" for key, number in copies.items() if not number]
    found.half += [
        f"email {key}: arrived, not noted"
        for key, row in stock.mails.items()
        if copies[key] and not row["sent_at"]
    ]
    more = {key: number - 1 for key, number in copies.items() if number > 1}
    if sum(more.values()) > crashes:
        found.doubled.append(f"{sum(more.values())} copies of emails too many for {crashes} crashes: {more}")
    strange = set(stock.arrived) - {message_id(key) for key in stock.mails}
    found.lost += [f"email {strange_id} arrived, but is in no outbox" for strange_id in strange]


def message_id(key: str, host: str = "localhost") -> str:
    """As docs/decisions/0005 says it: the same for each sending of one key."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"

"""One drill from beginning to end: clients at work, kills among it, the rest of the mail, and the count."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from scripts.drill import planting
from scripts.drill.clients import AGENCIES, Work, staff
from scripts.drill.counting import Found, count, take_stock
from scripts.drill.journal import Deed, Journal, read
from scripts.drill.kills import MAIL_STOPS, Kill, Killer
from scripts.drill.stand import Stand

BOUND = 10.0  # seconds
STRAGGLERS = 300  # seconds for what clients have in hand at the end
DRAIN = 120  # seconds without one of the mails that still wait at the end
OFFICERS = ("officer", "officer.gwent")
PEOPLE = """SELECT u.email, p.id FROM person p JOIN user_area ua USING (area_id) JOIN user_account u ON u.id = ua.user_id
    WHERE p.surname ~ '^Dril[0-9]+$' AND u.email IN ('officer@demo.example', 'officer.gwent@demo.example') ORDER BY p.id"""
SERVICES = """SELECT s.id::text FROM service s JOIN service_need n ON n.service_id = s.id
    JOIN user_account u ON u.agency_id = s.agency_id WHERE u.email = %s AND n.need_code = %s"""
WAITING = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL"


@dataclass
class Outcome:
    deeds: list[Deed]
    kills: list[Kill]
    arrived: list[str]
    found: Found
    sent: int
    seconds: float
    faults: list[str] = field(default_factory=list)

    @property
    def crashes(self) -> int:
        return sum(kill.kind in MAIL_STOPS for kill in self.kills)


def people_for(referrals: int) -> int:
    """Enough that no need of a person is referred twice, whichever area gets most."""
    return 2 * (-(-referrals // len(AGENCIES)) + 8)


def drill(
    stand: Stand,
    *,
    referrals: int,
    order: Sequence[str],
    clients: int,
    seed: int,
    bound: float = BOUND,
    say: bool = True,
) -> Outcome:
    """`order`: what is killed, one after another, spread evenly over the referrals; `bound`: seconds to be back in."""
    began = time.monotonic()
    path = stand.home / "journal"
    work = prepare(stand, Journal(path), referrals)
    killer = Killer(stand, seed)
    threads = staff(work, stand.port, clients, seed)
    for thread in threads:
        thread.start()
    try:
        for number, kind in enumerate(order):
            if not _comes_to(work, referrals * (number + 1) // (len(order) + 1)):
                break
            struck = killer.strike(kind)
            if say:
                print(f"drill: {work.sent:5} sent, {kind:11} back in {struck.longest:.1f} s", flush=True)
        _comes_to(work, referrals)
        work.goal = min(work.goal, work.sent)
        for thread in threads:
            thread.join(STRAGGLERS)
    finally:
        work.over.set()
    drain(stand)
    outcome = Outcome(
        read(path),
        killer.kills,
        arrived(stand.mails),
        Found(),
        work.sent,
        time.monotonic() - began,
        work.faults,
    )
    outcome.faults += _faults(outcome, len(order), bound)
    with stand.connect() as connection:
        outcome.found = count_up(connection, outcome)
    return outcome


def count_up(connection: psycopg.Connection[tuple[object, ...]], outcome: Outcome, plant: str = "") -> Found:
    """The count; with a planted fault, which is taken back again."""
    there = outcome.arrived
    try:
        if plant:
            there = planting.plant(plant, connection, there, outcome.crashes)
        return count(outcome.deeds, take_stock(connection, there), outcome.crashes)
    finally:
        connection.rollback()


def prepare(stand: Stand, journal: Journal, goal: int) -> Work:
    with stand.connect() as connection:
        people = {account: queue.SimpleQueue[tuple[int, str]]() for account in OFFICERS}
        for email, person in connection.execute(PEOPLE).fetchall():
            for need in AGENCIES:
                people[str(email).removesuffix("@demo.example")].put((int(str(person)), need))
        services = {
            need: {
                str(row[0])
                for row in connection.execute(SERVICES, (f"{account}@demo.example", need)).fetchall()
            }
            for need, account in AGENCIES.items()
        }
    return Work(journal, people, services, goal)


def _comes_to(work: Work, sent: int, patience: float = 300) -> bool:
    """Wait until so many are sent; False where they do not go on."""
    seen, since = work.sent, time.monotonic()
    while work.sent < sent:
        time.sleep(0.1)
        if work.sent != seen:
            seen, since = work.sent, time.monotonic()
        if work.over.is_set() or time.monotonic() - since > patience:
            work.faults.append(f"the clients stopped at {work.sent} of {sent} referrals")
            return False
    return True


def drain(stand: Stand) -> None:
    """Until no email waits, or none has gone for a time: one that failed waits a minute for its second attempt."""
    fewest, since = float("inf"), time.monotonic()
    while time.monotonic() - since < DRAIN:
        with suppress(psycopg.Error), stand.connect() as connection:
            row: Any = connection.execute(WAITING).fetchone()
            waiting: int = row[0]
            if not waiting:
                return
            if waiting < fewest:
                fewest, since = waiting, time.monotonic()
        time.sleep(0.5)


def arrived(path: Path) -> list[str]:
    return path.read_text().split()


def _faults(outcome: Outcome, kills: int, bound: float) -> list[str]:
    late = [f"{kill.kind}: back after {kill.longest:.1f} s" for kill in outcome.kills if kill.longest > bound]
    late += [f"{deed.action} of {deed.about}: answered 500" for deed in outcome.deeds if 500 in deed.codes]
    if len(outcome.kills) < kills:
        late.append(f"{len(outcome.kills)} of {kills} kills")
    return late

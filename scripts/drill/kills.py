"""Killing at random, and how long it takes until the portal is back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from scripts.drill.browser import Browser, Lost
from scripts.drill.stand import Stand, children, kill

LONGEST = 60.0  # seconds after which nobody waits any longer
LOOK = 0.05  # seconds between looks
# What is killed, how often of a hundred times, and whether the worker has to come back as well.
KINDS = {"web worker": 30, "web server": 20, "worker": 25, "postmaster": 10, "database": 15}
MAIL_STOPS = ("worker", "postmaster", "database")
IS_BACK = (
    "SELECT greatest(max(sent_at), (SELECT max(at) FROM worker_heartbeat)) > to_timestamp(%s) FROM outbox"
)


@dataclass(frozen=True)
class Kill:
    """`pages`, `work`: seconds from the kill until a page was answered, until the worker had done something."""

    kind: str
    at: float
    pages: float
    work: float | None

    @property
    def longest(self) -> float:
        return max(self.pages, self.work or 0.0)


def draw(kills: int, seed: int) -> list[str]:
    """What is to be killed; the same seed, the same order."""
    return random.Random(seed).choices(list(KINDS), list(KINDS.values()), k=kills)  # noqa: S311


class Killer:
    def __init__(self, stand: Stand, seed: int) -> None:
        self._stand, self._chance = stand, random.Random(seed)  # noqa: S311 - the same seed kills the same
        self._visitor = Browser(stand.port, "officer@demo.example")
        self._visitor.sign_in()
        self.kills: list[Kill] = []

    def strike(self, kind: str) -> Kill:
        """Kill it at some moment of the next second, and wait until the portal is back."""
        time.sleep(self._chance.random())
        pids: list[int] = []
        while not pids:
            pids = self._victims(kind)
        at = time.time()
        kill(pids)
        pages = self._until(at, self._page_is_shown)
        work = self._until(at, lambda: self._work_is_done(at)) if kind in MAIL_STOPS else None
        self.kills.append(Kill(kind, at, pages, work))
        return self.kills[-1]

    def _victims(self, kind: str) -> list[int]:
        postmaster, web = self._stand.postmaster(), self._stand.web.pids()
        if kind == "web worker":
            return [self._chance.choice(web[1:])] if web[1:] else []
        if kind == "web server":
            return web
        if kind == "worker":
            return self._stand.worker.pids()
        if postmaster is None:
            return []
        return [postmaster] if kind == "postmaster" else [postmaster, *children(postmaster)]

    def _until(self, since: float, answers: Callable[[], bool]) -> float:
        while not answers() and time.time() - since < LONGEST:
            time.sleep(LOOK)
        return time.time() - since

    def _page_is_shown(self) -> bool:
        """A page behind the sign-in, which leaves its trace in the database before it is shown."""
        with suppress(Lost):
            return self._visitor.get("/referrals").status == 200
        return False

    def _work_is_done(self, since: float) -> bool:
        with suppress(psycopg.Error), self._stand.connect() as connection:
            row = connection.execute(IS_BACK, (since,)).fetchone()
            return bool(row and row[0])
        return False

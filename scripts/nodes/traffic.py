"""Clients of a drill: staff who read referrals and write messages, each once and never again, and what they were told."""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PASSWORD = "demonstration only 2026"  # noqa: S105 # nosec B105
WAIT = 40.0  # seconds for an answer
PAUSE = 0.25  # seconds between a page and the next
TOKEN = re.compile(r'name="(csrf_token|token)"[^>]*value="([^"]*)"')


@dataclass
class Told:
    """What one client was told. Times are of time.monotonic()."""

    acknowledged: list[tuple[float, str]] = field(default_factory=list)  # when, and the words of the message
    unanswered: list[tuple[float, str]] = field(default_factory=list)  # sent, but no “saved” came back
    refused: list[tuple[float, int]] = field(
        default_factory=list
    )  # pages that did not come: when, status or 0
    answered: list[tuple[float, float]] = field(
        default_factory=list
    )  # good answers: when, and after how long
    signed_out: int = 0


class Client(threading.Thread):
    def __init__(self, number: int, email: str, authority: str) -> None:
        super().__init__(daemon=True)
        self.number, self.email, self.told = number, email, Told()
        self._tls = ssl.create_default_context(cafile=authority)
        self._cookies: dict[str, str] = {}
        self._line: http.client.HTTPSConnection | None = None
        self._enough = threading.Event()
        self.ready = threading.Event()
        self.references: list[str] = []

    def stop(self) -> None:
        self._enough.set()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it sends one, and the page. OSError where no answer comes."""
        if self._line is None:
            self._line = http.client.HTTPSConnection("portal.example", timeout=WAIT, context=self._tls)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"https://portal.example{path}",
            }
        try:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
            page = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            self._line = None
            raise OSError(str(error)) from error
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            for morsel in SimpleCookie(cookie).values():
                self._cookies[morsel.key] = morsel.value
        return answer.status, answer.headers.get("Location", ""), page

    def sign_in(self) -> None:
        _status, _where, page = self.ask("GET", "/sign-in")
        form = dict(TOKEN.findall(page)) | {"email": self.email, "password": PASSWORD}
        status, _where, _page = self.ask("POST", "/sign-in", form)
        _status, _where, page = self.ask("GET", "/referrals")
        self.references = sorted(set(re.findall(r'href="/referrals/([A-Z0-9]{4,})"', page)))
        if status != 302:
            raise RuntimeError(f"{self.email}: signing in was answered with {status}")

    def run(self) -> None:
        self.sign_in()
        self.ready.set()
        turn = self.number
        while not self._enough.wait(PAUSE):
            turn += 1
            self.work(turn)

    def work(self, turn: int) -> None:
        reference = self.references[turn % len(self.references)]
        page = self.read(f"/referrals/{reference}")
        if page:
            self._write(reference, page, f"drill {self.number}-{turn}")

    def read(self, path: str) -> str | None:
        began = time.monotonic()
        try:
            status, where, page = self.ask("GET", path)
        except OSError:
            self.told.refused.append((time.monotonic(), 0))
            return None
        if where.startswith("/sign-in"):
            self.told.signed_out += 1
            return None
        if status != 200:
            self.told.refused.append((time.monotonic(), status))
            return None
        self.told.answered.append((time.monotonic(), time.monotonic() - began))
        return page

    def _write(self, reference: str, page: str, words: str) -> None:
        """Once: a form of which nothing is known afterwards is not sent again."""
        began = time.monotonic()
        form = dict(TOKEN.findall(page)) | {"words": words}
        try:
            status, where, _page = self.ask("POST", f"/referrals/{reference}/messages", form)
        except OSError:
            self.told.unanswered.append((began, words))
            return
        if status == 302 and where.endswith("#messages"):
            self.told.acknowledged.append((time.monotonic(), words))
            self.told.answered.append((time.monotonic(), time.monotonic() - began))
        elif where.startswith("/sign-in"):
            self.told.signed_out += 1
        else:
            self.told.unanswered.append((began, words))


class Reader(Client):
    """A manager, who reads figures: from the standby, where that may be read."""

    def work(self, turn: int) -> None:
        self.read(("/turnaround", "/needs")[turn % 2])

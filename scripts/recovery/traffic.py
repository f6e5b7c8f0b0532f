"""People who read and write: a few visitors of a portal with demo data, each in a thread, and what they were answered."""

from __future__ import annotations

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

PASSWORD = "demonstration only 2026"  # noqa: S105 - public
READ = {  # pages, besides those of referrals
    "officer@demo.example": ("/", "/people", "/services"),
    "housing@demo.example": ("/", "/referrals", "/services"),
}
REFERRAL = re.compile("/referrals/[A-Z]{2}[0-9]{4}[A-Z]{2}")
PATIENCE = 20  # seconds for an answer
UNREACHED = 0  # in place of a status: no answer came


@dataclass(frozen=True)
class Answer:
    """`at`: when it came, seconds since 1970; `status` as in HTTP, 0 where none came."""

    at: float
    seconds: float
    status: int
    what: str


class Forms(HTMLParser):
    """The values that a page hands to its own forms: by the form's action, {name: value} of hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, dict[str, str]] = {}
        self.links: list[str] = []
        self._form: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.hidden.setdefault(said.get("action", ""), {})
        elif tag == "input" and said.get("type") == "hidden":
            self._form[said.get("name", "")] = said.get("value", "")
        elif tag == "a":
            self.links.append(said.get("href", ""))


class Visitor:
    """One browser, without scripts."""

    def __init__(self, base: str) -> None:
        self._base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.answers: list[Answer] = []

    def ask(self, path: str, values: dict[str, str] | None = None) -> str:
        """The page, redirects followed; "" where none came or it was refused."""
        data = urllib.parse.urlencode(values).encode() if values is not None else None
        begun, page, status = time.monotonic(), "", UNREACHED
        try:
            with self._opener.open(self._base + path, data, timeout=PATIENCE) as response:
                status, page = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except OSError:
            pass
        what = f"{'POST' if values is not None else 'GET'} {path}"
        self.answers.append(Answer(time.time(), time.monotonic() - begun, status, what))
        return page

    def sign_in(self, email: str) -> None:
        hidden = Forms(self.ask("/sign-in?lang=en")).hidden
        given = next((values for values in hidden.values() if "csrf_token" in values), {})
        self.ask("/sign-in", given | {"email": email, "password": PASSWORD})

    def list_references(self) -> list[str]:
        found = Forms(self.ask("/referrals")).links
        return [link.split("/")[2] for link in found if REFERRAL.fullmatch(link)]

    def write_message(self, reference: str, words: str) -> bool:
        """Whether the portal acknowledged it."""
        action = f"/referrals/{reference}/messages"
        hidden = Forms(self.ask(f"/referrals/{reference}")).hidden.get(action)
        if hidden is None:
            return False
        self.ask(action, hidden | {"words": words})
        return self.answers[-1].status == 200  # the page of the referral, after a redirect


@dataclass
class Traffic:
    """`with Traffic(address) as traffic:` – visitors sign in, then read and write until the block ends.

    `acknowledged`: words of a message -> when the portal said that it was kept.
    """

    base: str
    pause: float = 0.02
    acknowledged: dict[str, float] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._visitors = [Visitor(self.base) for _ in READ]
        for visitor, email in zip(self._visitors, READ, strict=True):
            visitor.sign_in(email)
        pairs = zip(self._visitors, READ.values(), strict=True)
        self._threads = [threading.Thread(target=self._use, args=pair) for pair in pairs]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.answers = sorted(
            (one for visitor in self._visitors for one in visitor.answers), key=lambda a: a.at
        )

    def _use(self, visitor: Visitor, pages: tuple[str, ...]) -> None:
        number, references = 0, visitor.list_references()
        while not self._stop.is_set():
            number += 1
            if not references:
                references = visitor.list_references()
            elif visitor.write_message(
                references[number % len(references)], words := f"Drill {id(visitor)} {number}."
            ):
                self.acknowledged[words] = visitor.answers[-1].at
            visitor.ask(pages[number % len(pages)])
            self._stop.wait(self.pause)

    def wait_for(self, messages: int, seconds: float = 60) -> None:
        """Until so many more messages have been acknowledged; TimeoutError where they are not."""
        wanted, until = len(self.acknowledged) + messages, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.acknowledged)} of {wanted} messages were acknowledged")
            time.sleep(0.02)

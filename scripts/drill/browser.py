"""A visitor's browser, as far as forms need one: a cookie, pages, and their forms with what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

PATIENCE = 30  # seconds for one answer
PASSWORD = "demonstration only 2026"  # noqa: S105  # nosec B105 - of the demonstration
FORMS = re.compile(r"<form\b.*?</form>", re.DOTALL)
Fields = list[tuple[str, str]]


class Lost(Exception):
    """No answer came (`code` 0), or one of a server's fault: nobody knows what has become of the request."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Page:
    status: int
    location: str
    text: str

    def filled(self, action: str, answers: dict[str, str | list[str]]) -> Fields:
        """What a browser would send: every field of the form that goes to `action`, with these answers in it."""
        for html in FORMS.findall(self.text):
            form = _Form()
            form.feed(html)
            if form.action in ("", action):
                kept = [(name, value) for name, value in form.fields if name not in answers]
                given = [(n, each) for n, v in answers.items() for each in ([v] if isinstance(v, str) else v)]
                return kept + given
        raise ValueError(f"no form for {action} on a page of {self.status}")

    def choices(self, name: str) -> list[str]:
        """The values of the radio buttons of this name."""
        return re.findall(rf'<input[^>]*name="{name}"[^>]*type="radio"[^>]*value="([^"]*)"', self.text)


@dataclass
class Browser:
    """One user's. Each request has a connection of its own; redirects are not followed."""

    port: int
    email: str
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self) -> None:
        page = self.get("/sign-in?lang=en")
        fields = page.filled("/sign-in", {"email": self.email, "password": PASSWORD})
        answer = self.post("/sign-in", fields)
        if answer.status != 302:
            raise RuntimeError(f"{self.email} cannot sign in: {answer.status}")

    def get(self, path: str) -> Page:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Fields) -> Page:
        return self._ask("POST", path, urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None) -> Page:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (TimeoutError, OSError, HTTPException) as error:
            raise Lost from error
        finally:
            connection.close()
        if answer.status >= 500:
            raise Lost(answer.status)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Page(answer.status, answer.headers.get("Location", ""), text)


class _Form(HTMLParser):
    """Where a form goes, and the fields of it that are sent although nobody touches them."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields = "", Fields()
        self._select, self._area = "", ""
        self._first = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and name:
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.fields.append((name, value))
        elif tag == "select":
            self._select, self._first = name, True
        elif tag == "option" and self._select and (self._first or "selected" in given):
            self.fields = [each for each in self.fields if each[0] != self._select]
            self.fields.append((self._select, value))
            self._first = False
        elif tag == "textarea":
            self._area = name
            self.fields.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            name, before = self.fields[-1]
            self.fields[-1] = name, before + data

"""The net: walks what an actor can open, reads every kind of file, and finds what should not be there."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from zipfile import ZipFile

import structlog
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from portal import logs

ALIKE = 2  # of addresses that differ only in numbers and values: so many are asked for
MOST = 200
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def text_of(answer: TestResponse) -> str:
    """All that a reader could find in it: a workbook's every part, a PDF's words and titles, headers too."""
    headers = str(answer.headers)
    if answer.mimetype == SHEET:
        with ZipFile(io.BytesIO(answer.data)) as book:
            return headers + "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if answer.mimetype == "application/pdf":
        document = PdfReader(io.BytesIO(answer.data))
        return headers + str(document.metadata) + " ".join(page.extract_text() for page in document.pages)
    return headers + answer.data.decode("utf-8", "replace")


def walk(client: FlaskClient, starts: Iterable[str]) -> dict[str, str]:
    """What each address says: those given, and whatever their links, tabs, pages and filters lead to."""
    waiting, found = list(dict.fromkeys(starts)), {}
    known, shapes = set(waiting), Counter()
    while waiting and len(found) < MOST:
        address = waiting.pop(0)
        answer: Any = client.get(address)
        found[address] = text_of(answer)
        if answer.mimetype != "text/html":
            continue
        for link in links_of(answer.text, address):
            shape = re.sub(r"\d+|[A-Z]{2}\d{4}[A-Z]{2}|=[^&]*", "#", link)
            shapes[shape] += link not in known
            if link not in known and shapes[shape] <= ALIKE:
                known.add(link)
                waiting.append(link)
    return found


def links_of(page: str, address: str) -> Iterator[str]:
    """Addresses of the portal that a page leads to; each choice of a filter on its own."""
    soup = BeautifulSoup(page, "html.parser")
    for link in soup.select("main a[href], nav a[href]"):
        parts = urlsplit(urljoin(address, str(link["href"])))
        if (
            not parts.scheme
            and parts.path.startswith("/")
            and not re.search(r"^/static|(^|&)lang=", parts.query or parts.path)
        ):
            yield parts.path + (f"?{parts.query}" if parts.query else "")
    for form in soup.select("form[method=get]"):
        action = str(form.get("action") or urlsplit(address).path)
        for choice in form.select("option[value], input[type=radio], input[type=checkbox]"):
            field = choice.find_parent("select") or choice
            if choice.get("value") and field.get("name"):
                yield f"{action}?{urlencode({str(field['name']): str(choice['value'])})}"


def leaks(found: dict[str, str], forbidden: re.Pattern[str]) -> dict[str, str]:
    """Where what is forbidden stands, and what of it. The address that was asked for comes back in links of its own page."""
    hits = {}
    for address, text in found.items():
        for code in re.findall(r"[A-Z]{2}\d{4}[A-Z]{2}", address):
            text = text.replace(code, "")
        if hit := forbidden.search(text):
            hits[address] = text[max(0, hit.start() - 80) : hit.end() + 20]
    return hits


NEW_EACH_TIME = re.compile(
    r'(nonce|value|content|id|for|aria-\w+)="[^"]*"|nonce-[^\']+|Content-Length: \d+|X-Request-Id: \w+'
    r"|<code>[A-Z2-7 ]{39}</code>"
    r"|\d{1,2}[:.]\d{2}( to \d{1,2}[:.]\d{2})? ?(am|pm|yb|yh)?|Set-Cookie:[^\n]*|filename=[^\n]*|D:\d{14}Z|<dcterms:[^>]*>[^<]*"
)


def counted(text: str) -> str:
    """A page without what is new in each: nonces, tokens, the hour, when a file was made."""
    return NEW_EACH_TIME.sub("", text)


@contextmanager
def logged(app: Flask) -> Iterator[list[str]]:
    """The lines that are logged meanwhile, by structlog and by the standard library, requests' own included."""
    lines: list[str] = []

    def keep(_logger: object, _name: str, line: Any) -> Any:
        lines.append(str(line))
        return line

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    processors, after = structlog.get_config()["processors"], app.after_request_funcs.setdefault(None, [])
    keeper, root = Keeper(), logging.getLogger()
    processors.append(keep)
    after.append(logs._end)
    root.addHandler(keeper)
    try:
        yield lines
    finally:
        processors.remove(keep)
        after.remove(logs._end)
        root.removeHandler(keeper)

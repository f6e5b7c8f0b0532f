"""Reads the entries of an Open Referral UK directory: a file, or an address whose pages are followed."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

LARGEST = 100 * 1024 * 1024  # bytes of a file or of one page
MOST_PAGES = 1000
TIMEOUT = 30  # seconds without an answer
CHILDREN = ("organization", "attributes", "service_areas")


class Unusable(ValueError):
    """Nothing can be read from the source; the message says why."""


def read_entries(source: str) -> list[Any]:
    """Every entry, in order, still unchecked; raises Unusable."""
    if source.lower().startswith(("http://", "https://")):
        return _read_address(source)
    path = Path(source)
    try:
        if path.stat().st_size > LARGEST:
            raise Unusable(f"{source} is larger than {LARGEST // 1024 // 1024} MB.")
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{source} cannot be read: {error.strerror}.") from None
    return _entries(_parse(content, source), source)


def _parse(content: bytes, source: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unusable(f"{source} is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise Unusable(f"{source} is not JSON: {error.msg}, line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise Unusable(
            f"{source} is not JSON that can be read: its numbers or its nesting are too large."
        ) from None


def _entries(document: Any, source: str) -> list[Any]:
    """A list of services, a page of `/services`, or one service."""
    if isinstance(document, dict):
        for key in ("contents", "content"):
            if isinstance(document.get(key), list):
                return list(document[key])
        if "id" in document and "name" in document:
            return [document]
    if isinstance(document, list):
        return document
    raise Unusable(f"{source} holds no Open Referral UK services: neither a page with “contents” nor a list.")


def _read_address(address: str) -> list[Any]:
    """The pages of `/services` one after another; an entry without its children is fetched by its id."""
    entries: list[Any] = []
    for number in range(1, MOST_PAGES + 1):
        page_address = address if number == 1 else _with_page(address, number)
        page = _fetch(page_address)
        found = _entries(page, page_address)
        entries += [_whole(address, entry) for entry in found]
        if not isinstance(page, dict) or _is_last(page, number, found):
            return entries
    raise Unusable(f"{address} has more than {MOST_PAGES} pages.")


def _is_last(page: dict[str, Any], number: int, found: list[Any]) -> bool:
    total = page.get("total_pages")
    return not found or page.get("last_page") is True or not isinstance(total, int) or number >= total


def _with_page(address: str, number: int) -> str:
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", number)])))


def _whole(address: str, entry: Any) -> Any:
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("id"), str)
        or any(key in entry for key in CHILDREN)
    ):
        return entry
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{quote(entry['id'], safe='')}"
    return _fetch(urlunsplit(parts._replace(path=path, query="")))


def _opener() -> urllib.request.OpenerDirector:
    """Opens http and https, and nothing else: a redirect to a file or to FTP is refused."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _fetch(address: str) -> Any:
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310
    try:
        with _opener().open(request, timeout=TIMEOUT) as response:
            content = response.read(LARGEST + 1)
    except (URLError, TimeoutError, OSError, ValueError) as error:
        raise Unusable(f"{address} cannot be fetched: {getattr(error, 'reason', error)}.") from None
    if len(content) > LARGEST:
        raise Unusable(f"{address} is larger than {LARGEST // 1024 // 1024} MB.")
    return _parse(content, address)

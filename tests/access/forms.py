"""Forms as those whose they are would send them, so that whoever is refused is refused for who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from portal.agencies.queries import today

Fields = dict[str, list[str]]


def filled(form: Tag) -> Fields:
    """Something plausible in each field: what is there already, a first choice, today, or a word."""
    found: Fields = {}
    day = {"day": today().day, "month": today().month, "year": today().year}
    for field in form.select("[name]"):
        name, kind = str(field["name"]), field.get("type", field.name)
        if kind == "file" or field.has_attr("disabled"):
            continue
        if kind == "select":
            options = [str(option.get("value", "")) for option in field.select("option")]
            found[name] = [next(filter(None, options), "")]
        elif kind in ("radio", "checkbox"):
            found.setdefault(name, [str(field.get("value", "on"))])
        else:
            text = field.text if field.name == "textarea" else field.get("value")
            found[name] = [str(text or day.get(name.rpartition("-")[2], "10"))]
    return found


def forms_of(page: str, path: str) -> Iterator[tuple[str, Fields]]:
    """(address, fields) of each form of a page that changes something."""
    for form in BeautifulSoup(page, "html.parser").select("form[method=post]"):
        yield str(form.get("action") or path).partition("?")[0], filled(form)


def find_form(
    client: FlaskClient,
    path: str,
    pages: tuple[str, ...] = (),
    kept: dict[str, list[tuple[str, Fields]]] | None = None,
) -> Fields | None:
    """The form that is sent to `path`: from its own page, from one above it, or from `pages`.

    `kept`: what is on the pages that this client has opened before, where nothing has changed since.
    """
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(len(parts), 1, -1)]
    kept = {} if kept is None else kept
    for page in (*above, *pages):
        if page not in kept:
            answer: Any = client.get(page)
            shown = answer.status_code == 200 and answer.mimetype == "text/html"
            kept[page] = list(forms_of(answer.text, page)) if shown else []
        for action, fields in kept[page]:
            if action == path:
                return fields
    return None

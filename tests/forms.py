"""Every form of a page, read as a browser reads it: where it goes, how, and its fields with what they may hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from tests.pages import list_pages
from tests.scene import make_scene

Clients = Callable[[User], FlaskClient]
# The people who may open a page see it alike: one of them is enough, the one with the most to see.
RANK = (
    Role.IOM_MANAGER,
    Role.AGENCY_MANAGER,
    Role.IOM_OFFICER,
    Role.AGENCY_WORKER,
    Role.ADMINISTRATOR,
    Role.ANALYST,
)
CARRIED = ("csrf_token", "once", "version", "token")  # what a page hands to its own form


@dataclass(frozen=True)
class FormField:
    """`kind`: of an input its type, else select or textarea. `choices`: what may be chosen; `value`: what stands there."""

    name: str
    kind: str
    value: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageForm:
    """A form of the page at `page`; `action` is the address to which it goes, with its query."""

    page: str
    action: str
    method: str
    fields: tuple[FormField, ...]

    @property
    def multipart(self) -> bool:
        return any(field.kind == "file" for field in self.fields)


def forms_of(page: str, path: str) -> list[PageForm]:
    """Those of its main part that have fields, or are posted."""
    found = []
    for form in BeautifulSoup(page, "html.parser").select("main form"):
        action = urlsplit(urljoin(path, str(form.get("action") or path)))
        address = f"{action.path}?{action.query}".rstrip("?")
        method = str(form.get("method", "get")).lower()
        fields = _fields(form)
        if fields or method == "post":
            found.append(PageForm(path, address, method, fields))
    return found


def _fields(form: Tag) -> tuple[FormField, ...]:
    found: dict[str, FormField] = {}
    for tag in form.select("input[name], select[name], textarea[name], button[name]"):
        name, kind = str(tag["name"]), str(tag.get("type", "text")) if tag.name == "input" else tag.name
        if kind in ("radio", "checkbox", "button"):
            choices = (*(found[name].choices if name in found else ()), str(tag.get("value", "on")))
            value = choices[-1] if tag.has_attr("checked") else found[name].value if name in found else ""
            found[name] = FormField(name, kind, value, choices)
        elif kind == "select":
            choices = tuple(str(option.get("value", "")) for option in tag.select("option"))
            chosen = tag.select_one("option[selected]")
            found[name] = FormField(name, kind, str(chosen.get("value", "")) if chosen else "", choices)
        else:
            value = tag.get_text() if kind == "textarea" else str(tag.get("value", ""))
            found.setdefault(name, FormField(name, kind, value))
    return tuple(found.values())


def open_pages(app: Flask, client_for: Clients) -> list[tuple[FlaskClient, str]]:
    """(a client that may open it, address) of every page of a new scene behind the sign-in."""
    scene = make_scene()
    clients = {role: client_for(db.session.get_one(User, user)) for role, user in scene["users"].items()}  # type: ignore[attr-defined]
    found: dict[str, Role] = {}
    for role, path in list_pages(app, scene):
        if role and (path not in found or RANK.index(role) < RANK.index(found[path])):
            found[path] = role
    return [(clients[role], path) for path, role in sorted(found.items())]


def undone(ask: Callable[[], Any]) -> Any:
    """What came of a request, of which nothing stays."""
    connection = db.engines[None]
    db.session.rollback()
    point = connection.begin_nested()
    try:
        return ask()
    finally:
        db.session.rollback()
        point.rollback()
        enter_scope(SYSTEM)


def encoded(fields: list[tuple[str, str]]) -> bytes:
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
        for name, value in fields
    ).encode()

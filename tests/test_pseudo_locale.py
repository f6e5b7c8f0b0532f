"""No visible word stands outside the catalogue: every page in a language whose words are all between ⟦ and ⟧.

Axe does not see what was never translated; this does. Data are between « and » (tests.scene), the names of areas,
months and days are known, and what then still has letters in it was not put through gettext.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.dates import get_day_names, get_month_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from bs4 import BeautifulSoup
from flask import Flask

from config import Settings
from portal import create_app, drawn, web
from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import SYSTEM, db, enter_scope
from portal.postgres import Cluster
from portal.referrals import clock_words, listing
from scripts import catalogue
from tests.conftest import TEMPLATE, dispose, settings_for, sign_in_client
from tests.pages import list_pages
from tests.scene import make_scene

FILE_TYPES = {"CSV", "XLSX", "PDF", "SVG", "PNG"}
OWN_NAMES = FILE_TYPES | {
    "Blaenoriaeth",
    "English",
    "Cymraeg",
    "officer@demo.example",
    "demonstration only 2026",
}
SPOKEN = ("aria-label", "title", "placeholder", "alt")
SILENT = {"script", "style", "svg", "code"}  # code: names of columns, the same in both languages


def write_pseudo_catalogue(folder: Path) -> None:
    pseudo = Catalog(locale="cy")
    for message in catalogue.extract():
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            strings: str | tuple[str, ...] = tuple(f"⟦{message.id[1]}⟧" for _ in range(pseudo.num_plurals))
        else:
            strings = f"⟦{message.id}⟧"
        pseudo.add(message.id, strings, context=message.context)
    target = folder / "cy" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, pseudo)


def forget_words() -> None:
    """What a process keeps once it has drawn it, in one catalogue's words."""
    for kept in (
        drawn._draw,
        web._parts,
        listing._panel,
        listing._tabs,
        listing._line,
        listing._table,
        clock_words._elapsed,
        clock_words._row_words,
    ):
        kept.cache_clear()


@pytest.fixture
def pseudo_app(cluster: Cluster, tmp_path: Path) -> Iterator[Flask]:
    write_pseudo_catalogue(tmp_path / "pseudo")

    class PseudoSettings(Settings):
        def flask(self) -> dict[str, object]:
            return super().flask() | {"BABEL_TRANSLATION_DIRECTORIES": str(tmp_path / "pseudo")}

    name = f"portal_pseudo_{tmp_path.parent.name[-20:].replace('-', '_')}"
    cluster.create_database(name, template=TEMPLATE)
    app = create_app(PseudoSettings(**vars(settings_for(cluster, tmp_path, name))))
    app.config["WTF_CSRF_ENABLED"] = False
    forget_words()
    yield app
    forget_words()
    dispose(app)
    cluster.drop_database(name)


def untranslated(page: str, known: re.Pattern[str]) -> list[str]:
    """What is said on the page beyond catalogue, data and known names."""
    soup = BeautifulSoup(page, "html.parser")
    for label in soup.select("svg text"):  # a long one is broken into lines
        label.string = label.get_text(" ")
    said = [
        str(text)
        for text in soup.find_all(string=True)
        if text.parent and text.parent.name not in SILENT | {"[document]"}
    ]
    said += [str(tag[name]) for tag in soup.find_all(True) for name in SPOKEN if tag.get(name)]
    found = []
    for text in said:
        before = None
        rest = text
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧|«[^«»]*»", " ", rest)
        rest = known.sub(" ", rest)
        if re.search(r"[^\W\d_]{2}", rest):
            found.append(text.strip())
    return found


def test_every_word_of_every_page_comes_from_the_catalogue(pseudo_app: Flask) -> None:
    with pseudo_app.app_context():
        enter_scope(SYSTEM)
        scene = make_scene()
        areas = [area.name_cy for area in db.session.scalars(sa.select(Area))]
        clients = {
            role: sign_in_client(pseudo_app, db.session.get_one(User, user_id))
            for role, user_id in scene["users"].items()  # type: ignore[attr-defined]
        }
        db.session.remove()
    months = [
        *get_month_names("wide", locale="cy").values(),
        *get_month_names("abbreviated", locale="cy").values(),
        *get_day_names("abbreviated", locale="cy").values(),
    ]
    names = sorted({*areas, *months, *OWN_NAMES}, key=len, reverse=True)
    known = re.compile(
        "|".join(
            [
                *map(re.escape, names),
                r"[\w.]+@[\w.]+",
                r"\bpdu-[a-z-]+",
                r"\b[A-Z]{2}\d{4}[A-Z]{2}\b",
                r"\b[A-Z]\d{6}\b",
            ]
        )
    )
    faults, pages = {}, 0
    for role, path in list_pages(pseudo_app, scene):
        client = clients[role] if role else pseudo_app.test_client()
        response = client.get(f"{path}{'&' if '?' in path else '?'}lang=cy")
        assert response.status_code < 500, (path, response.text)
        if response.mimetype != "text/html" or response.status_code == 302:
            continue
        pages += 1
        if found := untranslated(response.text, known):
            faults[f"{role} {path} {response.status_code}"] = found
    assert pages > 20
    assert faults == {}


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>⟦Hello⟧ «Siân»</p>", []),
        ("<p>⟦Hello ⟦you⟧ «Siân»⟧</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ("<p aria-label='Hello'>⟦x⟧</p>", ["Hello"]),
        ("<script>var words</script>", []),
    ],
)
def test_the_check_itself_sees_what_was_not_translated(page: str, found: list[str]) -> None:
    assert untranslated(page, re.compile("known")) == found

"""A manager’s extract in the browser: sent, looked at, imported by the worker, its refused rows mended and sent again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.db import SYSTEM, db, enter_scope
from portal.jobs import beat
from portal.register.extract_work import load_waiting
from tests.browser.conftest import axe_violations, sign_in
from tests.register.extract_files import as_csv, row

pytestmark = pytest.mark.browser
WORDS = {
    "en": {
        "task": "Import an extract", "upload": "Upload the extract", "check": "Check the file",
        "import one": "Import 1 person", "refused": "Download refused rows (CSV)", "again": "Import another extract",
        "is not": "is not a date", "done": "The extract is imported", "waits": "The extract is being imported",
    },
    "cy": {
        "task": "Mewnforio echdyniad", "upload": "Lanlwythwch yr echdyniad", "check": "Gwirio’r ffeil",
        "import one": "Mewnforio 1 person", "refused": "Lawrlwytho’r rhesi a wrthodwyd (CSV)",
        "again": "Mewnforio echdyniad arall", "is not": "nid yw", "done": "Mae’r echdyniad wedi’i fewnforio",
        "waits": "Mae’r echdyniad yn cael ei fewnforio",
    },
}  # fmt: skip


def work(app: Flask) -> None:
    """What the worker does every other second."""
    with app.app_context():
        enter_scope(SYSTEM)
        assert load_waiting() >= 1  # other tests leave files of theirs waiting


def import_file(app: Flask, page: Page, file: Path, words: dict[str, str]) -> None:
    page.get_by_label("Niche").check()
    page.get_by_label(words["upload"]).set_input_files(file)
    page.get_by_role("button", name=words["check"]).click()
    with app.app_context():
        enter_scope(SYSTEM)
        beat()  # of a worker that is there: without one the page comes again in half a minute only
        db.session.remove()
    page.get_by_role("button", name=words["import one"]).click()
    expect(page.get_by_role("heading", name=words["waits"], level=1)).to_be_visible()
    work(app)
    # The page comes again by itself.
    expect(page.get_by_role("heading", name=words["done"], level=1)).to_be_visible(timeout=45_000)


@pytest.mark.parametrize(("language", "scripts"), [("en", True), ("cy", False)])
def test_an_extract_is_imported_and_its_refused_rows_are_mended_and_sent_again(
    demo_app: Flask, open_page: Callable[..., Page], tmp_path: Path, language: str, scripts: bool
) -> None:
    words = WORDS[language]
    page = open_page(scripts=scripts)
    sign_in(page, "manager", language)
    page.goto("/register")
    page.get_by_role("link", name=words["task"]).click()
    good, bad = (
        row("niche", niche_ref=f"{language}1"),
        row("niche", niche_ref=f"{language}2", date_of_birth="1/13/1990"),
    )
    file = tmp_path / "niche.csv"
    file.write_bytes(as_csv(good, bad, source="niche"))
    import_file(demo_app, page, file, words)
    with page.expect_download() as download:
        page.get_by_role("link", name=words["refused"]).click()
    mended = tmp_path / "mended.csv"
    download.value.save_as(mended)
    mended.write_text(
        mended.read_text(encoding="utf-8").replace("1/13/1990", "13/1/1990", 1), encoding="utf-8"
    )
    if scripts:
        assert axe_violations(page) == []
    page.get_by_role("link", name=words["again"]).click()
    import_file(demo_app, page, mended, words)
    expect(page.get_by_role("link", name=words["refused"])).to_have_count(0)

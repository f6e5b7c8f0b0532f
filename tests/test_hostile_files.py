"""Files that no honest sender sends, through every form that takes one: refused beside the field, in bounded time."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.register.columns import layout
from portal.sheets.reading import Unusable, read
from tests.factories import make_user
from tests.hostile import BAD_FILES, SHEET, cells, sheet, workbook_of

Clients = Callable[[User], FlaskClient]
FORMS = {"/turnaround/history": {}, "/register/extracts": {"source": "delius"}}
HEAD = "crn,surname,forenames,area"


@pytest.mark.parametrize("path", FORMS)
def test_each_bad_file_is_refused_beside_its_field(database: None, client_for: Clients, path: str) -> None:
    client = client_for(make_user("iom_manager"))
    for name, content in BAD_FILES:
        data = {**FORMS[path], "file": (io.BytesIO(content), name.replace("\x00", ""))}
        began = time.monotonic()
        answer = client.post(path, data=data, content_type="multipart/form-data")
        assert answer.status_code in (302, 422), (name, answer.status_code)
        assert time.monotonic() - began < 20, name
        if answer.status_code == 422:
            assert "govuk-error-message" in answer.text, name
            assert "onerror=alert(1)>" not in answer.text, name


def huge() -> dict[str, bytes]:
    """Each within the bytes that a form takes, or unpacked far beyond them."""
    rows = "X1,A,B,Cardiff\n" * 200_000
    zeros = b"<x>" + b"0" * 80_000_000
    return {
        "columns": (HEAD + "," * 1_000_000 + "\n" + "X1,A,B,Cardiff\n").encode(),
        "columns in every row": (HEAD + "\n" + ("," * 900_000 + "\n") * 10).encode(),
        "rows": f"{HEAD}\n{rows}".encode(),
        "one cell": f'{HEAD}\nX1,"{"x" * 9_000_000}",B,Cardiff\n'.encode(),
        "quotation marks": (HEAD + "\n" + '"' * 9_000_000).encode(),
        "unpacked": workbook_of({SHEET: zeros}),
        "columns of a workbook": workbook_of({SHEET: sheet(cells(*["a"] * 300_000))}),
        "rows of a workbook": workbook_of({SHEET: sheet(cells("a") * 200_000)}),
        "many parts": many_parts(),
    }


def many_parts() -> bytes:
    made = io.BytesIO(workbook_of({}))
    with zipfile.ZipFile(made, "a") as book:
        for number in range(2_000):
            book.writestr(f"xl/more/{number}", b"")
    return made.getvalue()


def test_huge_files_take_no_time_without_end(app: Flask, database: None) -> None:
    for name, content in huge().items():
        began = time.process_time()
        with suppress(Unusable):
            found = read(content, layout("delius"))
            assert len(found.rows) <= layout("delius").most_rows, name
        assert time.process_time() - began < 15, name


@pytest.mark.parametrize("entity", ["laughs.xlsx", "quadratic.xlsx", "outside.xlsx", "strings.xlsx"])
def test_nothing_an_entity_stands_for_is_read(app: Flask, database: None, entity: str) -> None:
    content = dict(BAD_FILES)[entity]
    with pytest.raises(Unusable) as refused:
        read(content, layout("delius"))
    assert "root:" not in str(refused.value.reason)
    assert len(str(refused.value.reason)) < 500

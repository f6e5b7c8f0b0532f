"""The command `import-history`: what it prints, how it ends, what stays of a file given twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agencies.models import Agency
from portal.db import db
from portal.turnaround.history_models import HistoryImport, HistoryReferral

pytestmark = pytest.mark.usefixtures("database")

FILE = Path(__file__).parent / "data" / "history.csv"
HEAD = FILE.read_text(encoding="utf-8").splitlines()[0]


def run(app: Flask, file: Path, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["import-history", str(file), *options])


def write(folder: Path, *rows: str) -> Path:
    file = folder / "history.csv"
    file.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return file


def count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_sample(app: Flask) -> None:
    result = run(app, FILE)
    print(result.output)
    assert result.exit_code == 0

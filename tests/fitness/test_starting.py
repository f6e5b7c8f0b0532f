"""A portal in production that is not fit is not served; commands, which mend it, run; `check` says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import db

ROOT = Path(__file__).parents[2]
IMPORT = [sys.executable, "-c", "import wsgi; print('served')"]
CHECK = [sys.executable, "-m", "flask", "--app", "wsgi", "check"]


def run(app: Flask, arguments: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """In production, on the test's database, with a good key; `settings` as they are, or spoilt."""
    own = app.config["SETTINGS"]
    environ = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "production",
        "PORTAL_HOME": str(own.home),
        "DATABASE_URL": own.database_url,
        "DATABASE_OWNER_URL": own.database_owner_url,
        "SECRET_KEY": "4fJq0Zp8vX2mT7wLr9sBdYh3KcNeUaGi6oQ1RxWbVt5SjMy",
        "BASE_URL": "https://portal.example",
        "MAIL_SERVER": "mail.example",
        "MAIL_USE_TLS": "true",
        **settings,
    }
    return subprocess.run(
        arguments, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def closed(committed_app: Flask) -> Flask:
    committed_app.config["SETTINGS"].home.chmod(0o700)
    return committed_app


def test_a_fit_portal_is_served(closed: Flask) -> None:
    found = run(closed, IMPORT)
    assert (found.returncode, found.stdout.strip()) == (0, "served"), found.stderr


def test_an_unfit_one_is_not_and_says_what_to_mend(closed: Flask) -> None:
    found = run(closed, IMPORT, BASE_URL="http://portal.example")
    assert found.returncode == 3
    assert "served" not in found.stdout
    assert "MEND  BASE_URL is not https" in found.stderr
    assert "not served until this is mended" in found.stderr


def test_a_setting_that_is_missing_is_said_without_a_traceback(closed: Flask) -> None:
    found = run(closed, IMPORT, SECRET_KEY="")
    assert found.returncode == 3
    assert found.stderr.startswith("blaenoriaeth: SECRET_KEY is not set")


def test_check_runs_where_serving_is_refused_and_exits_with_1(closed: Flask) -> None:
    found = run(closed, CHECK, BASE_URL="http://portal.example")
    assert found.returncode == 1
    assert "MEND  BASE_URL is not https" in found.stdout
    assert "The worker has been silent" in found.stdout
    assert "Put the portal behind TLS" in found.stdout
    assert run(closed, [*CHECK, "--at-start"]).returncode == 0


def test_a_database_without_its_schema_does(closed: Flask) -> None:
    with closed.app_context(), db.engines["owner"].begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    found = run(closed, IMPORT)
    assert found.returncode == 3
    assert "flask --app wsgi init" in found.stderr


def test_a_database_that_is_away_does_not_hold_up_the_start(closed: Flask) -> None:
    away = "postgresql+psycopg://portal_app@127.0.0.1:1/portal"
    assert run(closed, IMPORT, DATABASE_URL=away, DATABASE_OWNER_URL=away).returncode == 0
    found = run(closed, CHECK, DATABASE_URL=away, DATABASE_OWNER_URL=away)
    assert "The database could not be asked" in found.stdout
    assert found.returncode == 1

"""docs/operations.md: its commands are the portal's, its files are there, and its wrapper passes settings on whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.postgres import Cluster

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^ *```(\w+)\n(.*?)^ *```", PAGE, re.M | re.S)
COMMANDS = [line.strip() for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
SQL = re.findall(r"`(SELECT [^`]+;)`", PAGE)


def test_every_command_of_the_portal_is_one_with_these_options(app: Flask) -> None:
    used = re.findall(r"deploy/portal ([a-z-]+)((?: [^`\n]*)?)", PAGE)
    assert {name for name, _rest in used} >= {"init", "create-user", "check", "verify"}
    for name, rest in used:
        known = {option for each in app.cli.commands[name].params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name


def test_every_file_and_target_that_it_names_is_there() -> None:
    named = set(re.findall(r"(?:deploy|docs|tests)/[\w./*-]*\w", PAGE))
    assert [name for name in named if not list(ROOT.glob(name))] == []
    files = {path.name for path in (ROOT / "deploy").rglob("*") if path.is_file()}
    for name in ("portal.conf", "synchronous.conf", "pg_hba.conf", "environment"):
        assert name in files
    targets = set(re.findall(r"`make ([a-z-]+)`", PAGE))
    assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def test_units_that_it_starts_are_there() -> None:
    units = set(re.findall(r"\bblaenoriaeth-[a-z]+(?:\.timer)?", PAGE))
    there = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    assert [unit for unit in units if unit not in there and f"{unit}.service" not in there] == []


@pytest.mark.parametrize("statement", SQL)
def test_what_it_asks_the_database_can_be_asked(cluster: Cluster, statement: str) -> None:
    engine = sa.create_engine(cluster.url("postgres", "postgres"))
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_shell_takes_its_commands(tmp_path: Path) -> None:
    script = tmp_path / "commands"
    script.write_text("\n".join(COMMANDS))
    assert len(COMMANDS) > 30
    read = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
    assert (read.returncode, read.stderr) == (0, "")


def test_the_wrapper_passes_settings_on_as_they_stand(tmp_path: Path) -> None:
    """With spaces, & and $ in them: what a shell would read there it must not."""
    (tmp_path / "program" / "deploy").mkdir(parents=True)
    wrapper = tmp_path / "program" / "deploy" / "portal"
    wrapper.write_text((ROOT / "deploy" / "portal").read_text().replace("id blaenoriaeth", "false"))
    flask = tmp_path / "program" / ".venv" / "bin" / "flask"
    flask.parent.mkdir(parents=True)
    flask.write_text('#!/bin/sh\necho "$DATABASE_URL|$MAIL_DEFAULT_SENDER|$DATABASE_OWNER_URL|$*|$(pwd)"\n')
    flask.chmod(0o755)
    (tmp_path / "environment").write_text(
        "# words\n#PORT=1\nDATABASE_URL=postgresql://a:$(id)@/b?host=x,y&sslmode=z\nMAIL_DEFAULT_SENDER=A <b@c.example>\n"
    )
    (tmp_path / "owner").write_text("DATABASE_OWNER_URL=owner")
    told = subprocess.run(
        ["sh", wrapper, "check", "--at-start"],
        env={"PATH": "/usr/bin:/bin", "PORTAL_SETTINGS": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    url, sender, owner, arguments, where = told.stdout.strip().split("|")
    assert (url, sender) == ("postgresql://a:$(id)@/b?host=x,y&sslmode=z", "A <b@c.example>")
    assert (owner, arguments) == ("owner", "--app wsgi check --at-start")
    assert where == str(tmp_path / "program")

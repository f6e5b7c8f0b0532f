"""The units of systemd: they start what there is, with settings that are explained, and are held alike."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from portal.fitness.settings import BACKUP_MARK
from portal.fitness.starting import HALT

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "deploy" / "systemd"
UNITS = {path.name: path.read_text() for path in sorted(FOLDER.iterdir())}
SERVICES = {name: text for name, text in UNITS.items() if name.endswith(".service")}
HELD = (
    "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
    "CapabilityBoundingSet=", "RestrictNamespaces=yes", "SystemCallFilter=@system-service", "UMask=0077", "LimitCORE=0",
)  # fmt: skip


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_what_there_is_as_nobody_in_particular(app: Flask, name: str) -> None:
    for command in re.findall(r"flask --app wsgi ([a-z-]+)", SERVICES[name]):
        assert command in app.cli.commands
    assert "User=blaenoriaeth" in SERVICES[name]
    template = (ROOT / "deploy" / "environment").read_text()
    for setting in re.findall(r"\$\{([A-Z_]+)\}", SERVICES[name]):
        assert re.search(f"^{setting}=", template, re.M), setting
    assert "DATABASE_OWNER" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    lines = SERVICES[name].splitlines()
    assert [each for each in HELD if each not in lines] == []


def test_only_the_backup_is_given_the_owner_of_the_tables() -> None:
    assert [name for name, text in SERVICES.items() if "/etc/blaenoriaeth/owner" in text] == [
        "blaenoriaeth-backup.service"
    ]


def test_a_portal_that_must_be_mended_is_not_started_again_and_again() -> None:
    assert f"RestartPreventExitStatus={HALT}" in UNITS["blaenoriaeth-web.service"]
    assert "check --at-start" in UNITS["blaenoriaeth-worker.service"]


def test_check_finds_the_backup_that_the_timer_makes() -> None:
    assert re.search(
        rf"touch /var/lib/blaenoriaeth/{BACKUP_MARK}$", UNITS["blaenoriaeth-backup.service"], re.M
    )
    for name in UNITS:
        if name.endswith(".timer"):
            assert name.replace(".timer", ".service") in UNITS


def test_systemd_takes_them(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for name, text in UNITS.items():
        there = text.replace("/opt/blaenoriaeth/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / name).write_text(there)
    command = [
        "systemd-analyze",
        "verify",
        "--man=no",
        "--recursive-errors=no",
        *(str(tmp_path / name) for name in UNITS),
    ]
    verified = subprocess.run(command, capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")

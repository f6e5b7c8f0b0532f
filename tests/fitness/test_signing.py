"""Two machines that sign the access log with keys of their own: the one does not know what the other has signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Flask

from portal.fitness.running import signed_log
from tests.trace.chaining import make_signed_log


def test_a_log_signed_with_another_machines_key_is_found(app: Flask, database: None, tmp_path: Path) -> None:
    settings = app.config["SETTINGS"]
    first, second = replace(settings, home=tmp_path / "first"), replace(settings, home=tmp_path / "second")
    try:
        for home in (second, first, second):
            app.config["SETTINGS"] = home
            make_signed_log(5)
        assert [finding.wrong for finding in signed_log()] == []
        app.config["SETTINGS"] = first
        [finding] = signed_log()
        assert "a key that this machine does not know" in finding.wrong
        assert "AUDIT_SIGNING_KEY" in finding.mend
    finally:
        app.config["SETTINGS"] = settings

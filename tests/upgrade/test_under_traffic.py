"""The release before goes on serving while this one migrates its database."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from scripts.recovery.server import DrillFailed
from scripts.recovery.upgrade import drill, released_code

PATIENCE = 5.0  # seconds; `make drill-upgrade` holds it to two, on a machine that does nothing else


def test_nobody_is_answered_with_an_error_while_the_database_is_migrated(tmp_path: Path) -> None:
    try:
        released_code(tmp_path / "released")
    except DrillFailed as error:
        pytest.skip(f"no history of the code: {error}")
    with tempfile.TemporaryDirectory(prefix="drill") as place:
        done = drill(Path(place), referrals=60, messages=6)
    assert done.errors == []
    assert done.migrating
    assert done.longest < PATIENCE

"""The database is lost under traffic: what was acknowledged is there again from a base backup and streamed WAL."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scripts.recovery.point_in_time import LONGEST, MOST_LOST, drill


def test_a_lost_database_comes_back_to_the_last_second() -> None:
    """The short one; the long one, also with archived WAL: `make drill-restore`."""
    with tempfile.TemporaryDirectory(prefix="drill") as place:
        done = drill(Path(place), referrals=40, messages=10)
    assert done.acknowledged >= 10
    assert done.lost_seconds <= MOST_LOST
    assert done.seconds <= LONGEST
    assert "verify: all is whole." in done.said

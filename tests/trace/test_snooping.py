"""The simulation of `make snooping`, small: a score of staff, four weeks, one snoop of each kind."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from benchmarks.snooping import simulate
from portal.db import as_owner


def test_snoops_are_flagged_within_a_day_and_ordinary_staff_seldom(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        outcome = simulate(seed=5, officers=12, weeks=4, each=1, every=timedelta(hours=20), own=16)
    assert outcome.share >= 0.95, outcome
    assert outcome.false_a_week <= 5, outcome

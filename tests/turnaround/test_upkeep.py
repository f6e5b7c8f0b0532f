"""What `verify` finds, and what the worker adds up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from portal.db import as_owner, db
from portal.turnaround import upkeep
from tests.factories import make_sent


def test_verify_says_the_first_fault(committed_app: Flask) -> None:
    run = committed_app.test_cli_runner().invoke
    with committed_app.app_context(), as_owner():
        reference = make_sent(at=datetime.now(UTC) - timedelta(days=9)).reference
        db.session.commit()
    whole = run(args=["verify"])
    said = "Statuses agree with events, and the figures’ tally and people’s needs with the referrals.\n"
    assert whole.exit_code == 0
    assert whole.output.startswith(said)  # and then what it says of the access log
    with committed_app.app_context(), as_owner():
        db.session.execute(sa.text("DELETE FROM turnaround_tally"))
        db.session.commit()
    broken = run(args=["verify"])
    assert broken.exit_code == 1
    assert "The tally of" in broken.output
    with committed_app.app_context(), as_owner():
        db.session.execute(sa.text("UPDATE referral SET status = 'acknowledged'"))
        db.session.commit()
    wrong = run(args=["verify"])
    assert (wrong.exit_code, f"Referral {reference}:" in wrong.output) == (1, True)


def test_the_worker_leaves_no_change_unadded(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        make_sent()
        db.session.commit()
        changes = sa.text("SELECT count(*) FROM turnaround_change")
        assert (db.session.scalar(changes) or 0) > 0
        upkeep.fold()
        assert db.session.scalar(changes) == 0
        assert upkeep.find_first_fault() is None

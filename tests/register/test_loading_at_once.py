"""Two extracts at the same moment, on real connections: one waits for the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.register.stated import Stated
from tests.register.extracts import make_extracts, register, take


def load(app: Flask, rows: list[Stated]) -> tuple[int, int]:
    with app.app_context():
        enter_scope(SYSTEM)
        counts = take(*rows)
        db.session.commit()
        return counts.added + counts.asked, counts.updated


def test_loads_at_the_same_moment_make_the_register_of_one_after_the_other(committed_app: Flask) -> None:
    with committed_app.app_context(), as_owner():
        probation, police = make_extracts(3, 40)
        load_rows = [probation, police, probation, police]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda rows: load(committed_app, rows), load_rows))
    with committed_app.app_context(), as_owner():
        at_once = register()
        take(*probation)
        take(*police)
        assert register() == at_once
    assert {person["crn"] for person in at_once if person["crn"]} == {row.ref for row in probation}
    assert {person["niche_ref"] for person in at_once if person["niche_ref"]} == {row.ref for row in police}
    assert sum(new + known for new, known in done) >= len(probation) + len(police)

"""What the turnaround page costs with 50,000 and with 1,000,000 referrals of 200 agencies, and what it adds to memory.

Both databases are read in one run, turn about, and medians compared. `make bench-turnaround`; the databases are made
once, under .portal/bench-N, or given by --small-home and --large-home. The small one is the large one with every
twentieth referral, so that both have the same agencies: demonstration data of 50,000 have only 27 of them.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from flask import Flask  # noqa: E402

from benchmarks.pages import home_of, make, milliseconds, open_app, session_cookie  # noqa: E402
from portal.db import as_owner, db  # noqa: E402

SMALL, LARGE = 50_000, 1_000_000
MOST, MOST_TIMES, MOST_FILTERED, MOST_MEMORY = 300, 3, 100, 50  # ms, ratio, ms, MB


def thin(large: Path, small: Path) -> None:
    """Make the small database, once: a copy of the large one, which must not be running, with one referral in twenty."""
    if (small / "bench.made").exists():
        return
    shutil.copytree(large, small, symlinks=True, ignore=shutil.ignore_patterns("bench.made"))
    with open_app(small).app_context(), as_owner():
        columns = db.session.scalars(
            sa.text(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                " WHERE table_name = 'referral' AND is_generated = 'NEVER'"
            )
        ).one()
        for statement in (
            "ALTER TABLE referral DISABLE TRIGGER USER",
            f"CREATE TEMP TABLE kept AS SELECT {columns} FROM referral WHERE id % {LARGE // SMALL} = 0",  # noqa: S608  # nosec B608
            "TRUNCATE referral CASCADE",
            f"INSERT INTO referral ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept",  # noqa: S608  # nosec B608
            "ALTER TABLE referral ENABLE TRIGGER USER",
            "SELECT rebuild_tally()",
            "ANALYZE referral, turnaround_tally",
        ):
            db.session.execute(sa.text(statement))
        db.session.commit()
    (small / "bench.made").touch()


def year_before(day: date) -> str:
    return day.replace(year=day.year - 1, day=min(day.day, 28)).isoformat()


def pages(app: Flask) -> dict[str, Callable[[], object]]:
    """Each page as a call that must succeed: twelve months, of all Wales as an analyst, of one force as its manager."""
    with app.app_context(), as_owner():
        agency = db.session.scalar(
            sa.text("SELECT agency_id FROM user_account WHERE email = 'housing@demo.example'")
        )
    clients = {}
    for who in ("analyst", "manager"):
        clients[who] = app.test_client()
        cookie = session_cookie(app, f"{who}@demo.example")
        clients[who].set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
    year = f"from={year_before(date.today())}"  # noqa: DTZ011

    def page(who: str, address: str) -> Callable[[], object]:
        def run() -> object:
            response = clients[who].get(address)
            if response.status_code != 200:
                raise RuntimeError(response.get_data(as_text=True))
            return response

        return run

    return {
        "all Wales, no filter": page("analyst", f"/turnaround?{year}"),
        "one force, no filter": page("manager", f"/turnaround?{year}"),
        "all Wales, by day": page("analyst", f"/turnaround?show=days&{year}"),
        "all Wales, mental health": page("analyst", f"/turnaround?{year}&need=mental_health"),
        "one force, housing": page("manager", f"/turnaround?{year}&need=housing"),
        "one force, Flex": page("manager", f"/turnaround?{year}&cohort=flex"),
        "one force, one agency": page("manager", f"/turnaround?{year}&agency={agency}"),
        "one agency's own page": page("manager", f"/turnaround/{agency}?{year}"),
        "one agency, net clock": page("manager", f"/turnaround?{year}&agency={agency}&clock=net"),
        "one force, net clock": page("manager", f"/turnaround?{year}&clock=net"),
        "day by day": page("manager", f"/turnaround/curves?{year}"),
        "comparison": page("manager", f"/turnaround/comparison?{year}"),
        "trend": page("manager", "/turnaround/trend"),
        "declines": page("manager", f"/turnaround/declines?{year}"),
        "needs": page("manager", f"/turnaround/needs?{year}"),
        "appointments": page("manager", f"/turnaround/appointments?{year}"),
        "chases": page("manager", f"/turnaround/chases?{year}"),
    }


def peak_memory() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large-home", type=Path, default=home_of(LARGE))
    parser.add_argument("--small-home", type=Path, default=home_of(LARGE).with_name("bench-thinned"))
    parser.add_argument("--only", default="", help="pages whose name holds this")
    chosen = parser.parse_args()
    make(chosen.large_home, LARGE)
    thin(chosen.large_home, chosen.small_home)
    few, many = pages(open_app(chosen.small_home)), pages(open_app(chosen.large_home))
    print(f"Median of {chosen.rounds}, milliseconds in the process, turn about")
    print(f"{'page':28}{SMALL:>12,}{LARGE:>12,}{'ratio':>8}{'MB more':>10}")
    for name in few:
        if chosen.only not in name:
            continue
        few[name](), many[name](), few[name]()
        before = peak_memory()
        times = [(milliseconds(few[name]), milliseconds(many[name])) for _ in range(chosen.rounds)]
        a, b = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:28}{a:>12.0f}{b:>12.0f}{b / a:>8.2f}{peak_memory() - before:>10.0f}", flush=True)
    print(f"\nBounds: {MOST} ms and {MOST_TIMES} times; filtered {MOST_FILTERED} ms; {MOST_MEMORY} MB.")


if __name__ == "__main__":
    main()

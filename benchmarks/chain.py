"""How long an access log of many entries takes to be chained, signed and verified, and what a reader's own entry costs.

`make bench-chain`. A database of its own, with fsync on, that is left behind nowhere.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

from config import Settings  # noqa: E402
from portal import audit, create_app, schema  # noqa: E402
from portal.db import SYSTEM, as_owner, db, enter_scope  # noqa: E402
from portal.postgres import Cluster  # noqa: E402
from portal.trace import chain  # noqa: E402
from portal.trace.chain_keys import folder, public_keys  # noqa: E402
from portal.trace.chain_verify import find_first_fault  # noqa: E402

READINGS = 2_000
# Every third names the 25 rows of a list.
WRITE = """
    INSERT INTO audit_entry (user_id, action, subject, subject_ids, area_id, detail)
    SELECT n % 400, 'person.read', 'person', CASE WHEN n % 3 = 0
        THEN ARRAY(SELECT (n * 31 + i) % 200000 FROM generate_series(1, 25) i) ELSE ARRAY[n % 200000] END, n % 22,
        jsonb_build_object('tab', 'recent', 'mine', n % 2 = 0)
    FROM generate_series(1, :entries) n"""


def timed(what: str, entries: int, work: Callable[[], object]) -> None:
    started = time.perf_counter()
    work()
    took = time.perf_counter() - started
    print(f"{what}: {took:.1f} s, {entries / took:,.0f} a second")


def write_one() -> float:
    """Milliseconds of one entry in a transaction that is open already, as a page's is."""
    started = time.perf_counter()
    audit.record("person.read", "person", [1], area_id=1, by=1)
    return (time.perf_counter() - started) * 1000


def reading_cost() -> float:
    times = [write_one() for _ in range(READINGS)]
    db.session.rollback()
    return statistics.median(times)


def verify() -> None:
    with as_owner():
        if fault := find_first_fault(folder(), public_keys(folder())):
            raise SystemExit(fault)


def without_trigger() -> None:
    with as_owner():
        db.session.execute(sa.text("DROP TRIGGER audit_entry_append_only ON audit_entry"))
        db.session.commit()
    enter_scope(SYSTEM)


def measure(entries: int) -> None:
    with as_owner():
        db.session.execute(sa.text(WRITE), {"entries": entries})
        db.session.commit()
        db.session.execute(sa.text("ANALYZE audit_entry"))
        db.session.commit()
    enter_scope(SYSTEM)
    timed("Chained", entries, chain.chain_entries)
    timed("Signed", 1, lambda: chain.sign_when_due(datetime.now(UTC)))
    with as_owner():
        db.session.execute(sa.text("ANALYZE audit_link, audit_entry"))
        db.session.commit()
    enter_scope(SYSTEM)
    timed("Nothing new found", 1, chain.chain_entries)
    timed("Asked what is unsigned", 1, chain.oldest_unsigned)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    timed("Verified", entries, verify)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"Memory grew by {grown:.0f} MB while verifying")
    enter_scope(SYSTEM)
    costs = [reading_cost() for _ in range(5)]
    without_trigger()
    bare = [reading_cost() for _ in range(5)]
    print(f"An entry: {min(costs):.3f} ms; with nothing of the chain on its table: {min(bare):.3f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as place, Cluster(Path(place)) as cluster:
        schema.upgrade(cluster.owner_url, "portal_app")
        settings = Settings(
            home=Path(place),
            secret_key="only for measuring",  # noqa: S106
            database_url=cluster.app_url,
            database_owner_url=cluster.owner_url,
        )
        app = create_app(settings)
        with app.app_context():
            measure(entries)
            for engine in db.engines.values():
                engine.dispose()


if __name__ == "__main__":
    main()

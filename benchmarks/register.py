"""How long extracts take into the register, and how much memory: 20,000 rows, against few and against many people.

`benchmarks/register.py --people 200000`, in a database of its own. The truth of the pairs is `benchmarks/pairing.py`'s.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

from benchmarks.fictional_extracts import two_extracts  # noqa: E402
from config import Settings  # noqa: E402
from portal import create_app, schema  # noqa: E402
from portal.agencies import reference_data  # noqa: E402
from portal.db import SYSTEM, as_owner, db, enter_scope  # noqa: E402
from portal.postgres import Cluster  # noqa: E402
from portal.register.command import list_register  # noqa: E402
from portal.register.loading import load  # noqa: E402
from portal.register.pairing import Card  # noqa: E402
from portal.register.stated import Stated  # noqa: E402

TODAY = date(2026, 11, 27)
BATCH = 20_000


def rows_of(
    cards: list[Card], source: str, forces: list[int], authorities: dict[int, list[int]]
) -> list[Stated]:
    """As a file has them; areas are numbered from 1 among the cards."""
    rows = []
    for card in (card for card in cards if card.source == source):
        force = forces[(card.area_id or 1) % len(forces)]
        within = authorities[force]
        values = {
            "surname": card.surname,
            "forenames": card.forenames,
            "date_of_birth": card.born,
            "sex": card.sex,
            "area_id": force,
            "local_authority_id": within[card.local_authority_id % len(within)]
            if card.local_authority_id
            else None,
            "pnc_id": card.pnc_id,
            "cohort": ("fixed", "flex", "free")[card.id % 3],
            "needs": ("housing",) if source == "delius" and card.id % 4 == 0 else (),
        }
        number = card.crn if source == "delius" else card.niche_ref
        ref = number or f"{'X' if source == 'delius' else 'N'}{card.id:06}"
        rows.append(Stated(len(rows) + 2, source, ref, values))
    return rows


def server_seconds() -> float:
    """What the connection's server process has worked so far; wall time says little on a busy machine."""
    pid = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(rows: list[Stated], source: str) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is counted from now on
    began, used, asked = time.perf_counter(), time.process_time(), server_seconds()
    counts = load(rows, source=source, today=TODAY, by_id=None)
    db.session.commit()
    spent, own, theirs = time.perf_counter() - began, time.process_time() - used, server_seconds() - asked
    print(
        f"{len(rows):>7,} {source}: {spent:6.1f} s ({own:.1f} s of work here, {theirs:.1f} s in the database),",
        end=" ",
    )
    print(f"{peak_megabytes():,.0f} MB at most; added {counts.added}, updated {counts.updated},", end=" ")
    print(f"unchanged {counts.unchanged}, asked {counts.asked}", flush=True)


def peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def run(people: int, seed: int) -> None:
    forces = list(db.session.scalars(sa.text("SELECT id FROM area WHERE kind = 'police_force' ORDER BY id")))
    authorities = {
        force: list(
            db.session.scalars(
                sa.text("SELECT id FROM area WHERE police_force_id = :f ORDER BY id"), {"f": force}
            )
        )
        for force in forces
    }
    cards, _truth = two_extracts(people, seed)
    delius = rows_of(cards, "delius", forces, authorities)
    niche = rows_of(cards, "niche", forces, authorities)
    del cards
    for start in range(0, len(delius), BATCH):  # as they would come by and by
        timed(delius[start : start + BATCH], "delius")
        with db.engines["owner"].connect() as owner:  # as the server would of itself, a minute later
            owner.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    for rows in (niche[:BATCH], niche[:BATCH]):
        timed(rows, "niche")
    began = time.perf_counter()
    print(f"{len(list_register()):,} people in {time.perf_counter() - began:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=23_500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder), durable=False) as cluster:
        cluster.create_database("register")
        url = sa.make_url(cluster.owner_url).set(database="register").render_as_string(hide_password=False)
        app_url = sa.make_url(cluster.app_url).set(database="register").render_as_string(hide_password=False)
        schema.upgrade(url, "portal_app")
        key = "only for benchmarks"
        settings = Settings(home=Path(folder), secret_key=key, database_url=app_url, database_owner_url=url)
        app = create_app(settings)
        with app.app_context():
            with as_owner():
                reference_data.load(TODAY)
                db.session.commit()
            enter_scope(SYSTEM)
            run(chosen.people, chosen.seed)
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


if __name__ == "__main__":
    main()

"""A hundred users at once on 1,000,000 referrals: how long pages take, what fails, what it costs.

`make load` (the database is made once, under .portal/bench-1000000). Users sign in, think five seconds after each page,
and do what staff do; the portal runs as `make run` runs it, on the same machine as its users.
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

from benchmarks.pages import BIN, LARGE, home_of, make, open_app, pages  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.accounts.passwords import hash_password  # noqa: E402
from portal.db import as_owner, db  # noqa: E402
from portal.demo.staff import PASSWORD  # noqa: E402
from portal.patience import Patient  # noqa: E402

PORT = 8193
WHO = {"iom_officer": 45, "agency_worker": 40, "iom_manager": 4}
P95, P99, GROWTH = 500, 1500, 5  # ms, ms, per cent
EVERY = 10  # seconds between looks at memory
WARM = 0.25  # of the run, before growth is counted


def prepare(home: Path) -> str:
    """Let staff of the demonstration sign in, spread over areas and agencies; lines of `role email`."""
    app = open_app(home)
    lines = []
    with app.app_context(), as_owner():
        known = hash_password(PASSWORD)
        for role, number in WHO.items():
            step = sa.func.count().over() // number
            place = sa.func.row_number().over(order_by=User.id)
            users = sa.select(User.id, User.email, place.label("place"), step.label("step"))
            every = users.where(User.role == role).subquery()
            chosen = sa.select(every.c.id, every.c.email).where(
                every.c.place % sa.func.greatest(every.c.step, 1) == 0
            )
            rows = db.session.execute(chosen.limit(number)).all()
            ids = [row.id for row in rows]
            db.session.execute(sa.update(User).where(User.id.in_(ids)).values(password_hash=known))
            lines += [f"{role} {row.email}" for row in rows]
        db.session.commit()
    return "\n".join(lines)


def serve(home: Path) -> list[subprocess.Popen[bytes]]:
    env = {**os.environ, "PORTAL_HOME": str(home), "PORTAL_DEMO": "1", "PORT": str(PORT)}
    web = ["gunicorn", "wsgi:app", "--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{PORT}"]
    flask = ["flask", "--app", "wsgi", "worker"]
    quiet = subprocess.DEVNULL
    return [
        subprocess.Popen([BIN / line[0], *line[1:]], cwd=ROOT, env=env, stderr=quiet)  # noqa: S603
        for line in ([*web, "--log-level", "error"], flask)
    ]


def wait_for_answer() -> None:
    for _second in range(60):
        time.sleep(1)
        connection = HTTPConnection("127.0.0.1", PORT, timeout=5)
        with suppress(OSError):
            connection.request("GET", "/sign-in")
            if connection.getresponse().status == 200:
                return
    raise TimeoutError("The portal does not answer.")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def private_megabytes(pid: int) -> float:
    """What only this process holds: shared libraries do not grow."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def watch(web: int, until: threading.Event, found: dict[int, list[float]], used: dict[int, float]) -> None:
    while not until.wait(EVERY):
        for pid in children(web):
            found[pid].append(private_megabytes(pid))
            used[pid] = cpu_seconds(pid)


def play(home: Path, chosen: argparse.Namespace, folder: Path) -> subprocess.CompletedProcess[bytes]:
    (folder / "users").write_text(prepare(home))
    locust = [
        "--headless",
        "--users",
        str(chosen.users),
        "--spawn-rate",
        "4",
        "--run-time",
        f"{chosen.minutes}m",
    ]
    where = ["--host", f"http://127.0.0.1:{PORT}", "--csv", str(folder / "load"), "--only-summary"]
    return subprocess.run(  # noqa: S603
        [ROOT / ".venv-load/bin/locust", "-f", ROOT / "benchmarks/load_users.py", *locust, *where],
        env={**os.environ, "LOAD_USERS": str(folder / "users"), "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if not chosen.loud else None,
        check=False,
    )


def report(folder: Path) -> bool:
    """The table of pages; whether the bounds hold."""
    with open(folder / "load_stats.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    print(f"{'page':44}{'asked':>7}{'failed':>7}{'p50':>7}{'p95':>7}{'p99':>7}   (ms)")
    for row in rows:
        print(f"{row['Type'] + ' ' + row['Name']:44.44}", end="")
        print("".join(f"{row[name]:>7}" for name in ("Request Count", "Failure Count", "50%", "95%", "99%")))
    with open(folder / "load_failures.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            print(f"{row['Occurrences']:>7} {row['Method']} {row['Name']}: {row['Error']}")
    whole = rows[-1]
    return not int(whole["Failure Count"]) and float(whole["95%"]) <= P95 and float(whole["99%"]) <= P99


def count_statements(home: Path) -> None:
    """What each page asks of the database once its statements are known: round trips, the commit among them."""
    asked, wait = [0], Patient.begin_wait

    def counted(connection: Patient) -> None:
        asked[0] += 1
        wait(connection)

    Patient.begin_wait = counted  # type: ignore[method-assign]
    logging.disable()
    for name, visit in pages(open_app(home)).items():
        visit()
        asked[0] = 0
        visit()
        print(f"{name:44}{asked[0]:>7} round trips to the database")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=home_of(LARGE))
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--loud", action="store_true", help="show what locust says")
    chosen = parser.parse_args()
    make(chosen.home, LARGE)
    with tempfile.TemporaryDirectory() as name:
        servers = serve(chosen.home)
        until, memory, used = threading.Event(), defaultdict(list), {}
        threading.Thread(target=watch, args=(servers[0].pid, until, memory, used), daemon=True).start()
        began = time.monotonic()
        try:
            wait_for_answer()
            play(chosen.home, chosen, Path(name))
        finally:
            until.set()
            for server in servers:
                server.terminate()
                server.wait()
        held = report(Path(name))
    for pid, sizes in memory.items():
        warm = sizes[int(len(sizes) * WARM)]
        share = used[pid] / (time.monotonic() - began)
        grown = (sizes[-1] / warm - 1) * 100
        held = held and grown < GROWTH
        print(
            f"web process: {warm:.0f} MB when warm, {sizes[-1]:.0f} at the end ({grown:+.1f} %); {share:.0%} of a core"
        )
    count_statements(chosen.home)
    print(f"Bounds: 0 failed, p95 {P95} ms, p99 {P99} ms, memory {GROWTH} %: {'kept' if held else 'BROKEN'}.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

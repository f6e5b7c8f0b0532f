"""What the pack of a meeting costs with 500 open referrals at ten agencies: its page, its PDF, and their memory.

Each PDF is made by a fresh process, whose peak memory is added to that of the typesetter it starts. Times are the best
of several, as the machine may be shared; its load is told. Run it with `.venv/bin/python benchmarks/pack.py`; the
database is made once, under .portal/bench-pack.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

from benchmarks.pages import BIN, milliseconds, open_app, session_cookie  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.agencies.codes import NEEDS  # noqa: E402
from portal.agencies.models import Agency, Area, Need, Service  # noqa: E402
from portal.chasing.models import Chase  # noqa: E402
from portal.db import as_owner, db  # noqa: E402
from portal.meetings import actions as meetings  # noqa: E402
from portal.meetings.models import Meeting  # noqa: E402
from portal.people.models import Person  # noqa: E402
from portal.referrals import actions as referrals  # noqa: E402
from portal.referrals.models import Referral  # noqa: E402

OPEN, AGENCIES = 500, 10
MANAGER = "manager@bench.example"
# How the referrals stand: status, decision, with a decline's reason where there is one.
STATES = (("sent", None), ("acknowledged", None), ("information_requested", None), ("declined", "declined"))
STATES += (("accepted", "accepted_priority"), ("in_service", "accepted_standard"))  # type: ignore[assignment]
WORDS = (
    "The agency writes to the person and to the officer by Friday, and offers a first appointment next week."
)


def make(home: Path) -> None:
    if (home / "bench.made").exists():
        return
    env = {**os.environ, "PORTAL_HOME": str(home), "PORTAL_DEMO": "1"}
    subprocess.run([str(BIN / "flask"), "--app", "wsgi", "init"], env=env, cwd=ROOT, check=True)  # noqa: S603
    with open_app(home).app_context(), as_owner():
        area = db.session.scalars(sa.select(Area).where(Area.code == "W15000003")).one()
        manager = User(
            email=MANAGER,
            name="Siân Ŵyr",
            role="iom_manager",
            organisation="South Wales Police",
            areas=[area],
        )
        db.session.add(manager)
        services = [make_service(number, area) for number in range(AGENCIES)]
        db.session.flush()
        today, chance = datetime.now(UTC).date(), random.Random(1)  # noqa: S311
        agency_ids = [service.agency_id for service in services]
        meeting = meetings.add(area.id, today + timedelta(days=7), "Bridgend", agency_ids, manager)
        for number in range(OPEN):
            make_referral(number, services[number % AGENCIES], manager, meeting, chance)
        db.session.commit()
    (home / "bench.made").touch()


def make_service(number: int, area: Area) -> Service:
    service = Service(
        agency=Agency(name=f"Asiantaeth Enghraifft {number + 1}"), name=f"Example Service {number + 1}"
    )
    service.areas = [area]
    service.needs = list(db.session.scalars(sa.select(Need).where(Need.code == list(NEEDS)[number % 3])))
    db.session.add(service)
    return service


def make_referral(number: int, service: Service, by: User, meeting: Meeting, chance: random.Random) -> None:
    """As it may stand after some weeks; a fifth are escalated, a fifth were spoken of."""
    at = datetime.now(UTC) - timedelta(days=chance.randint(1, 90), hours=1)
    person = Person(area_id=meeting.area_id, surname=f"Enghraifft Ŷ{number}", forenames="Siân Gwenllïan",
                    date_of_birth=date(1990, 5, 4), sex="female")  # fmt: skip
    db.session.add(person)
    db.session.flush()
    referral = referrals.create_draft(person, service.needs[0].code, by)
    referrals.send(referral, service, by, at)
    stand(referral, *chance.choice(STATES), at + timedelta(hours=30), chance)
    db.session.flush()
    if number % 5 == 0:
        db.session.add(
            Chase(referral_id=referral.id, agency_id=service.agency_id, service_id=service.id, area_id=meeting.area_id,
                  kind="escalation", level="managers", channel="phone", at=at, by_id=by.id, token=f"bench {number}")
        )  # fmt: skip
        meetings.decide(meeting, referral, by, datetime.now(UTC), WORDS, f"bench {number}")


def stand(referral: Referral, status: str, decision: str | None, at: datetime, chance: random.Random) -> None:
    referral.status, referral.status_since = status, at
    referral.promise_acknowledge, referral.promise_decide, referral.promise_offer = 2, 5, 10
    if status != "sent":
        referral.responded_at = referral.acknowledged_at = at
    if decision:
        referral.decision, referral.decided_at = decision, at
    if decision == "declined":
        referral.decline_reason = "no_capacity"
    elif decision:
        referral.accepted_at, referral.started_at = at, at if status == "in_service" else None
    if chance.random() < 0.4 and status != "declined":
        referral.late_from = at.date() + timedelta(days=1)


def visit(home: Path, path: str, times: int) -> list[float]:
    """Milliseconds of each of so many requests in this process."""
    app = open_app(home)
    with app.app_context(), as_owner():
        meeting = db.session.scalars(sa.select(Meeting.id)).one()
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], session_cookie(app, MANAGER))

    def ask() -> None:
        response = client.get(f"/meetings/{meeting}{path}")
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code} from {path}")

    return [milliseconds(ask) for _ in range(times)]


def visit_once(home: Path, path: str) -> None:
    """For a fresh process: prints milliseconds, and megabytes at most of the portal and of the typesetter."""
    peaks, over = [0.0], threading.Event()
    watcher = threading.Thread(target=watch_children, args=(peaks, over))
    watcher.start()
    try:
        (took,) = visit(home, path, 1)
    finally:
        over.set()
        watcher.join()
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, max(peaks))


def watch_children(peaks: list[float], over: threading.Event) -> None:
    """Each typesetter's own high-water mark: what the system counts for it begins with its parent's."""
    while not over.wait(0.01):
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                ours = (
                    int(lines["PPid"]) == os.getpid()
                    and "typesetting" in (status.parent / "cmdline").read_text()
                )
            except (OSError, KeyError):
                continue
            if ours and "VmHWM" in lines:
                peaks.append(int(lines["VmHWM"].split()[0]) / 1024)


def fresh(home: Path, path: str) -> list[float]:
    command = [sys.executable, str(Path(__file__)), "--home", str(home), "--once", path]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return [*map(float, done.stdout.split()), time.perf_counter() - began]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=ROOT / ".portal" / "bench-pack")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", help="address within the meeting, for a fresh process")
    chosen = parser.parse_args()
    if chosen.once is not None:
        return visit_once(chosen.home, chosen.once)
    make(chosen.home)
    print(f"{OPEN} open referrals, {AGENCIES} agencies; load before: {os.getloadavg()[0]:.1f}")
    page = visit(chosen.home, "", chosen.rounds + 1)
    print(
        f"page     first {page[0]:.0f} ms, then best {min(page[1:]):.0f}, median {statistics.median(page[1:]):.0f}"
    )
    for language in ("en", "cy"):
        runs = [fresh(chosen.home, f"/pack.pdf?lang={language}") for _ in range(chosen.rounds)]
        best, worst = min(run[0] for run in runs) / 1000, max(run[0] for run in runs) / 1000
        own, child = (max(run[column] for run in runs) for column in (1, 2))
        print(f"PDF {language}   best {best:.1f} s, worst {worst:.1f} s;"
              f" peak memory {own:.0f} MB of the portal + {child:.0f} of the typesetter")  # fmt: skip
    return None


if __name__ == "__main__":
    main()

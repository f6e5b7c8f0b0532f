"""`make drill-nodes`: two web nodes, two workers, primary and standby behind nginx; each fails in turn under traffic.

Nothing that was acknowledged may be missing or twice, nobody may be signed out, each mail comes. Takes five minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aiosmtpd.controller import Controller

from portal.standby import LATEST
from scripts.nodes import commits, network
from scripts.nodes.counting import Lost, Phase, count, row
from scripts.nodes.database import Server, make_passwords
from scripts.nodes.portal import MAIL_PORT, Machines, make_certificates
from scripts.nodes.traffic import Client, Reader

STAFF = ("officer@demo.example", "housing@demo.example")
MANAGER = "manager@demo.example"
CLIENTS = int(os.environ.get("PORTAL_CLIENTS", "6"))
CALM = float(os.environ.get("PORTAL_CALM", "8"))  # seconds of traffic before and after each failure
INSIDE = "PORTAL_DRILL_INSIDE"


class Postbox:
    """The mail server of the drill: how often each Message-ID came."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        text = getattr(envelope, "content", b"").decode(errors="replace")
        self.came[text.partition("Message-ID: ")[2].partition("\n")[0].strip()] += 1
        return "250 OK"


def main() -> int:
    if reason := network.why_not():
        print(f"drill-nodes is skipped: {reason}.")
        return 0
    if INSIDE not in os.environ:
        return outside()
    with tempfile.TemporaryDirectory(prefix="portal-drill-") as folder:
        os.chmod(folder, 0o711)  # noqa: S103  # nosec B103 - PostgreSQL has an account of its own
        return drill(Path(folder))


def outside() -> int:
    """Make the machines, run the rest within the proxy’s, and take them away whatever happens."""
    network.remove()
    try:
        network.make()
        command = network.within("proxy", sys.executable, "-m", "scripts.nodes.drill")
        return subprocess.run(command, env=os.environ | {INSIDE: "1"}).returncode
    finally:
        network.remove()


def drill(home: Path) -> int:
    tls, passwords = home / "tls", make_passwords()
    make_certificates(tls)
    say("PostgreSQL: a primary and its standby")
    primary, standby = Server("db_a", home, passwords, tls), Server("db_b", home, passwords, tls)
    primary.make_primary()
    portal = Machines(home, passwords, tls, read_from="db_b")
    postbox = Postbox()
    post = Controller(postbox, hostname=network.address("proxy"), port=MAIL_PORT)
    post.start()
    clients: list[Client] = []
    try:
        portal.command("init")
        portal.command("demo", "--referrals", "200")
        standby.make_standby(primary)
        costs = commits.measure(primary)
        primary.acknowledge_only_with("ANY 1 (db_b)")
        say("nginx, two web nodes, two workers")
        for what in ("web_a", "web_b", "worker_a", "worker_b"):
            portal.start(what)
        portal.start_proxy()
        clients = begin(tls)
        phases = fail_in_turn(portal, primary, standby)
        for client in clients:
            client.stop()
        for client in clients:
            client.join(60)
        wait_for_mail(standby)
        found = count(standby, clients, postbox.came)
        print("\na commit takes", *costs, sep="\n")
        return report(phases, clients, found, portal.times_said("late"))
    except BaseException:
        keep_logs(home)
        raise
    finally:
        post.stop()
        portal.stop()
        for server in (primary, standby):
            server.kill()


def begin(tls: Path) -> list[Client]:
    """Clients that have signed in and begun; the nodes take some seconds to answer at all."""
    authority = str(tls / "authority.pem")
    clients = [Client(n, STAFF[n % len(STAFF)], authority) for n in range(CLIENTS)]
    clients.append(Reader(CLIENTS, MANAGER, authority))
    until = time.monotonic() + 60
    while True:
        try:
            if clients[0].ask("GET", "/readyz")[0] == 200:
                break
        except OSError:
            pass
        if time.monotonic() > until:
            raise RuntimeError("the portal does not answer through nginx")
        time.sleep(0.3)
    for client in clients:
        client.start()
    for client in clients:
        if not client.ready.wait(60):
            raise RuntimeError(f"{client.email} could not sign in")
    return clients


def fail_in_turn(portal: Machines, primary: Server, standby: Server) -> list[Phase]:
    """What is done, and when (time.monotonic()); each failure is repaired before the next."""
    phases: list[Phase] = []

    def phase(
        name: str, fail: Callable[[], object], mend: Callable[[], object] | None = None, wait: float = CALM
    ) -> None:
        say(name)
        began = time.monotonic()
        fail()
        time.sleep(wait)
        if mend:
            mend()
            time.sleep(CALM)
        phases.append(Phase(name, began, time.monotonic()))

    pause, go_on = "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"
    phase("nothing fails", lambda: None)
    for letter in "ab":
        web = f"web_{letter}"
        phase(f"web node {letter} is killed", partial(portal.kill, web), partial(portal.start_and_wait, web))
    phase("worker a is killed", partial(portal.kill, "worker_a"), partial(portal.start, "worker_a"))
    phase("the link of web node a is cut", partial(network.cut, "web_a"), partial(network.join, "web_a"), 30)
    phase("the standby falls behind", partial(standby.psql, pause), partial(standby.psql, go_on), LATEST + 8)
    phase("the standby is lost", partial(lose_standby, primary, standby), partial(rebuild, primary, standby))
    phase("the primary is lost, the standby promoted", partial(fail_over, primary, standby), wait=20)
    return phases


def lose_standby(primary: Server, standby: Server) -> None:
    """With one standby alone nothing is acknowledged until somebody says that none has to have it."""
    standby.kill()
    time.sleep(3)
    primary.acknowledge_only_with("")


def rebuild(primary: Server, standby: Server) -> None:
    """A standby anew, and acknowledged only with it from then on."""
    standby.clear()
    standby.make_standby(primary)
    primary.acknowledge_only_with("ANY 1 (db_b)")


def fail_over(primary: Server, standby: Server) -> None:
    """The steps of docs/operations.md, as quickly as a script takes them."""
    network.cut(primary.machine)
    primary.kill()
    standby.promote()
    standby.acknowledge_only_with("")


def wait_for_mail(server: Server) -> None:
    """Until the workers have sent all that is due: a minute, for what failed once."""
    until = time.monotonic() + 100
    waiting = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL"
    while server.psql(waiting, database="portal") != "0" and time.monotonic() < until:
        time.sleep(0.5)


def report(phases: list[Phase], clients: list[Client], found: Lost, late: int) -> int:
    print(
        f"\n{'what fails':43}{'answers':>9}{'refused':>9}{'longest silence':>17}{'longest wait':>14}{'not told':>10}"
    )
    for phase in phases:
        print(row(phase, clients))
    print(f"\n{found}\nFigures were read from the primary because the standby was late: {late} times")
    return 0 if found.none and late else 1


def keep_logs(home: Path) -> None:
    place = Path(tempfile.gettempdir()) / "portal-drill-logs"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for log in (*home.glob("*.log"), *home.glob("*/log"), *home.glob("nginx/*log")):
        shutil.copy(log, place / f"{log.parent.name}-{log.name}")
    print(f"The logs are in {place}.", file=sys.stderr)


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

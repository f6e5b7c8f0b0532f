"""The first machine is lost; what is left are a base backup and WAL kept elsewhere. `make drill-restore`.

Prints how much of what was acknowledged is lost (RPO) and how long it takes until an officer works again (RTO).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.recovery.portal_processes import Processes
from scripts.recovery.server import DrillFailed, Server
from scripts.recovery.traffic import Traffic, Visitor

MOST_LOST, LONGEST = 60.0, 900.0  # seconds: RPO and RTO of docs/backup.md
PARTIAL = ".partial"
RESTORED = "SELECT words FROM message WHERE words LIKE 'Drill %'"


@dataclass(frozen=True)
class Outcome:
    """`lost_seconds` (RPO): from the first acknowledged message that is lost to the last acknowledged one; `seconds`
    (RTO): from the loss to the first page of an officer."""

    acknowledged: int
    lost: int
    lost_seconds: float
    seconds: float
    said: str


class Elsewhere:
    """Where base backup and WAL are kept, on another disk in real life."""

    def __init__(self, folder: Path) -> None:
        self.base, self.wal = folder / "base", folder / "wal"
        self.wal.mkdir(mode=0o777, parents=True)
        self.wal.chmod(0o777)  # the server may run under another account

    def settings(self, archive_seconds: int) -> dict[str, str]:
        command = f"test ! -f {self.wal}/%f && cp %p {self.wal}/%f.new && mv {self.wal}/%f.new {self.wal}/%f"
        return {
            "archive_mode": "on",
            "archive_command": command,
            "archive_timeout": f"{archive_seconds}s",
        }

    def take_base(self, server: Server) -> None:
        options = ("--pgdata", str(self.base), "--wal-method=none", "--checkpoint=fast", "--no-sync")
        _run(server.program("pg_basebackup", *options))

    @contextmanager
    def receiving(self, server: Server) -> Iterator[None]:
        """WAL arrives as it is written, not only once a file of it is full."""
        _run(server.program("pg_receivewal", "--slot=elsewhere", "--create-slot"))
        command = server.program(
            "pg_receivewal", "--slot=elsewhere", "--directory", str(self.wal), "--no-loop"
        )
        process = subprocess.Popen([*command, "--synchronous"], stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def restore_to(self, server: Server, moment: datetime | None) -> None:
        """A new cluster from the base backup and all WAL, up to `moment`, or to the last there is."""
        shutil.copytree(self.base, server.data)
        server.data.chmod(0o700)
        for partial in self.wal.glob(f"*{PARTIAL}"):
            whole = partial.with_name(partial.name.removesuffix(PARTIAL))
            if not whole.exists():
                shutil.copy(partial, whole)
        (server.data / "recovery.signal").touch()
        settings = {"restore_command": f"cp {self.wal}/%f %p", "archive_mode": "off"}
        if moment:
            settings |= {"recovery_target_time": moment.isoformat(), "recovery_target_action": "promote"}
        server.configure(settings)
        server.start()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise DrillFailed(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def drill(folder: Path, *, referrals: int, messages: int, archive_seconds: int = 0) -> Outcome:
    """Lose a server under traffic, after so many messages, and restore to the last second. `archive_seconds`: WAL is
    archived in whole files at least so often; 0: it is streamed as well (pg_receivewal)."""
    first, second, elsewhere = Server(folder / "1"), Server(folder / "2"), Elsewhere(folder / "elsewhere")
    portal = Processes(first, folder / "home")
    try:
        first.create(elsewhere.settings(archive_seconds or 3600))
        portal.run("init")
        portal.run("demo", "--referrals", str(referrals))
        with portal.served(worker=True) as address, Traffic(address) as traffic:
            if archive_seconds:
                elsewhere.take_base(first)
                traffic.wait_for(messages)
            else:
                with elsewhere.receiving(first):
                    elsewhere.take_base(first)
                    traffic.wait_for(messages)
                    first.lose()
            first.lose() if archive_seconds else None
            lost_at = time.monotonic()
        acknowledged = dict(traffic.acknowledged)
        elsewhere.restore_to(second, None)
        return _work_again(Processes(second, portal.home), acknowledged, lost_at)
    finally:
        first.stop()
        second.stop()


def _work_again(portal: Processes, acknowledged: dict[str, float], lost_at: float) -> Outcome:
    said = portal.run("after-restore")
    with portal.served() as address:
        officer = Visitor(address)
        officer.sign_in("officer@demo.example")
        if not officer.list_references():
            raise DrillFailed("An officer finds no referral after the restore.")
        seconds = time.monotonic() - lost_at
    there = set(portal.server.ask(RESTORED).splitlines())
    lost = [at for words, at in acknowledged.items() if words not in there]
    lost_seconds = max(acknowledged.values()) - min(lost) if lost else 0.0
    return Outcome(len(acknowledged), len(lost), lost_seconds, seconds, said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--referrals", type=int, default=2_000)
    parser.add_argument("--messages", type=int, default=400)
    wanted = parser.parse_args()
    good = True
    print(f"At {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {wanted.referrals} referrals:")
    for name, archive_seconds in (("streamed WAL", 0), ("WAL archived every 10 s", 10)):
        with tempfile.TemporaryDirectory(prefix="drill") as place:
            done = drill(
                Path(place),
                referrals=wanted.referrals,
                messages=wanted.messages,
                archive_seconds=archive_seconds,
            )
        print(
            f"{name}: {done.lost} of {done.acknowledged} acknowledged messages lost, RPO {done.lost_seconds:.2f} s"
            f" (at most {MOST_LOST:.0f}), RTO {done.seconds:.1f} s (at most {LONGEST:.0f}); {done.said.splitlines()[-1]}"
        )
        good = good and done.lost_seconds <= MOST_LOST and done.seconds <= LONGEST
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

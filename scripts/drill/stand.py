"""The portal as it stands in production, in a folder of its own, and a small supervisor that starts again what ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from portal.postgres import Cluster

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
PAUSE = 0.5  # seconds before a program that has ended is started again, as RestartSec of systemd would say


class Kept:
    """A program that is kept up, in a session of its own; what it says goes to `log`."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self._log = list(command), environment, log
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self.process: subprocess.Popen[bytes] | None = None
        self._thread.start()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with self._log.open("ab") as log:
                self.process = subprocess.Popen(  # noqa: S603
                    self._command,
                    cwd=ROOT,
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if self._stopping.is_set():
                self.process.terminate()
            self.process.wait()
            self._stopping.wait(PAUSE)

    def pids(self) -> list[int]:
        """The program's own first, then its children; none while it is down."""
        process = self.process
        if process is None or process.poll() is not None:
            return []
        return [process.pid, *children(process.pid)]

    def tell(self) -> None:
        """Have it end, and not be started again."""
        self._stopping.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        self._thread.join(40)


class Stand:
    """PostgreSQL that writes through to the disk, two web workers of four threads, the worker, a mail server.

    `home` is an empty folder; `start` makes the portal in it with the demonstration's agencies and accounts, and with
    this many people besides, half of them in each of the two areas.
    """

    def __init__(self, home: Path, people: int) -> None:
        self.home, self._people = home, people
        self.port, self._smtp_port = free_port(), free_port()
        self.cluster = Cluster(home / "portal")
        self.mails = home / "mails"
        self.environment = {
            **{
                name: os.environ[name]
                for name in ("PATH", "LANG", "PORTAL_POSTGRES_BIN")
                if name in os.environ
            },
            **{"PORTAL_HOME": str(home / "portal"), "PORTAL_DEMO": "1", "PORT": str(self.port)},
            **{"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(self._smtp_port), "MAIL_TIMEOUT": "5"},
            **{"DATABASE_URL": self.cluster.app_url, "DATABASE_OWNER_URL": self.cluster.owner_url},
        }
        self._kept: list[Kept] = []
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_database, daemon=True)

    def __enter__(self) -> Self:
        self.cluster.start()
        try:
            self.flask("init")
            self.flask("demo", "--referrals", "0")
            self._add_people()
            self._serve()
            self._wait_until_served()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join(60)
        for kept in self._kept:
            kept.tell()
        for kept in self._kept:
            kept.wait()
        self.cluster.stop()

    def flask(self, *arguments: str) -> str:
        """What the command says; CalledProcessError where it fails."""
        command = [str(BIN / "flask"), "--app", "wsgi", *arguments]
        done = subprocess.run(  # noqa: S603
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-2000:]}")
        return done.stdout

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """As the owner, who sees every row."""
        return psycopg.connect(self.cluster.owner_url.replace("+psycopg", ""), connect_timeout=5)

    def postmaster(self) -> int | None:
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.home / "portal" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            return pid if Path(f"/proc/{pid}").exists() else None
        return None

    def _add_people(self) -> None:
        with self.connect() as connection:
            connection.execute(PEOPLE, {"people": self._people})
            connection.execute(SPELLS)
            connection.execute(EVERYWHERE)
            connection.execute("UPDATE user_account SET mails_at_once = true")

    def _serve(self) -> None:
        gunicorn = [str(BIN / "gunicorn"), "wsgi:app", "--workers", "2", "--threads", "4"]
        gunicorn += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        peer = [sys.executable, "-m", "scripts.drill.peer", str(self._smtp_port), str(self.mails)]
        worker = [str(BIN / "flask"), "--app", "wsgi", "worker"]
        self._kept.append(Kept(peer, self.environment, self.home / "peer.log"))
        self.web = Kept(gunicorn, self.environment, self.home / "web.log")
        self.worker = Kept(worker, self.environment, self.home / "worker.log")
        self._kept += [self.web, self.worker]
        self._keeper.start()

    def _wait_until_served(self, patience: float = 60) -> None:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            with suppress(OSError, HTTPException):
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            connection.close()
            time.sleep(0.1)
        raise RuntimeError(f"the portal does not answer: see {self.home}/web.log")

    def _keep_database(self) -> None:
        while not self._stopping.wait(0.1):
            if self.postmaster() is None:
                time.sleep(PAUSE)
                self.cluster.start()


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return sorted(found)


def kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PEOPLE = """
INSERT INTO person (area_id, local_authority_id, surname, forenames, date_of_birth, sex, sort_key, demo)
SELECT areas.area_id, (SELECT min(id) FROM area a WHERE a.police_force_id = areas.area_id AND a.kind = 'local_authority'),
       'Dril' || n, 'Siân', '1990-05-04', CASE n %% 3 WHEN 0 THEN 'female' ELSE 'male' END, 'dril' || lpad(n::text, 6, '0'), true
  FROM generate_series(1, %(people)s) n
  JOIN (SELECT ua.area_id, row_number() OVER (ORDER BY u.email) - 1 AS number FROM user_account u
          JOIN user_area ua ON ua.user_id = u.id WHERE u.email IN ('officer@demo.example', 'officer.gwent@demo.example')
       ) areas ON areas.number = n %% 2
"""
SPELLS = """
INSERT INTO cohort_spell (person_id, cohort, from_on)
SELECT id, 'flex', current_date - 30 FROM person WHERE surname ~ '^Dril[0-9]+$'
"""
# The agencies whose workers take part serve both officers' areas.
EVERYWHERE = """
INSERT INTO service_area (service_id, area_id)
SELECT s.id, ua.area_id FROM service s, user_area ua JOIN user_account u ON u.id = ua.user_id
 WHERE u.email IN ('officer@demo.example', 'officer.gwent@demo.example') ON CONFLICT DO NOTHING
"""

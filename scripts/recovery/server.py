"""A PostgreSQL of a drill's own, as one would set it up: WAL archived, base backups taken, killed, and restored to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from portal.postgres import find_bin
from portal.postgres.account import Account, find_account

PATIENCE = 120  # seconds
HBA = "local all all trust\nlocal replication all trust\n"
ROLES = (
    "CREATE ROLE portal_owner LOGIN BYPASSRLS; CREATE ROLE portal_app LOGIN;",
    "CREATE DATABASE portal OWNER portal_owner;",
)


class DrillFailed(Exception):
    """The message says what was not as it must be."""


class Server:
    """Its data in `folder`/data; it listens on a socket in `folder` alone, whose path must be short."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.bin = folder, folder / "data", find_bin()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def url(self, role: str) -> str:
        return f"postgresql+psycopg://{role}@/portal?host={self.folder}"

    def create(self, settings: Mapping[str, str]) -> None:
        """An empty cluster with the portal's roles and database, running."""
        self.data.mkdir(mode=0o700)
        options = [
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-sync",
        ]
        done = self.account.run([self.bin / "initdb", *options, "-D", self.data])
        if done.returncode != 0:
            raise DrillFailed(done.stdout)
        (self.data / "pg_hba.conf").write_text(HBA)
        self.configure(settings)
        self.start()
        for statement in ROLES:
            self.ask(statement, database="postgres")

    def configure(self, settings: Mapping[str, str]) -> None:
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.account.take(self.data)

    @property
    def account(self) -> Account:
        account = find_account(self.data, self.bin)
        account.take(self.data)
        account.take(self.folder)
        return account

    def start(self) -> None:
        """Until it takes statements that write: a recovery is over then."""
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}"]
        log = os.open(self.folder / "log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        command: list[str | Path] = ["/bin/sh", "-c", '"$0" "$@" &', self.bin / "postgres", "-D", self.data]
        self.account.run([*command, *options], output=log)
        os.close(log)
        until = time.monotonic() + PATIENCE
        while self._ask("SELECT pg_is_in_recovery()", "postgres").stdout.strip() != "f":
            if time.monotonic() > until:
                raise DrillFailed(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-800:]}")
            time.sleep(0.1)

    def ask(self, statement: str, database: str = "portal") -> str:
        done = self._ask(statement, database)
        if done.returncode != 0:
            raise DrillFailed(done.stderr.strip())
        return done.stdout.strip()

    def _ask(self, statement: str, database: str) -> subprocess.CompletedProcess[str]:
        options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-c", statement)
        command = self.program("psql", *options, f"--dbname={database}")
        return subprocess.run(command, capture_output=True, text=True)  # noqa: S603

    def program(self, name: str, *options: str) -> list[str]:
        return [str(self.bin / name), f"--host={self.folder}", "--username=postgres", *options]

    def stop(self) -> None:
        self._signal(signal.SIGINT)

    def lose(self) -> None:
        """As if the machine had burnt: killed, and nothing of its folder left."""
        self._signal(signal.SIGKILL)
        shutil.rmtree(self.data)

    def _signal(self, number: int) -> None:
        pid_file = self.data / "postmaster.pid"
        with suppress(FileNotFoundError, ProcessLookupError):
            pid = int(pid_file.read_text().split()[0])
            os.kill(pid, number)
            until = time.monotonic() + PATIENCE
            while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
                os.kill(pid, 0)
                time.sleep(0.05)

"""PostgreSQL of a drill: a primary and its standby, set up as docs/operations.md says, from the files of deploy/."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from portal.postgres import PostgresUnavailable
from portal.postgres.account import Account, find_account
from scripts.nodes import network
from scripts.nodes.network import name, within

ROOT = Path(__file__).parent.parent.parent
FILES = ROOT / "deploy" / "postgresql"
ROLES = ("portal_owner", "portal_app", "portal_replication")
PATIENCE = 30.0  # seconds
# A drill has less memory than a server, and its administrator has another name.
SMALLER = {"shared_buffers = '4GB'": "shared_buffers = '128MB'", "effective_cache_size = '12GB'": "",
           "maintenance_work_mem = '512MB'": "", "logging_collector = on": ""}  # fmt: skip


def programs() -> Path:
    """Those of the system, which speak TLS; the wheel's do not."""
    chosen = os.environ.get("PORTAL_POSTGRES_BIN")
    found = [Path(chosen)] if chosen else Path("/usr/lib/postgresql").glob("*/bin")
    for folder in sorted(found, key=lambda path: path.parent.name, reverse=True):
        if (folder / "pg_basebackup").exists():
            return folder
    raise PostgresUnavailable(
        "a PostgreSQL that speaks TLS is missing. On Debian: apt-get install postgresql"
    )


class Server:
    """One server on one machine; its data, certificate and log in a folder of its own."""

    def __init__(self, machine: str, home: Path, passwords: dict[str, str], tls: Path) -> None:
        self.machine, self.passwords, self.tls = machine, passwords, tls
        self.home, self.data = home / machine, home / machine / "data"
        self.bin = programs()
        self.data.mkdir(mode=0o700, parents=True)
        self.account: Account = find_account(self.data, self.bin)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *command: str | Path) -> list[str]:
        """As the account that may run PostgreSQL, on the machine."""
        uid, gid = self.account.uid, self.account.gid
        other = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"] if uid is not None else []
        return within(self.machine, *other, *self.account.prefix, *command)

    def run(self, *command: str | Path, said: str | None = None) -> str:
        done = subprocess.run(
            self.command(*command), input=said, capture_output=True, text=True, env=self._environment()
        )
        if done.returncode:
            raise RuntimeError(f"{self.machine}: {Path(command[0]).name}: {done.stderr.strip()}")
        return done.stdout

    def make_primary(self) -> None:
        self._take()
        self.run(
            self.bin / "initdb", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
            "--data-checksums", "-D", self.data,
        )  # fmt: skip
        self._configure()
        (self.data / "conf.d" / "synchronous.conf").write_text("")
        self._take()
        self.start()
        self.psql((FILES / "roles.sql").read_text(), database="postgres")
        for role in ROLES:
            self.psql(f"ALTER ROLE {role} PASSWORD '{self.passwords[role]}'")

    def make_standby(self, primary: Server) -> None:
        """A copy of the primary, which follows it from then on through a slot."""
        slot = f"SELECT pg_create_physical_replication_slot('{self.machine}')"
        primary.psql(
            f"{slot} WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{self.machine}')"  # nosec B608 - a name of the drill's own
        )
        self._take()
        source = (
            f"host={name(primary.machine)} user=portal_replication sslmode=verify-full"
            f" sslrootcert={self.tls / 'authority.pem'} application_name={self.machine}"
        )
        self.run(
            self.bin / "pg_basebackup", "-d", source, "-D", self.data, "-S", self.machine, "-R", "-X", "stream",
            "--checkpoint=fast",
        )  # fmt: skip
        self._configure()
        shutil.copy(FILES / "synchronous.conf", self.data / "conf.d")
        self._take()
        self.start()

    def acknowledge_only_with(self, standbys: str) -> None:
        """`synchronous_standby_names`; empty is asynchronous."""
        text = f"synchronous_standby_names = '{standbys}'\n"
        (self.data / "conf.d" / "synchronous.conf").write_text(text)
        self.psql("SELECT pg_reload_conf()")

    def start(self) -> None:
        log = open(self.home / "log", "ab")  # noqa: SIM115
        self._process = subprocess.Popen(
            self.command(self.bin / "postgres", "-D", self.data), stdout=log, stderr=log
        )
        self.wait_until("SELECT 1")

    def promote(self) -> None:
        """The documented step: it is the primary once `pg_promote` says so."""
        self.psql("SELECT pg_promote(true, 30)")

    def kill(self) -> None:
        """As a machine that loses its power: no process of it has a last word."""
        pids = network.on("proxy", "ip", "netns", "pids", network.namespace(self.machine)).split()
        for pid in pids:
            os.kill(int(pid), signal.SIGKILL)
        if self._process:
            self._process.wait()

    def clear(self) -> None:
        """Its data, before it is made anew."""
        shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)

    def psql(self, sql: str, database: str = "postgres") -> str:
        return self.run(
            self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.home, "-U", "postgres",
            "-d", database, said=sql,
        ).strip()  # fmt: skip

    def wait_until(self, sql: str, *, is_: str = "1") -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                if self.psql(sql) == is_:
                    return
            except RuntimeError:
                pass
            if time.monotonic() > until:
                raise RuntimeError(f"{self.machine}: “{sql}” was not {is_} within {PATIENCE:.0f} s")
            time.sleep(0.1)

    def _configure(self) -> None:
        settings = (FILES / "portal.conf").read_text()
        for text, smaller in SMALLER.items():
            assert text in settings, text
            settings = settings.replace(text, smaller)
        for kind in ("pem", "key"):
            own = self.home / f"server.{kind}"
            shutil.copy(self.tls / f"{self.machine}.{kind}", own)
            own.chmod(0o600)
            settings = settings.replace(f"/etc/blaenoriaeth/tls/database.{kind}", str(own))
        (self.data / "conf.d").mkdir(exist_ok=True)
        settings += f"\nunix_socket_directories = '{self.home}'\n"
        (self.data / "conf.d" / "portal.conf").write_text(settings)
        main = self.data / "postgresql.conf"
        if "# of the drill" not in (text := main.read_text()):
            main.write_text(f"{text}\n# of the drill\ninclude_dir = 'conf.d'\n")
        hba = (FILES / "pg_hba.conf").read_text().replace("peer", "trust")
        (self.data / "pg_hba.conf").write_text(hba)

    def _take(self) -> None:
        self.account.take(self.home)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "PGPASSWORD": self.passwords["portal_replication"],
        }


def make_passwords() -> dict[str, str]:
    return {role: secrets.token_urlsafe(24) for role in ROLES}

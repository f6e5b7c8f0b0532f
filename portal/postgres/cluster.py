"""Starting, sharing and stopping the cluster."""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from .account import find_account
from .programs import PostgresUnavailable, find_bin

PAUSE = 0.03  # seconds between looks
PATIENCE = 120.0  # seconds, for crash recovery of a large database and for a last checkpoint
NO_CONNECTION = 2  # psql’s exit code
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # bytes; Linux allows 107, macOS 103

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Values of people's records stand in errors, details and statements: none of them is logged.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

PREPARE = """
SELECT 'CREATE ROLE portal_owner LOGIN BYPASSRLS'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_owner') \\gexec
SELECT 'CREATE ROLE portal_app LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') \\gexec
SELECT format('CREATE DATABASE %I OWNER portal_owner', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
"""


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _is_held(path: Path) -> bool:
    """Whether another open file description holds a lock on the file."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(handle, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


class Cluster:
    """One server for all processes that use `home`; it runs while one of them does.

    Whoever uses it holds a lock that dies with its process, so a crash never blocks the others.
    `durable=False` is for tests: a crash of the machine may then lose the data.
    """

    def __init__(self, home: Path, database: str = "portal", *, durable: bool = True) -> None:
        self.database = database
        self._durable = durable
        self.home = Path(home).resolve()
        self._folder = self.home / "postgres"
        self._data = self._folder / "data"
        self._use: int | None = None
        self._socket_folder = self._folder / "socket"
        path = os.fsencode(self._socket_folder / SOCKET)
        if len(path) > LONGEST_SOCKET_PATH or set(path) & set(b'",\\'):
            # Not $TMPDIR: every process must come to the same folder.
            name = f"portal-{hashlib.sha256(path).hexdigest()[:20]}"
            self._socket_folder = Path("/tmp", name)  # noqa: S108  # nosec B108

    @cached_property
    def bin(self) -> Path:
        """Folder of the programs that fit this cluster (psql, pg_dump, pg_restore, …)."""
        written_by = self._data / "PG_VERSION"
        return find_bin(int(written_by.read_text()) if written_by.exists() else None)

    @property
    def owner_url(self) -> str:
        return self.url("portal_owner")

    @property
    def app_url(self) -> str:
        return self.url("portal_app")

    def url(self, role: str, database: str | None = None) -> str:
        """SQLAlchemy address of a database of this cluster (default: its own)."""
        name = quote(database or self.database, safe="")
        return f"postgresql+psycopg://{role}@/{name}?host={quote(str(self._socket_folder))}"

    def start(self) -> None:
        """Use the cluster: set it up, start or revive its server as needed. May be repeated."""
        with self._alone():
            joined = self._use is None
            if self._use is None:
                self._use = _open(self._folder / "users")
                fcntl.flock(self._use, fcntl.LOCK_SH)
            try:
                self._bring_up()
            except BaseException:
                if joined:
                    self._leave()
                raise

    def stop(self) -> None:
        """Use the cluster no longer. The server stops if nobody else uses it."""
        with self._alone():
            self._leave()
            if not _is_held(self._folder / "users"):
                self._shut_down()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def create_database(self, name: str, template: str | None = None) -> None:
        """A new database of portal_owner; `template` must have no connections."""
        self._command(
            'CREATE DATABASE :"name" OWNER portal_owner TEMPLATE :"template"',
            name=name,
            template=template or "template1",
        )

    def drop_database(self, name: str) -> None:
        """Ends its connections; does nothing if there is no such database."""
        self._command('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process (and thread) at a time starts or stops this cluster."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = _open(self._folder / "lock")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)
                os.close(handle)
        except OSError as error:
            raise PostgresUnavailable(
                f"{error.filename or self._folder}: {error.strerror}. Run as the user who owns"
                f" {self.home}, or set PORTAL_HOME to a folder of your own."
            ) from error

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)  # not unlocked: a forked child may use it still
            self._use = None

    def _is_alive(self) -> bool:
        """Whether any process of the server lives; they inherit the lock."""
        return _is_held(self._folder / "alive")

    def _bring_up(self) -> None:
        deadline, launched = time.monotonic() + PATIENCE, False
        while True:
            if not self._is_alive():
                if launched:
                    raise PostgresUnavailable(f"PostgreSQL did not start. {self._last_words()}")
                self._launch()
                launched = True
            self._check_socket_folder()
            done = self._psql(PREPARE, name=self.database)
            if done.returncode == 0:
                return
            if done.returncode != NO_CONNECTION:
                raise PostgresUnavailable(f"PostgreSQL could not be set up: {done.stdout.strip()}")
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"PostgreSQL gives no answer; try again later. {self._last_words()}"
                )
            time.sleep(PAUSE)

    def _launch(self) -> None:
        if not self._data.exists():
            self._initialise()
        account = find_account(self._data, self.bin)
        account.take(self._data)
        self._socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._check_socket_folder()
        account.take(self._socket_folder)
        leftover = (self._data / "postmaster.pid", *self._socket_folder.glob(f"{SOCKET}*"))
        for path in leftover:  # by a killed server: its number may be another process’s by now
            path.unlink(missing_ok=True)
        settings = SETTINGS | {"unix_socket_directories": str(self._socket_folder)}
        settings |= {} if self._durable else FORGETFUL
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self._folder / "log"
        if log.exists():
            log.replace(self._folder / "log.previous")
        command: list[str | Path] = ["/bin/sh", "-c", '"$0" "$@" &', self.bin / "postgres", "-D", self._data]
        output, alive = _open(log), _open(self._folder / "alive")
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            account.run([*command, *options], output=output, keep=[alive])
        finally:
            os.close(alive)  # not unlocked: the server has it now
            os.close(output)

    def _initialise(self) -> None:
        new = self._folder / "data.new"  # renamed when whole
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        account = find_account(new, self.bin)
        account.take(new)
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        done = account.run(
            [self.bin / "initdb", *options, *([] if self._durable else ["--no-sync"]), "-D", new]
        )
        if done.returncode != 0:
            raise PostgresUnavailable(f"PostgreSQL’s initdb failed: {done.stdout.strip()}")
        (new / "pg_hba.conf").write_text("local all all trust\n")
        new.rename(self._data)

    def _check_socket_folder(self) -> None:
        """Who may enter it may be anybody in the database."""
        found = self._socket_folder.lstat()
        ours = {os.geteuid(), self._data.stat().st_uid}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours or found.st_mode & 0o077:
            raise PostgresUnavailable(
                f"{self._socket_folder} is not a private folder of this user: remove it and start again."
            )

    def _shut_down(self) -> None:
        deadline, told = time.monotonic() + PATIENCE, False
        while self._is_alive():
            if not told and self._listens():  # so the number in the file is the server’s own
                with suppress(FileNotFoundError, ProcessLookupError):
                    os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
                told = True
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL does not stop; try again later. {self._last_words()}")
            time.sleep(PAUSE)
        with suppress(OSError):  # not there, or not empty after a kill
            self._socket_folder.rmdir()

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket_folder / SOCKET)) == 0

    def _psql(self, script: str, **values: str) -> subprocess.CompletedProcess[str]:
        """Runs as superuser; `values` are for :'name' (a string) and :"name" (an identifier)."""
        connection = {
            "PGHOST": str(self._socket_folder),
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
            "PGCONNECT_TIMEOUT": "10",
        }
        given = [f"--set={name}={value}" for name, value in values.items()]
        return subprocess.run(  # noqa: S603
            [self.bin / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *given],
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")} | connection,
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _command(self, statement: str, **values: str) -> None:
        done = self._psql(statement, **values)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.strip())

    def _last_words(self) -> str:
        log = self._folder / "log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return f"The end of {log} says: {' '.join(lines[-5:])}"

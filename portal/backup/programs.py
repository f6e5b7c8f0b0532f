"""PostgreSQL's own programs that write and read a dump: which ones fit, and how they are run."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from portal.backup.archive import Tell
from portal.postgres import find_clients

KEPT = ("PATH", "LD_LIBRARY_PATH", "TZ", "HOME")  # of the environment; the rest holds secrets
GRANTS = " ACL "  # how the list of a dump marks them


class Failed(Exception):
    """A program is missing, too old, or has failed; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Programs:
    """pg_dump, pg_restore of one version, and the database (SQLAlchemy address of its owner) that they are for."""

    folder: Path
    major: int
    url: str

    def command(self, name: str, *options: str, database: bool = True) -> tuple[list[str], dict[str, str]]:
        """The password goes by the environment: whoever lists processes does not see it."""
        url = make_url(self.url)
        environment = {key: value for key, value in os.environ.items() if key in KEPT or key.startswith("PG")}
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        address = url.set(drivername="postgresql", password=None).render_as_string()
        where = [f"--dbname={address}"] if database else []
        return [str(self.folder / name), *where, *options], environment


def find_programs(url: str, server: int, *, at_least: int) -> Programs:
    """Those of the server's own version, else the oldest that can do it. Failed where there are none."""
    found = sorted((major, str(folder)) for major, folder in find_clients() if major >= at_least)
    if not found:
        raise Failed(
            f"The server is PostgreSQL {server} and needs pg_dump and pg_restore {at_least} or newer: install the"
            f" package postgresql-client-{at_least}, or set PORTAL_POSTGRES_BIN to the folder that holds them."
        )
    major, folder = next((one for one in found if one[0] == server), found[0])
    return Programs(Path(folder), major, url)


@contextmanager
def dump(programs: Programs, snapshot: str) -> Iterator[IO[bytes]]:
    """The dump as it is being made, of the state that the snapshot (pg_export_snapshot) saw; Failed if it was not whole."""
    options = ("--format=custom", "--compress=gzip:3" if programs.major >= 16 else "--compress=3")
    command, environment = programs.command("pg_dump", *options, f"--snapshot={snapshot}")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=said)  # noqa: S603
        try:
            yield process.stdout  # type: ignore[misc]
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait() != 0:
            raise Failed(f"pg_dump failed: {_words(said)}")


def restore(programs: Programs, chunks: Iterable[bytes], tell: Tell) -> None:
    """All of the dump but its grants, in one transaction: it is there whole or not at all."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    command, environment = programs.command("pg_restore", *options)
    _feed(command, environment, chunks, tell)


def grants(programs: Programs, chunks: Iterable[bytes], old_role: str, new_role: str) -> str:
    """The statements that give the role of pages its rights, for the role that has that part here. Both names quoted."""
    chunks = list(_first(chunks))
    command, environment = programs.command("pg_restore", "--list", database=False)
    listed = _feed(command, environment, chunks)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.writelines(f"{line}\n" for line in listed.splitlines() if GRANTS in line)
        chosen.flush()
        command, environment = programs.command(
            "pg_restore", f"--use-list={chosen.name}", "--file=-", database=False
        )
        text = _feed(command, environment, chunks)
    lines = [line for line in text.splitlines() if line.startswith(("GRANT ", "REVOKE "))]
    given = re.compile(rf"( TO | FROM ){re.escape(old_role)}(?=;| )")
    return "\n".join(given.sub(lambda found: found[1] + new_role, line) for line in lines)


def _first(chunks: Iterable[bytes], most: int = 8) -> Iterator[bytes]:
    """The beginning of a dump holds its list, which is all that grants need; with some to spare."""
    for number, chunk in enumerate(chunks):
        if number == most:
            return
        yield chunk


def _feed(
    command: list[str], environment: dict[str, str], chunks: Iterable[bytes], tell: Tell = lambda _: None
) -> str:
    """What the program says on standard output once it has been given all it wants; Failed where it fails."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=out, stderr=said)  # noqa: S603
        try:
            with process.stdin as pipe:  # type: ignore[union-attr]
                for chunk in chunks:
                    pipe.write(chunk)
                    tell(len(chunk))
        except BrokenPipeError:
            pass  # it has all it wants, or has failed and says why
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code != 0:
            raise Failed(f"{Path(command[0]).name} failed: {_words(said)}")
        out.seek(0)
        return out.read().decode()


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    return " ".join(said.read().decode(errors="replace").split())[:1000] or "it gave no reason."

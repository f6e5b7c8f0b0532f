"""`backup`, `restore` and `after-restore`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
import psycopg
import sqlalchemy as sa
from flask.cli import with_appcontext
from tqdm import tqdm

from portal.backup import making, restoring, settling
from portal.backup.archive import Reader, Tell, Unusable
from portal.backup.programs import Failed
from portal.schema import SchemaBusy

FILE = click.Path(path_type=Path, dir_okay=False)
ERASURES = click.option(
    "--erasures",
    "erasures_file",
    type=FILE,
    help="Register of erasures (erasures.jsonl) that was kept elsewhere.",
)


class UnusableFile(click.ClickException):
    """The file itself cannot be used; nothing was taken from it."""

    exit_code = 2


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever is foreseen ends with a sentence: exit 2 for a file that cannot be used, 1 for all else."""
    try:
        yield
    except Unusable as error:
        raise UnusableFile(str(error)) from None
    except (Failed, SchemaBusy) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'The disk'}: {error.strerror}.") from None
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        raise click.ClickException(f"The database refused: {said}.") from None


@contextmanager
def _progress(what: str, total: int | None = None) -> Iterator[Tell]:
    """Bytes on a terminal; in a log nothing."""
    with tqdm(desc=what, total=total, unit="B", unit_scale=True, disable=None, leave=False) as bar:
        yield bar.update


@click.command("backup")
@click.argument("file", type=FILE)
@click.option(
    "--without-key", is_flag=True, help="Leave out the keys: keep SECRET_KEY and the signing key elsewhere."
)
@with_appcontext
def backup(file: Path, without_key: bool) -> None:
    """Write the whole portal to FILE, which is overwritten, while it goes on. Guard FILE as you guard the database."""
    with _in_words(), _progress("Database") as tell:
        manifest = making.make_backup(file.absolute(), tell, with_key=not without_key)
    rows, size = sum(manifest.counts.values()), file.stat().st_size
    click.echo(
        f"{file}: {rows:,} rows in {len(manifest.counts)} tables and {len(manifest.parts) - 1} files as of"
        f" {manifest.made}, {size / 1e6:,.1f} MB."
    )


@click.command("restore")
@click.argument("file", type=FILE)
@ERASURES
@with_appcontext
def restore(file: Path, erasures_file: Path | None) -> None:
    """Restore the portal from FILE into an empty PORTAL_HOME and database, without `init`. Nothing is overwritten."""
    with _in_words(), Reader(file) as reader:
        erasures = settling.read_erasures(erasures_file) if erasures_file else []
        size = sum(part.size for part in reader.manifest.parts.values())
        programs = restoring.check_place(reader)
        with _progress("Checking", size) as tell:
            reader.check(tell)
        with _progress("Restoring", size) as tell:
            restoring.restore_all(reader, programs, click.echo, tell)
        _settle(datetime.fromisoformat(reader.manifest.made), erasures)


@click.command("after-restore")
@ERASURES
@with_appcontext
def after_restore(erasures_file: Path | None) -> None:
    """After PostgreSQL itself was taken back to a point in time, before anybody signs in: erase again who was erased, end
    all sessions, set aside signed heads of the log that are newer than the database, verify."""
    with _in_words():
        _settle(None, settling.read_erasures(erasures_file) if erasures_file else [])


def _settle(made: datetime | None, erasures: list[str]) -> None:
    done = settling.settle(made, erasures)
    click.echo(
        f"Erased again: {done.erased}; waiting, because they are on IOM or have a live referral: {done.waiting}."
    )
    if done.lost_heads:
        click.echo(
            f"{done.lost_heads} signed heads of the access log are newer than this database: they now stand in"
            " PORTAL_HOME/audit/lost, and prove that there was more."
        )
    click.echo("Everybody signs in anew; links to set a password that were not used are void.")
    if done.fault:
        click.echo(f"verify: {done.fault}", err=True)
        sys.exit(1)
    click.echo("verify: all is whole.")

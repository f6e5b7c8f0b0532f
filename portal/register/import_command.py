"""The command `import-people`: an extract of Delius or Niche into the register."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from tqdm import tqdm

from portal.db import as_owner, db
from portal.i18n import LONDON
from portal.register import extracts, loading
from portal.register.checking import Checked, check
from portal.register.columns import AS_THEY_ARE, REF, ColumnMap, layout, read_map
from portal.register.erased import refuse_erased
from portal.register.extract_forms import MOST_OF_A_MAP
from portal.register.extract_page import write_refused
from portal.register.extract_work import finish
from portal.register.known import load_known
from portal.sheets.findings import in_words
from portal.sheets.reading import Sheet, Unusable, read

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class UnusableFile(click.ClickException):
    """The file itself cannot be used; nothing was taken from it."""

    exit_code = 2


@click.command("import-people")
@click.option("--source", required=True, type=click.Choice(list(REF)), help="Where the extract is from.")
@click.argument("file", type=FILE)
@click.option("--columns", type=FILE, help="TOML that says how the file names its columns and values.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it; write nothing.")
@click.option(
    "--refused", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused rows to this CSV."
)
@with_appcontext
def import_people(source: str, file: Path, columns: Path | None, dry_run: bool, refused: Path | None) -> None:
    """Take an extract of Delius or Niche into the register: CSV or an Excel workbook, a person a row."""
    mapped = _read_map(columns, source) if columns else AS_THEY_ARE
    sheet = _read(file, source, mapped)
    today = datetime.now(LONDON).date()
    with as_owner():
        checked = check(sheet, source, load_known(), today, mapped)
        refuse_erased(checked, sheet, source)
        for finding in checked.found:
            click.echo(in_words(finding), err=not finding.refuses)
        if refused:
            _write_refused(refused, sheet, checked)
        with tqdm(total=len(checked.good), desc="People", unit="", disable=None) as progress:
            counts = loading.load(
                checked.good,
                source=source,
                today=today,
                by_id=None,
                progress=lambda loaded: progress.update(loaded - progress.n),
            )
        done = extracts.new_import(sheet, checked, source, file.name[:100], state="done")
        finish(done, counts)
        summary = [
            f"{name} {getattr(done, name)}" for name in ("added", "updated", "unchanged", "refused", "asked")
        ]
        if dry_run:
            db.session.rollback()
        else:
            db.session.commit()
    click.echo(", ".join(summary))
    if dry_run:
        click.echo("Nothing was written.")


def _read_map(file: Path, source: str) -> ColumnMap:
    try:
        return read_map(_content(file, MOST_OF_A_MAP), source)
    except Unusable as error:
        raise UnusableFile(f"{file.name}: {error.reason}.") from None


def _read(file: Path, source: str, mapped: ColumnMap) -> Sheet:
    wanted = layout(source, mapped, whole_country=True)
    try:
        return read(_content(file, wanted.most_bytes + 1), wanted)
    except Unusable as error:
        raise UnusableFile(f"{file.name}: {error.reason}.") from None


def _content(file: Path, most: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(most)


def _write_refused(file: Path, sheet: Sheet, checked: Checked) -> None:
    said = extracts.spoken(finding for finding in checked.found if finding.refuses)
    rows = [(raw.cells, said[raw.line]) for raw in checked.refused]
    try:
        file.write_bytes(write_refused(sheet.headings, rows).encode(errors="replace"))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}.") from None

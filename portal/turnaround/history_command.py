"""The command `import-history`: a team's spreadsheet of past referrals, reported on and then taken in."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.db import as_owner, db
from portal.i18n import LONDON
from portal.sheets.findings import in_words
from portal.sheets.reading import Sheet, Unusable
from portal.turnaround import history_importing as importing
from portal.turnaround.history_reading import LAYOUT, read


class UnusableFile(click.ClickException):
    """The file itself cannot be used; nothing was taken from it."""

    exit_code = 2


@click.command("import-history")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print the quality report; write nothing.")
@with_appcontext
def import_history(file: Path, dry_run: bool) -> None:
    """Take in referrals of the past: CSV in UTF-8 or an Excel workbook, a row each."""
    sheet = _read(file)
    with as_owner():
        importing.lock()
        report = importing.examine(sheet, datetime.now(LONDON).date())
        for finding in report.found:
            click.echo(in_words(finding), err=not (dry_run or finding.refuses))
        if not dry_run and report.changes:
            importing.take_in(report, token=secrets.token_urlsafe(16), file_name=file.name)
            db.session.commit()
    click.echo(str(report))
    if dry_run:
        click.echo("Nothing was written.")


def _read(file: Path) -> Sheet:
    with file.open("rb") as opened:
        content = opened.read(LAYOUT.most_bytes + 1)
    try:
        return read(content)
    except Unusable as error:
        raise UnusableFile(f"{file.name}: {error.reason}.") from None

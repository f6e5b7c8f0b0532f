"""`check`: the findings on this installation."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from portal.fitness.checks import CHECKS, look


@click.command("check")
@click.option("--at-start", is_flag=True, help="Only what holds up the start of a portal in production.")
@with_appcontext
def check(at_start: bool) -> None:
    """Is this installation fit for production? Each finding with what to do; exit 1 where anything must be mended."""
    found = list(look(at_start=at_start))
    for _name, finding in found:
        click.echo(f"{'MEND' if finding.must else 'NOTE'}  {finding.wrong}\n      {finding.mend}")
    must = sum(finding.must for _name, finding in found)
    if must:
        click.echo(f"{must} to mend before real people are in this portal.")
        sys.exit(1)
    asked = sum(one.at_start or not at_start for one in CHECKS)
    click.echo(f"Fit for production: {asked} checks, nothing that must be mended.")

"""Before a portal in production is served: it refuses while something must be mended."""

from __future__ import annotations

import sys

import click
from flask import Flask

from portal.fitness.checks import look

HALT = 3  # on which gunicorn stops, instead of starting the same again and again


def refuse_unfit(app: Flask) -> None:
    """Say on stderr what must be mended and end the process; nothing outside production, or for a command.

    Commands go on: `init` and `create-user` are how one mends.
    """
    if not app.config["SETTINGS"].production or not _serves():
        return
    with app.app_context():
        findings = [finding for _name, finding in look(at_start=True) if finding.must]
    if findings:
        for finding in findings:
            print(f"MEND  {finding.wrong}\n      {finding.mend}", file=sys.stderr)
        print("Blaenoriaeth is not served until this is mended.", file=sys.stderr, flush=True)
        sys.exit(HALT)


def _serves() -> bool:
    """A server imports the application outside of any command; `flask run` from within one."""
    context = click.get_current_context(silent=True)
    return context is None or context.info_name == "run"

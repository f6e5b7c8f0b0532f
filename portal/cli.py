"""Commands: parse, call, print."""

from __future__ import annotations

from datetime import datetime

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext

import portal.accounts.sweeping
import portal.keeping.erasing
import portal.keeping.sweeping
import portal.register.extract_work
import portal.reminders.added_again
import portal.reminders.digest
import portal.reminders.drafts
import portal.reminders.read_elsewhere  # noqa: F401  the worker knows the work of what is imported
from portal import schema
from portal.access import AGENCY, Role
from portal.accounts import actions as accounts
from portal.accounts.queries import get_user_by_email
from portal.agencies import directory_import, lookup, reference_data
from portal.agencies.directory_source import Unusable, read_entries
from portal.agencies.models import Agency, Area
from portal.backup.command import after_restore, backup, restore
from portal.db import as_owner, db
from portal.demo.making import MOST, SEED, NotEmpty, Unfit, make_demo
from portal.fitness.command import check
from portal.i18n import LONDON
from portal.jobs import run_worker
from portal.register.command import register
from portal.register.import_command import import_people
from portal.trace.chain_command import audit_key, verify
from portal.turnaround.command import turnaround
from portal.turnaround.history_command import import_history


@click.command("init")
@with_appcontext
def init() -> None:
    """Migrate to head and load reference data. Safe to repeat."""
    try:
        schema.upgrade(current_app.config["OWNER_URL"], current_app.config["APP_ROLE"])
    except schema.SchemaBusy as busy:
        raise click.ClickException(str(busy)) from None
    with as_owner():
        reference_data.load(datetime.now(LONDON).date())
        db.session.commit()
    click.echo("The database is at the newest schema; areas, needs, reasons and calendar are loaded.")


@click.command("create-user")
@click.argument("email")
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role if role is not Role.SYSTEM])
)
@click.option("--agency", "agency_name", help="The agency's name, for agency workers and managers.")
@click.option(
    "--area",
    "area_codes",
    multiple=True,
    help="Code or name of an area; its police forces are taken. May be repeated.",
)
@click.option("--name", help="The user's name; otherwise made from the email address.")
@with_appcontext
def create_user(
    email: str, role: str, agency_name: str | None, area_codes: tuple[str, ...], name: str | None
) -> None:
    """Create a user and print a one-time link to set a password."""
    with as_owner():
        if get_user_by_email(email):
            raise click.ClickException(f"There is a user {email} already.")
        agency = _agency(agency_name) if agency_name else None
        if (Role(role) in AGENCY) != (agency is not None):
            raise click.ClickException(
                "--agency goes with the roles agency_worker and agency_manager, and only these."
            )
        name = name or email.split("@")[0].replace(".", " ").title()
        areas = list(
            {force.id: force for code in area_codes for force in lookup.forces_of(_area(code))}.values()
        )
        user = accounts.create_user(email, name, Role(role), agency=agency, areas=areas)
        token = accounts.make_link(user)
        db.session.commit()
    base = current_app.config["SETTINGS"].base_url
    click.echo(f"{base}/set-password/{token}")


@click.command("worker")
def worker() -> None:
    """Do the background work until told to stop: email, reminders, retention."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    run_worker(app)


def _agency(name: str) -> Agency:
    agency = db.session.scalar(sa.select(Agency).where(sa.func.lower(Agency.name) == name.lower()))
    if agency is None:
        raise click.ClickException(f"There is no agency called {name}.")
    return agency


def _area(code: str) -> Area:
    code = reference_data.DIRECTORY_CODES.get(code, code)
    matches = (Area.code == code) | (Area.name_en == code) | (Area.name_cy == code)
    area = db.session.scalar(sa.select(Area).where(matches).order_by(Area.kind.desc()))
    if area is None:
        raise click.ClickException(f"There is no area with the code or name {code}.")
    return area


class UnusableFile(click.ClickException):
    """The file itself cannot be used; nothing was taken from it."""

    exit_code = 2


@click.command("import-directory")
@click.argument("source", metavar="FILE_OR_URL")
@with_appcontext
def import_directory(source: str) -> None:
    """Take in agencies and services: Open Referral UK 3.0 JSON, a /services page or full services."""
    try:
        entries = read_entries(source)
    except Unusable as error:
        raise UnusableFile(str(error)) from None
    with as_owner():
        outcome = directory_import.import_directory(entries)
        db.session.commit()
    for position, notice in outcome.notices:
        click.echo(f"Entry {position}: {notice}", err=True)
    for position, reason in outcome.refused:
        click.echo(f"Entry {position} refused: {reason}")
    click.echo(str(outcome))


@click.command("demo")
@click.option("--referrals", type=click.IntRange(0, MOST), default=300, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, help="The same seed gives the same data.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day before which it all happened (default: today).",
)
@click.option("--if-empty", is_flag=True, help="Do nothing where there are users, people or referrals.")
@with_appcontext
def demo(referrals: int, seed: int, as_of: datetime | None, if_empty: bool) -> None:
    """Fill an empty portal with fictional agencies, people, users and a history of referrals."""
    if current_app.config["SETTINGS"].production:
        raise click.ClickException("Demonstration data are refused when PORTAL_ENV=production.")
    with as_owner():
        try:
            day = (as_of or datetime.now(LONDON)).date()
            make_demo(referrals, seed, day, with_passwords=current_app.config["DEMO"])
        except NotEmpty as unfit:
            if not if_empty:
                raise click.ClickException(str(unfit)) from None
            return
        except Unfit as unfit:
            raise click.ClickException(str(unfit)) from None
        db.session.commit()
    click.echo(f"Made {referrals} fictional referrals up to {day}.")
    if not current_app.config["DEMO"]:
        click.echo("Its accounts cannot be used: set PORTAL_DEMO=1 before making them.")


def init_app(app: Flask) -> None:
    commands = (
        init,
        worker,
        create_user,
        import_directory,
        import_history,
        import_people,
        demo,
        turnaround,
        register,
        verify,
        audit_key,
        check,
        backup,
        restore,
        after_restore,
    )
    for command in commands:
        app.cli.add_command(command)

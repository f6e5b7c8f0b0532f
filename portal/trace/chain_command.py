"""`verify`, and `audit-key`: the public key by which others check the access log's signed heads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask.cli import with_appcontext

from portal.db import as_owner, db
from portal.needs import upkeep as needs_upkeep
from portal.trace import chain_verify
from portal.trace.chain_heads import fingerprint
from portal.trace.chain_keys import NoKey, folder, public_keys, public_text, signing_key
from portal.turnaround import upkeep as turnaround_upkeep

KEPT = click.Path(exists=True, path_type=Path)


@click.command("verify")
@click.option("--heads", type=KEPT, help="File or folder of signed heads that was kept outside.")
@click.option("--key", type=KEPT, help="Public key to trust, instead of those beside the portal’s own heads.")
@with_appcontext
def verify(heads: Path | None, key: Path | None) -> None:
    """Check that statuses agree with events, and the figures’ tally and people’s needs with the referrals, and that the
    access log is whole under its signed heads; exit 1 at the first fault."""
    try:
        keys = public_keys(key or folder())
    except NoKey as error:
        raise click.ClickException(str(error)) from None
    fault = find_any_fault(heads or folder(), keys, outside=heads is not None)
    with as_owner():
        warnings, whole = chain_verify.list_warnings(), chain_verify.describe()
        db.session.commit()
    if fault:
        raise click.ClickException(fault)
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo("Statuses agree with events, and the figures’ tally and people’s needs with the referrals.")
    click.echo(whole)


def find_any_fault(heads: Path, keys: Mapping[str, Ed25519PublicKey], *, outside: bool = False) -> str | None:
    """What is wrong with statuses, figures, needs or the access log under these heads; None where nothing is."""
    with as_owner():
        fault = turnaround_upkeep.find_first_fault() or needs_upkeep.find_first_fault()
        fault = fault or chain_verify.find_first_fault(heads, keys, outside=outside)
        db.session.commit()
    return fault


@click.command("audit-key")
@with_appcontext
def audit_key() -> None:
    """Print the public key that proves the access log’s signed heads, to be kept outside; made at the first call."""
    try:
        key = signing_key().public_key()
    except NoKey as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Fingerprint {fingerprint(key)}", err=True)
    click.echo(public_text(key).decode(), nl=False)

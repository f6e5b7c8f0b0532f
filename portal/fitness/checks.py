"""Every check by name, in the order in which one would mend, and what of them holds up the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa
from flask import current_app

from portal.db import SYSTEM, db, enter_scope
from portal.fitness import database, running, settings
from portal.fitness.finding import Finding, OfDatabase, OfSettings

AWAY = (sa.exc.OperationalError, sa.exc.TimeoutError, psycopg.OperationalError)
REFUSED = (sa.exc.DBAPIError, psycopg.Error)  # tables that are not there, rights that are missing


@dataclass(frozen=True)
class Check:
    """`at_start`: a portal in production is not served while it finds something that must be mended. The others need
    what only a running portal has (a worker, users who have signed in), so they wait for `check`."""

    name: str
    of_settings: OfSettings | None = None
    of_database: OfDatabase | None = None
    at_start: bool = True


CHECKS = (
    Check("environment", settings.environment),
    Check("demo", settings.demo),
    Check("secret_key", settings.secret_key),
    Check("base_url", settings.base_url),
    Check("trusted_hosts", settings.trusted_hosts),
    Check("database_tls", settings.database_tls),
    Check("own_cluster", settings.own_cluster),
    Check("mail", settings.mail),
    Check("files", settings.files),
    Check("migrations", of_database=database.migrations),
    Check("role", of_database=database.role),
    Check("row_security", of_database=database.row_security),
    Check("demo_data", of_database=database.demo_data),
    Check("clock", of_database=database.clock),
    Check("worker", of_database=running.worker, at_start=False),
    Check("signed_log", of_database=running.signed_log, at_start=False),
    Check("backup", settings.backup, at_start=False),
    Check("second_factors", of_database=running.second_factors, at_start=False),
    Check("administrators", of_database=running.administrators, at_start=False),
    Check("reviews", of_database=running.reviews, at_start=False),
)


def look(*, at_start: bool = False) -> Iterator[tuple[str, Finding]]:
    """(name of the check, finding), within an application context. A database that cannot be asked is a finding."""
    asked = [check for check in CHECKS if check.at_start or not at_start]
    for check in asked:
        for finding in check.of_settings(current_app.config["SETTINGS"]) if check.of_settings else ():
            yield check.name, finding
    enter_scope(SYSTEM)
    try:
        for check in asked:
            for finding in check.of_database() if check.of_database else ():
                yield check.name, finding
    except (*AWAY, *REFUSED) as error:
        words = f"The database could not be asked everything ({type(error).__name__})."
        mend = "See that it runs and that DATABASE_URL is right; flask --app wsgi init brings it to the newest schema."
        # A portal that is up bears a database that is away (503), so starting bears it as well.
        yield "database", Finding(words, mend, must=not (at_start and isinstance(error, AWAY)))
    finally:
        db.session.remove()

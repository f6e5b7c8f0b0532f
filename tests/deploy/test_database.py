"""PostgreSQL's settings and roles of deploy/postgresql, asked of a real server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import sqlalchemy as sa

from portal.postgres import Cluster

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "postgresql"
SETTING = re.compile(r"^([a-z_]+) = ('[^']*'|\S+)", re.M)


def test_the_server_knows_every_setting_and_takes_its_value(cluster: Cluster) -> None:
    engine = sa.create_engine(cluster.url("postgres", "postgres"))
    settings = SETTING.findall(
        (FOLDER / "portal.conf").read_text() + (FOLDER / "synchronous.conf").read_text()
    )
    assert len(settings) > 30
    options = [f"{name}={value.strip(chr(39))}" for name, value in settings if not name.startswith("ssl")]
    with engine.connect() as connection:
        known = set(connection.scalars(sa.text("SELECT lower(name) FROM pg_settings")))
    assert {name for name, _value in settings} <= known
    arguments = [part for option in options for part in ("-c", option)]
    data = cluster.home / "postgres" / "data"
    told = subprocess.run(
        [*_account(cluster), cluster.bin / "postgres", "-D", data, "-C", "wal_level", *arguments],
        capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout.strip() == "replica", told.stderr


def _account(cluster: Cluster) -> list[str]:
    """PostgreSQL runs as no root, not even to say what it would do."""
    from portal.postgres.account import find_account

    account = find_account(cluster.home / "postgres" / "data", cluster.bin)
    other = (
        ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        if account.uid
        else []
    )
    return [*other, *account.prefix]


def test_roles_are_what_check_asks_for_and_may_be_made_twice(cluster: Cluster) -> None:
    for _ in range(2):
        subprocess.run(
            [cluster.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", FOLDER / "roles.sql", "-d",
             cluster.url("postgres", "postgres").replace("+psycopg", "")],
            check=True, capture_output=True,
        )  # fmt: skip
    engine = sa.create_engine(cluster.url("postgres", "postgres"))
    query = (
        "SELECT rolname, rolbypassrls, rolsuper OR rolcreatedb OR rolcreaterole, rolreplication FROM pg_roles"
    )
    with engine.connect() as connection:
        found = {row[0]: tuple(row[1:]) for row in connection.execute(sa.text(query))}
    assert found["portal_app"] == (False, False, False)
    assert found["portal_owner"] == (True, False, False)
    assert found["portal_replication"] == (False, False, True)


def test_nobody_gets_in_without_tls_and_a_password() -> None:
    lines = [
        line.split()
        for line in (FOLDER / "pg_hba.conf").read_text().splitlines()
        if line[:1] not in ("#", "")
    ]
    for kind, *_rest, method in lines:
        assert (kind, method) in (("local", "peer"), ("local", "scram-sha-256"), ("hostssl", "scram-sha-256"))
    assert not [line for line in lines if line[0] == "hostssl" and line[3] in ("0.0.0.0/0", "::/0", "all")]

"""`/healthz` and `/readyz` tell the truth."""

from __future__ import annotations

from flask import Flask

from portal.db import SYSTEM, db, enter_scope
from portal.jobs import beat


def test_the_process_is_well_whatever_the_database_does(app: Flask) -> None:
    assert app.test_client().get("/healthz").status_code == 200


def test_ready_says_whether_a_worker_lives(committed_app: Flask) -> None:
    client = committed_app.test_client()
    well = {"database": "ok", "migrations": "ok", "worker": "ok", "access_log": "ok", "disk": "ok"}
    assert client.get("/readyz").json == well | {"worker": "silent"}
    with committed_app.app_context():
        enter_scope(SYSTEM)
        beat()
        db.session.remove()
    assert client.get("/readyz").json == well


def test_ready_says_when_the_access_log_waits_to_be_signed(committed_app: Flask) -> None:
    with committed_app.app_context(), db.engines["owner"].begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit_entry (at, action) VALUES (now() - interval '2 hours', 'person.read')"
        )
    answer = committed_app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["access_log"]) == (200, "late")


def test_a_database_at_an_older_schema_is_not_ready(committed_app: Flask) -> None:
    with committed_app.app_context(), db.engines["owner"].begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = committed_app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["migrations"]) == (503, "not at the newest")

"""Whether the portal works: `/healthz` for the process, `/readyz` for what it stands on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from portal import schema
from portal.access import public
from portal.db import db
from portal.jobs import worker_is_alive

bp = Blueprint("health", __name__)
QUICK = sa.text("SET LOCAL statement_timeout = '3s'")
LITTLE = 50 * 2**20  # bytes
UNSIGNED = sa.text("SELECT oldest_unsigned() < now() - interval '1 hour'")


@bp.get("/healthz")
@public
def healthz() -> Response:
    return jsonify(process="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Database, migrations, worker, the signing of the access log, and the disk of PORTAL_HOME, each `ok` or what is
    wrong; 503 unless the first two are. It waits for a silent database no longer than a page does."""
    found = {"database": "ok", "migrations": "ok", "worker": "ok", "access_log": "ok"}
    try:
        db.session.execute(QUICK)
        at = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
        if at != schema.newest():
            found["migrations"] = "not at the newest"
        if not worker_is_alive():
            found["worker"] = "silent"
        if at == schema.newest() and db.session.scalar(UNSIGNED):
            found["access_log"] = "late"
    except SQLAlchemyError:
        found = dict.fromkeys(found, "unknown") | {"database": "away"}
    ready = found["database"] == found["migrations"] == "ok"
    return jsonify(**found, disk=_disk(current_app.config["SETTINGS"].home)), 200 if ready else 503


def _disk(home: Path) -> str:
    """Whether emails, keys and the log's signed heads can still be written."""
    if not os.access(home, os.W_OK):
        return "read-only"
    return "ok" if shutil.disk_usage(home).free > LITTLE else "full"

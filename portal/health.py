"""Whether the portal works: `/healthz` for the process, `/readyz` for what it stands on."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from portal import schema
from portal.access import public
from portal.db import db
from portal.jobs import worker_is_alive

bp = Blueprint("health", __name__)
UNSIGNED = sa.text("SELECT oldest_unsigned() < now() - interval '1 hour'")


@bp.get("/healthz")
@public
def healthz() -> Response:
    return jsonify(process="ok")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Database, migrations, worker, and the signing of the access log, each `ok` or what is wrong; 503 unless the first
    two are."""
    found = {"database": "ok", "migrations": "ok", "worker": "ok", "access_log": "ok"}
    try:
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
    return jsonify(found), 200 if ready else 503

"""`/metrics`: what the processes have counted, and how it stands in the database, as numbers alone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from secrets import compare_digest

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from portal.access import public
from portal.db import SYSTEM, db, enter_scope

bp = Blueprint("scrape", __name__)
KEPT = 15.0  # seconds for which the figures of the database stand
LOOPBACK = {"127.0.0.1", "::1"}

Figures = tuple[list[tuple[str, str, float]], str]

_OPEN = "SELECT status, count(*) FROM referral WHERE status NOT IN ('draft', 'closed', 'withdrawn') GROUP BY status"
_STANDS = """
SELECT (SELECT version_num FROM alembic_version) AS schema,
       (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL) AS waiting,
       (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND let_go_reason IS NULL AND fault IS NOT NULL AND dead_at IS NOT NULL)
           AS dead,
       coalesce((SELECT extract(epoch FROM now() - min(created_at)) FROM outbox
                  WHERE sent_at IS NULL AND dead_at IS NULL), 0) AS oldest,
       coalesce((SELECT extract(epoch FROM now() - max(at)) FROM worker_heartbeat WHERE name = 'worker'), 1e9) AS beat,
       coalesce(extract(epoch FROM now() - oldest_unsigned()), 0) AS unsigned
"""
NAMES = {
    "portal_database_up": "1 if the database answers.",
    "portal_outbox_emails": "Emails that wait to be sent, and that were given up.",
    "portal_outbox_oldest_seconds": "Age of the oldest email that waits.",
    "portal_worker_silence_seconds": "Since the worker's last heartbeat.",
    "portal_audit_unsigned_seconds": "Age of the oldest entry of the access log that no signed head covers.",
    "portal_open_referrals": "Referrals that are neither drafts nor ended.",
}
LABELS = {"portal_outbox_emails": "state", "portal_open_referrals": "status"}


def _ask() -> Figures:
    try:
        enter_scope(SYSTEM)
        db.session.execute(sa.text("SET LOCAL statement_timeout = '3s'"))
        stands = db.session.execute(sa.text(_STANDS)).one()
        rows = db.session.execute(sa.text(_OPEN)).all()
    except SQLAlchemyError:
        db.session.rollback()
        return [("portal_database_up", "", 0.0)], "unknown"
    return [
        ("portal_database_up", "", 1.0),
        ("portal_outbox_emails", "waiting", stands.waiting),
        ("portal_outbox_emails", "given_up", stands.dead),
        ("portal_outbox_oldest_seconds", "", stands.oldest),
        ("portal_worker_silence_seconds", "", stands.beat),
        ("portal_audit_unsigned_seconds", "", stands.unsigned),
        *(("portal_open_referrals", status, number) for status, number in rows),
    ], stands.schema


class Standing(Collector):
    """How it stands in the database; asked at most once in so many seconds, however often somebody looks."""

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._asked_at = -KEPT
        self._figures: Figures = ([], "unknown")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._alone:
            if time.monotonic() - self._asked_at >= KEPT:
                self._figures, self._asked_at = _ask(), time.monotonic()
            figures, schema = self._figures
        families: dict[str, GaugeMetricFamily] = {}
        for name, label, value in figures:
            labels = [LABELS[name]] if name in LABELS else []
            family = families.setdefault(name, GaugeMetricFamily(name, NAMES[name], labels=labels))
            family.add_metric([label] if labels else [], float(value))
        yield from families.values()
        build = GaugeMetricFamily("portal_schema", "The newest migration that has run.", labels=["version"])
        build.add_metric([schema], 1.0)
        yield build


def may_look() -> bool:
    """With METRICS_TOKEN whoever knows it; without, this machine alone, and nobody for whom a proxy asks."""
    token = current_app.config["SETTINGS"].metrics_token
    if token:
        return compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    relayed = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    return not relayed and request.remote_addr in LOOPBACK


@bp.get("/metrics")
@public
def metrics() -> Response:
    if not may_look():
        abort(404)
    together = CollectorRegistry()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    own = generate_latest(REGISTRY) if not folder else b""
    if folder:
        MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
    together.register(current_app.extensions.setdefault("standing", Standing()))
    return Response(own + generate_latest(together), content_type=CONTENT_TYPE_LATEST)

"""What this process counts of itself, for Prometheus: rules, statuses and durations; no address, no number, no name.

Under gunicorn each process writes into a file of its own, and `/metrics` adds them up (gunicorn.conf.py). What the
database knows is asked when somebody looks: scrape.py.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import event

from portal.db import db

BUCKETS = (0.025, 0.1, 0.5, 2.5, 10)  # seconds
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}

REQUESTS = Counter("portal_requests", "Requests answered.", ["rule", "method", "status"])
SECONDS = Histogram(
    "portal_request_seconds", "How long they took.", ["rule", "method"], buckets=BUCKETS
)  # fmt: skip
IN_PROGRESS = Gauge("portal_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum")
UNAVAILABLE = Counter("portal_unavailable", "Pages of 503, by the kind of error.", ["kind"])
IN_USE = Gauge(
    "portal_database_connections_in_use", "Connections that somebody holds.", multiprocess_mode="livesum"
)
WORKS = Counter("portal_works", "Background work done.", ["work", "outcome"])
WORK_SECONDS = Histogram("portal_work_seconds", "How long it took.", ["work"], buckets=(0.1, 1, 10, 60))


@cache
def _of(rule: str, method: str, status: int) -> tuple[Any, Any]:
    """As many as there are rules, three methods and a dozen statuses: never what somebody typed into an address."""
    return REQUESTS.labels(rule, method, status), SECONDS.labels(rule, method)


def _begin() -> None:
    g.counted_from = time.perf_counter()
    IN_PROGRESS.inc()


def _end(response: Response) -> Response:
    began = g.get("counted_from")
    if began is not None:
        rule = request.url_rule
        method = request.method if request.method in METHODS else "other"
        number, seconds = _of(rule.rule if rule else "-", method, response.status_code)
        number.inc()
        seconds.observe(time.perf_counter() - began)
    return response


def _leave(_error: BaseException | None) -> None:
    if g.pop("counted_from", None) is not None:
        IN_PROGRESS.dec()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)
    with app.app_context():
        pool = db.engine
    event.listen(pool, "checkout", lambda *_what: IN_USE.inc())
    event.listen(pool, "checkin", lambda *_what: IN_USE.dec())

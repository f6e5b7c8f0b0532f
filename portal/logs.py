"""Logs as JSON lines: a request id, the rule (never the address, which may carry a token), status and time taken."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request

log = structlog.get_logger("portal")


_ENCODER = json.JSONEncoder(default=repr)


def _as_json(line: dict[str, Any], **_how: object) -> str:
    """By an encoder that is made once: `json.dumps` makes one for each line."""
    return _ENCODER.encode(line)


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _class_of_exception,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _class_of_exception(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """An exception's text may quote what a person typed: its class and place are enough to find it."""
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = []
        trace = error.__traceback__
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if "site-packages" not in path:
                frames.append(f"{'/'.join(path.split('/')[-2:])}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["at"] = frames[-6:]
    return event


GIVEN = re.compile(r"[0-9a-f-]{16,36}")  # as nginx and others make them; no name of anybody


def _begin() -> None:
    """The proxy's own number of the request, where one of ours stands in front; else one of our own."""
    given = request.headers.get("X-Request-Id", "") if current_app.config["SETTINGS"].trusted_proxies else ""
    g.request_id = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.began_at = time.perf_counter()


def _end(response: Response) -> Response:
    if request.endpoint != "static" and "began_at" in g:
        rule = str(request.url_rule) if request.url_rule else "-"
        milliseconds = round((time.perf_counter() - g.began_at) * 1000, 1)
        log.info(
            "request",
            id=g.request_id,
            method=request.method,
            rule=rule,
            status=response.status_code,
            ms=milliseconds,
        )
        response.headers["X-Request-Id"] = g.request_id
    return response


def _without_text(record: logging.LogRecord) -> bool:
    """Flask and Huey quote a failure whole, with the values in a database's error: web.py and jobs.py say where it was."""
    return record.exc_info is None


def init_app(app: Flask) -> None:
    configure()
    for logger in (app.logger, logging.getLogger("huey")):
        logger.addFilter(_without_text)
    app.before_request(_begin)
    if not app.config["TESTING"]:
        app.after_request(_end)

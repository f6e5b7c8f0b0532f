"""A real SMTP server for tests that behaves as it is told, and the emails to send to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from portal.db import db
from portal.mail import Email, OutboxEmail, mail, post

# A day ahead: what tests post is due, however long after collection they run.
NOW = datetime.now(UTC) + timedelta(days=1)

TEMPLATES = {
    "emails/example/subject.txt": "{{ _('Referrals') }}: {{ reference }}\n",
    "emails/example/body.txt": "{% extends 'emails/layout.txt' %}"
    "{% block message %}{{ base_url }}/referrals/{{ reference }}{% endblock %}",
    "emails/rich/subject.txt": "Rich\n",
    "emails/rich/body.txt": "Plain",
    "emails/rich/body.html": "<p>{{ reference }}</p>",
}


def add_templates(app: Flask) -> None:
    own = app.jinja_loader
    assert isinstance(own, BaseLoader)
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), own])


def make_email(key: str = "accepted:1:2", **values: Any) -> Email:
    usual: dict[str, Any] = {
        "template": "example",
        "address": "worker@test.example",
        "user_id": None,
        "language": "en",
        "area_id": None,
        "params": {"reference": "R7K2"},
    }
    return Email(key, **usual | values)


class Peer:
    """Keeps whatever reaches it with DATA, in `arrived`; `answer` is what it then says, or None to hang up."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.answer: Callable[[EmailMessage], str | None] = lambda _message: "250 OK"
        self.to_recipient = "250 OK"
        self.hangs = self.drops_at_quit = False
        self.reached = threading.Event()  # by an email, whatever becomes of it

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.reached.set()
        if self.hangs:
            await asyncio.sleep(3600)
        assert isinstance(envelope.content, bytes)
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.arrived.append(message)
        answer = await asyncio.to_thread(self.answer, message)
        if answer is None:
            hang_up(server)
        return answer or ""

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drops_at_quit:
            hang_up(server)
        return "221 Bye"

    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.arrived]


def hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def serving(peer: Peer, **options: Any) -> Iterator[int]:
    """The server's port while it is up; `options` are aiosmtpd's."""
    controller = _AnyPort(peer, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def send_to(app: Flask, port: int, **settings: str) -> None:
    """As the environment would say it."""
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=str(port), **settings)
    mail.init_app(app)


def post_all(*keys: str) -> None:
    for key in keys:
        post(make_email(key, address=f"{key}@test.example"))
    db.session.commit()


def row(key: str) -> OutboxEmail:
    db.session.rollback()
    return db.session.scalars(
        sa.select(OutboxEmail).where(OutboxEmail.key == key).execution_options(populate_existing=True)
    ).one()

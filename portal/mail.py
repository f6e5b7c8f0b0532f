"""Email: a value, the outbox in which it waits, and its delivery by the worker.

An email names no person: it carries a reference, an agency and links, and its reader signs in for the rest.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, current_app
from flask_babel import force_locale
from flask_mail import Connection, Mail, Message
from jinja2 import StrictUndefined, TemplateNotFound
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from config import Settings, SettingsError
from portal.db import Model, db
from portal.jobs import periodic

WAITS = (1, 5, 15, 60)  # minutes after the first four attempts; from then on the last one
ATTEMPTS = 52  # the last comes 48 hours after the first
CODE = re.compile(r"[\w.:/@+=-]*", re.ASCII)
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f@]+@[^\s\x00-\x1f\x7f@]+")
YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")

Moment = sa.DateTime(timezone=True)


@dataclass(frozen=True)
class Email:
    """One email to one address.

    `key` names the event and the addressee, so that a second email for it is impossible; `template` is a folder
    of `templates/emails`; `params` are numbers, references and codes, never words, save an organisation's
    name under `agency`.
    """

    key: str
    template: str
    address: str
    user_id: int | None
    language: str
    area_id: int | None
    params: Mapping[str, str | int]

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.address):
            raise ValueError(f"The address of the email {self.template} is none, or more than one.")
        for name, value in self.params.items():
            if name != "agency" and not CODE.fullmatch(str(value)):
                raise ValueError(f"{name} of the email {self.template} is not a code.")


class OutboxEmail(Model):
    """An email that waits, was sent, or was given up (`dead_at`) with its last fault: a code and an error's class.

    `let_go_reason`: why an administrator leaves one that was given up unsent, as a code.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "ix_outbox_due", "next_try_at", postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL")
        ),
        sa.Index(
            "ix_outbox_undelivered",
            "created_at",
            postgresql_where=sa.text("sent_at IS NULL AND let_go_reason IS NULL AND fault IS NOT NULL"),
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str]
    address: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    language: Mapped[str]
    area_id: Mapped[int | None]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    dead_at: Mapped[datetime | None] = mapped_column(Moment)
    fault: Mapped[str | None]
    let_go_reason: Mapped[str | None]

    @property
    def email(self) -> Email:
        return Email(
            self.key, self.template, self.address, self.user_id, self.language, self.area_id, self.params
        )


def post(email: Email) -> None:
    """Put the email into the outbox, within the caller's transaction; a key that is there already adds nothing."""
    # Whoever posts may not read the outbox, so nothing is asked back, not even which key is in the way.
    db.session.execute(insert(OutboxEmail).values(asdict(email)).on_conflict_do_nothing())


def render(email: Email) -> tuple[str, str, str | None]:
    """Subject, text and, where the template has a `body.html`, HTML, in the email's language."""
    templates = current_app.jinja_env.overlay(undefined=StrictUndefined)
    values = {**email.params, "base_url": _settings().base_url, "lang": email.language}

    def part(name: str) -> str:
        return templates.get_template(f"emails/{email.template}/{name}").render(values).strip()

    with force_locale(email.language):
        subject, text = " ".join(part("subject.txt").split()), part("body.txt") + "\n"
        try:
            page = templates.get_template(f"emails/{email.template}/body.html")
        except TemplateNotFound:
            return subject, text, None
        return subject, text, page.render(values)


@periodic(seconds=3)
def deliver_due(now: datetime | None = None, limit: int = 50) -> int:
    """Send what is due, the longest due first, one transaction for each email; the number that was sent.

    An email's row stays locked while it is sent, so that another worker passes it by. After a crash in between it
    goes out once more, under the same Message-ID.
    """
    moment = sa.func.now() if now is None else sa.literal(now, Moment)
    due = (
        sa.select(OutboxEmail)
        .where(
            OutboxEmail.sent_at.is_(None), OutboxEmail.dead_at.is_(None), OutboxEmail.next_try_at <= moment
        )
        .order_by(OutboxEmail.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    sent = 0
    for _ in range(limit):
        row = db.session.scalars(due).first()
        if row is None:
            break
        row.attempts += 1
        row.fault = _attempt(row)
        if row.fault is None:
            row.sent_at, row.params = moment, {}  # a one-time link must not stay behind
            sent += 1
        elif row.attempts >= ATTEMPTS:
            row.dead_at = moment
        else:
            row.next_try_at = moment + timedelta(minutes=WAITS[min(row.attempts, len(WAITS)) - 1])
        db.session.commit()
    db.session.commit()
    return sent


def _attempt(row: OutboxEmail) -> str | None:
    """Send it; what went wrong, if anything did, without the server's words, which may hold the address."""
    try:
        mail.send(_message(row.email, row.created_at))
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _words in error.recipients.values()}
        return " ".join([*map(str, sorted(codes)), type(error).__name__])
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {type(error).__name__}"
    except Exception as error:  # one bad email must not stop the others
        return type(error).__name__
    return None


def _message(email: Email, written_at: datetime) -> Message:
    """The same for each attempt, so that a reader's mail program can tell a repetition."""
    subject, text, html = render(email)
    message = Message(
        subject,
        recipients=[email.address],
        body=text,
        html=html,
        date=written_at.timestamp(),
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": email.language},
    )
    host = urlsplit(_settings().base_url).hostname
    message.msgId = f"<{hashlib.sha256(email.key.encode()).hexdigest()[:40]}@{host}>"
    return message


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


class SmtpConnection(Connection):
    """Flask-Mail's, with a limit to waiting, checked certificates, and a parting that cannot undo what was sent."""

    def configure_host(self) -> smtplib.SMTP:
        server, port, timeout = self.mail.server, self.mail.port, current_app.config["MAIL_TIMEOUT"]
        host: smtplib.SMTP
        if self.mail.use_ssl:
            host = smtplib.SMTP_SSL(server, port, timeout=timeout, context=ssl.create_default_context())
        else:
            host = smtplib.SMTP(server, port, timeout=timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(self, *error: object) -> None:
        if self.host is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.host.quit()
            self.host.close()


class FolderConnection(Connection):
    """In place of a mail server: each email becomes a file of `PORTAL_HOME/mail`."""

    def configure_host(self) -> Any:
        return None

    def send(self, message: Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        super().send(message, envelope_from)
        folder = _settings().home / "mail"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = message.msgId.strip("<>").partition("@")[0]
        part = folder / f".{name}"
        part.write_bytes(message.as_bytes())
        part.replace(folder / f"{name}.eml")


class PortalMail(Mail):
    """Flask-Mail, with settings as the environment gives them, in text; `MAIL_TIMEOUT` (seconds) is our own."""

    def init_app(self, app: Flask) -> Any:
        given = app.config
        host = urlsplit(given["SETTINGS"].base_url).hostname
        given.setdefault("MAIL_DEFAULT_SENDER", f"Blaenoriaeth <no-reply@{host}>")
        for name, usual in (("MAIL_PORT", 25), ("MAIL_TIMEOUT", 30)):
            given[name] = _whole_number(name, str(given.get(name, usual)))
        # Not Flask-Mail's own defaults: the debugger would print addresses, and tests would send nothing.
        for name in (
            "MAIL_USE_TLS",
            "MAIL_USE_SSL",
            "MAIL_DEBUG",
            "MAIL_SUPPRESS_SEND",
            "MAIL_ASCII_ATTACHMENTS",
        ):
            given[name] = _truth(name, str(given.get(name, "")))
        if given["MAIL_USE_TLS"] and given["MAIL_USE_SSL"]:
            raise SettingsError("MAIL_USE_TLS and MAIL_USE_SSL exclude each other: unset one of them.")
        return super().init_app(app)

    def connect(self) -> Connection:
        kind = SmtpConnection if current_app.config.get("MAIL_SERVER") else FolderConnection
        return kind(current_app.extensions["mail"])


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsError(f"{name} is “{text}”. Set it to a whole number from 1 to 65535.")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text.lower() not in YES + NO:
        raise SettingsError(f"{name} is “{text}”. Set it to true or false.")
    return text.lower() in YES


mail = PortalMail()

"""Emails: what they say, how they wait, and what the environment may set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import UndefinedError

from config import SettingsError, from_environment
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.mail import OutboxEmail, PortalMail, deliver_due, post, render
from tests.mail_server import add_templates, make_email

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> Iterator[None]:
    own = app.jinja_env.loader
    add_templates(app)
    yield
    app.jinja_env.loader = own
    shutil.rmtree(app.config["SETTINGS"].home / "mail", ignore_errors=True)


def waiting() -> list[str]:
    db.session.commit()
    enter_scope(SYSTEM)
    return list(db.session.scalars(sa.select(OutboxEmail.key).order_by(OutboxEmail.key)))


@pytest.mark.parametrize("scope", [NOBODY, Scope("iom", user_id=1), SYSTEM])
def test_a_key_enters_the_outbox_once_whoever_posts_it(scope: Scope) -> None:
    enter_scope(scope)
    post(make_email("accepted:1:2"))
    post(make_email("accepted:1:2", address="other@test.example"))
    post(make_email("accepted:1:3"))
    assert waiting() == ["accepted:1:2", "accepted:1:3"]


def test_an_email_goes_nowhere_if_what_it_tells_of_is_rolled_back() -> None:
    post(make_email())
    db.session.rollback()
    assert waiting() == []


def test_whoever_may_post_cannot_read_or_change_the_outbox() -> None:
    post(make_email())
    db.session.commit()
    for scope in (NOBODY, Scope("iom", user_id=1), Scope("agency", user_id=1, agency_id=1)):
        enter_scope(scope)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxEmail)) == 0
        changed = db.session.execute(sa.text("UPDATE outbox SET address = 'thief@test.example'"))
        assert changed.rowcount == 0  # type: ignore[attr-defined]
        assert deliver_due() == 0
    assert waiting() == ["accepted:1:2"]


@pytest.mark.parametrize("words", ["Siân Enghraifft", "on bail", "line\nbreak", "O’Neill", "<b>"])
def test_an_email_takes_codes_and_no_words_but_an_agencys_name(words: str) -> None:
    make_email(params={"agency": words})
    with pytest.raises(ValueError, match="person of the email example is not a code"):
        make_email(params={"person": words})


def test_an_email_links_to_the_portal_and_names_nobody() -> None:
    subject, text, html = render(make_email())
    assert subject == "Referrals: R7K2"
    assert text.startswith("http://localhost:8000/referrals/R7K2\n")
    assert "this email names nobody" in text
    assert html is None


def test_an_email_speaks_its_readers_language() -> None:
    text = render(make_email(language="cy"))[1]
    assert "nid yw’r e-bost hwn yn enwi neb" in text
    assert "names nobody" not in text
    assert "names nobody" in render(make_email())[1]


def test_an_email_without_what_its_template_needs_is_not_written() -> None:
    with pytest.raises(UndefinedError):
        render(make_email(params={}))


def test_an_email_carries_html_where_its_template_has_it() -> None:
    assert render(make_email(template="rich")) == ("Rich", "Plain\n", "<p>R7K2</p>")


def test_without_a_mail_server_an_email_becomes_a_file_that_only_the_portal_can_read(app: Flask) -> None:
    post(make_email(language="cy"))
    assert deliver_due() == 1
    folder: Path = app.config["SETTINGS"].home / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.name == message["Message-ID"].strip("<>").partition("@")[0] + ".eml"
    assert message["Message-ID"].endswith("@localhost>")
    assert message["To"] == "worker@test.example"
    assert message["From"] == "Blaenoriaeth <no-reply@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "cy"
    assert "nid yw’r e-bost hwn yn enwi neb" in message.get_content()
    assert deliver_due() == 0


def test_a_one_time_link_does_not_stay_in_the_outbox() -> None:
    post(make_email(params={"reference": "R7K2", "token": "b3BlbiBzZXNhbWU"}))
    assert deliver_due() == 1
    enter_scope(SYSTEM)
    assert db.session.scalars(sa.select(OutboxEmail.params)).one() == {}


def test_an_email_that_cannot_be_written_does_not_stop_the_others() -> None:
    post(make_email("a", template="no-such-template"))
    post(make_email("b", params={}))
    post(make_email("c"))
    assert deliver_due() == 1
    enter_scope(SYSTEM)
    faults = {row.key: row.fault for row in db.session.scalars(sa.select(OutboxEmail))}
    assert faults == {"a": "TemplateNotFound", "b": "UndefinedError", "c": None}


def configured(app: Flask, **given: str) -> Flask:
    fresh = Flask("portal")
    environ = {"SECRET_KEY": "x", "PORTAL_HOME": str(app.config["SETTINGS"].home), **given}
    settings = from_environment(environ)
    fresh.config.update(settings.flask(), SETTINGS=settings)
    PortalMail().init_app(fresh)
    return fresh


def test_mail_settings_come_from_the_environment_as_text(app: Flask) -> None:
    given = {
        "MAIL_SERVER": "mail.test.example",
        "MAIL_PORT": "587",
        "MAIL_USE_TLS": "True",
        "MAIL_USE_SSL": "0",
    }
    state = configured(app, **given).extensions["mail"]
    assert (state.server, state.port, state.use_tls, state.use_ssl) == ("mail.test.example", 587, True, False)


def test_nobody_has_to_set_a_sender(app: Flask) -> None:
    fresh = configured(app, BASE_URL="https://portal.test.example")
    assert fresh.extensions["mail"].default_sender == "Blaenoriaeth <no-reply@portal.test.example>"
    fresh = configured(app, MAIL_DEFAULT_SENDER="iom@test.example")
    assert fresh.extensions["mail"].default_sender == "iom@test.example"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"MAIL_PORT": "smtp"}, "MAIL_PORT is “smtp”"),
        ({"MAIL_PORT": "0"}, "MAIL_PORT is “0”"),
        ({"MAIL_PORT": "٢٥"}, "MAIL_PORT is “٢٥”"),
        ({"MAIL_TIMEOUT": "-1"}, "MAIL_TIMEOUT is “-1”"),
        ({"MAIL_USE_TLS": "perhaps"}, "MAIL_USE_TLS is “perhaps”"),
        ({"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"}, "exclude each other"),
    ],
)
def test_an_impossible_mail_setting_is_refused_by_name(
    app: Flask, given: dict[str, str], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        configured(app, **given)


def test_the_portal_sends_while_it_is_tested(app: Flask) -> None:
    assert app.testing
    assert not app.extensions["mail"].suppress

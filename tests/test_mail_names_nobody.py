"""Every mail the portal writes: a reference and links of BASE_URL, nobody's name; and no header but its own."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import meta
from werkzeug.datastructures import MultiDict

from portal.accounts.forms import SignInForm
from portal.db import SYSTEM, db, enter_scope
from portal.fields.text import EMAIL
from portal.mail import Email, OutboxEmail, _message, render
from tests.scene import make_scene

TEMPLATES = Path(__file__).parent.parent / "templates" / "emails"
EVERY = sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir())
# What a template may say: codes and numbers (`person`: of a record), a link's token, an organisation's name.
CODES = {"base_url", "lang", "reference", "agency", "token", "agreement", "days", "number", "person"}
# Besides, in one template: hashes and numbers, a browser's kind, what was changed, how many.
MORE = {
    "audit_head": {"at", "entries", "former", "hash", "key", "position", "signature"},
    "new_device": {"browser", "system"},
    "ways_changed": {"what"},
    "work_given": {"people", "referrals"},
}
PERSONAL = re.compile(
    r"\b(name|surname|forename|person|born|birth|dob|crn|pnc|offence|offending|health|diagnos|medic|drug|alcohol|prison|"
    r"custody|address_of|risk|words|note|message_text|detail)\b"
)
CANARY = re.compile(r"«(?!Asiantaeth»)[^»]*»|X123456|\b1985\b|\b(19|20)\d\d-\d\d-\d\d\b")


@pytest.mark.parametrize("template", EVERY)
def test_a_template_asks_for_codes_alone(app: Flask, template: str) -> None:
    """A new word here is to be thought about: what goes out by mail leaves every protection behind."""
    for path in (TEMPLATES / template).iterdir():
        source = path.read_text(encoding="utf-8")
        asked = meta.find_undeclared_variables(app.jinja_env.parse(source)) - set(app.jinja_env.globals)
        if template == "digest":
            asked = {
                name for name in asked if PERSONAL.search(name)
            }  # numbers of the day, each by its own name
        codes = CODES | MORE.get(template, set())
        assert asked <= codes, (path.name, asked - codes)
        assert not re.search(r"https?://", source), path.name
        assert not re.search(r"request\.|url_for|url_root|host", source), path.name


def test_the_mails_of_a_whole_scene_name_nobody(app: Flask, database: None) -> None:
    make_scene()
    enter_scope(SYSTEM)
    rows = list(db.session.scalars(sa.select(OutboxEmail)))
    assert len({row.template for row in rows}) >= 10
    base = app.config["SETTINGS"].base_url
    for row in rows:
        for language in ("en", "cy"):
            mail = Email(row.key, row.template, row.address, row.user_id, language, row.area_id, row.params)
            for text in render(mail):
                found = CANARY.search(text or "")
                assert found is None, (row.template, found)
                links = re.findall(r"https?://\S+", text or "")
                assert all(link == base or link.startswith(f"{base}/") for link in links), row.template


def test_a_request_with_another_host_changes_no_link(app: Flask, database: None) -> None:
    mail = Email("k", "sent", "a@test.example", None, "en", None, {"reference": "AB1234CD", "agency": "A"})
    with app.test_request_context(headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
        assert "evil" not in "".join(filter(None, render(mail)))


INJECTED = (
    "\r\nBcc: x@evil.example",
    "\nBcc: x@evil.example",
    "\r\n\r\n<b>x</b>",
    "\x00",
    "\u2028Bcc: x",
    "\x0bx",
)


@pytest.mark.parametrize("more", INJECTED)
def test_no_header_can_be_added(app: Flask, database: None, more: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Email("k", "sent", f"a@test.example{more}", None, "en", None, {})
    with pytest.raises(ValueError, match="not a code"):
        Email("k", "sent", "a@test.example", None, "en", None, {"reference": f"AB{more}"})
    params = {"reference": "AB1234CD", "agency": f"A{more}"}
    made = _message(
        Email("k", "sent", "a@test.example", None, "en", None, params), db.session.scalar(sa.func.now())
    )
    heads = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert "Bcc" not in heads
    assert heads.get_all("To") in (None, ["a@test.example"])


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: c@d.example", "a,c@b.example", "<a@b.example>", "a;c@b.example", 'a"c@b.example', "a@b@c.example",
     "a b@c.example", "a@b", "a\u2028@b.example", "(x)a@b.example", "a@b.example\x00", "a@[127.0.0.1]"],
)  # fmt: skip
def test_an_address_that_would_be_two_or_none_is_refused_beside_its_field(
    app: Flask, database: None, address: str
) -> None:
    assert not EMAIL.fullmatch(address)
    with app.test_request_context():
        form = SignInForm(MultiDict({"email": address}), meta={"csrf": False})
        form.validate()
        assert form.email.errors


@pytest.mark.parametrize(
    "address", ["o’brien@b.example", "o'brien@b.example", "a+b@c.example", "siân@b.example", "a.b-c@d.e.uk"]
)
def test_an_honest_address_is_taken(address: str) -> None:
    assert EMAIL.fullmatch(address)

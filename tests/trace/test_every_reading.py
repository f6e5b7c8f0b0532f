"""Every page that shows a person or a referral has written that it did, by their numbers: 100 % of readings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.trace.log_words import ACTIONS
from tests.conftest import sign_in_client
from tests.pages import list_pages
from tests.scene import make_scene

PERSON, REFERENCE = re.compile(r"Caneri(\d+)\b"), re.compile(r"\b[A-HJ-NP-Z]{2}[2-9]{4}[A-HJ-NP-Z]{2}\b")
NAMED = sa.text("UPDATE person SET surname = 'Caneri' || id WHERE erased_on IS NULL")
RELEASED = sa.text("""
    UPDATE release x SET content = jsonb_set(x.content, '{identity,name}', to_jsonb('Caneri' || r.person_id))
      FROM referral r WHERE r.id = x.referral_id AND x.content ? 'identity'""")
NEW = sa.text("SELECT action, subject, subject_ids FROM audit_entry WHERE id > :last")
# The log itself: it shows references of what others have read, and that it was read is in it.
NOT_READ = ("/admin/access-log",)


@pytest.fixture
def pages(committed_app: Flask) -> Iterator[list[tuple[FlaskClient, str]]]:
    """(who may open it, address) of every page behind the sign-in, with a surname for each person that nobody else has."""
    with committed_app.app_context():
        enter_scope(SYSTEM)
        scene = make_scene()
        db.session.commit()
        with as_owner():
            db.session.execute(NAMED)
            db.session.execute(RELEASED)
            db.session.commit()
        enter_scope(SYSTEM)
        users: dict[Role, int] = scene["users"]  # type: ignore[assignment]
        clients = {
            role: sign_in_client(committed_app, db.session.get_one(User, user))
            for role, user in users.items()
        }
        yield [(clients[role], path) for role, path in list_pages(committed_app, scene) if role]


def shown_on(page: str) -> tuple[set[int], set[str]]:
    """People and referrals that the page shows, in text or in what a screen reader says."""
    soup = BeautifulSoup(page, "html.parser")
    said = " ".join([soup.get_text(" "), *(str(tag["aria-label"]) for tag in soup.select("[aria-label]"))])
    return {int(found) for found in PERSON.findall(said)}, set(REFERENCE.findall(said))


def unlogged(entries: list[sa.Row[tuple[object, ...]]], page: str, numbers: dict[str, int]) -> list[str]:
    """What the page shows and no entry names. Of a referral its person may be shown: the entry says which referral."""
    people, references = shown_on(page)
    named: dict[str, set[int]] = {"person": set(), "referral": set()}
    for entry in entries:
        if entry.subject in named:
            named[entry.subject] |= set(entry.subject_ids)
    of_referrals = set(
        db.session.scalars(
            sa.text("SELECT person_id FROM referral WHERE id = ANY (:ids)"),
            {"ids": sorted(named["referral"])},
        )
    )
    missing = [f"person {number}" for number in sorted(people - named["person"] - of_referrals)]
    ids = {numbers[reference] for reference in references if reference in numbers}
    return missing + [f"referral {number}" for number in sorted(ids - named["referral"])]


def test_every_reading_is_in_the_log(pages: list[tuple[FlaskClient, str]]) -> None:
    numbers = {
        row.reference: row.id for row in db.session.execute(sa.text("SELECT id, reference FROM referral"))
    }
    faults, people, referrals, actions = {}, 0, 0, set()
    for client, path in pages:
        last = db.session.scalar(sa.text("SELECT coalesce(max(id), 0) FROM audit_entry"))
        page = client.get(path)
        if page.status_code != 200 or page.mimetype != "text/html" or path.startswith(NOT_READ):
            continue
        enter_scope(SYSTEM)
        entries = list(db.session.execute(NEW, {"last": last}))
        actions |= {entry.action for entry in entries}
        if missing := unlogged(entries, page.text, numbers):
            faults[path] = missing
        shown = shown_on(page.text)
        people, referrals = people + len(shown[0]), referrals + len(shown[1])
    print(f"\n{people} people and {referrals} referrals shown")
    assert faults == {}
    assert people > 100
    assert referrals > 100
    assert actions <= ACTIONS.keys(), "an action without words: portal/trace/log_words.py"

"""Canaries: of foreign and restricted people not a word, number or count reaches an actor, by any page, file, mail or log."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.db import SYSTEM, beyond_scope, db, enter_scope
from portal.i18n import LONDON
from portal.logs import log
from portal.mail import Email, OutboxEmail, render
from portal.people import queries as people
from portal.referrals import lists
from portal.referrals.models import Referral, ReferralDetail, Release
from portal.reminders.digest import write_digests
from tests.access.actors import ACTORS, client_of, make_actor
from tests.access.forms import find_form
from tests.access.net import counted, leaks, logged, text_of, walk
from tests.access.planting import CANARY, CLOSED, NOTES, Planted, make_live, note_codes, plant
from tests.factories import make_person, make_sent, make_user
from tests.pages import list_pages
from tests.people.scenes import filled
from tests.scene import make_scene

WALKERS = (
    "officer of the area", "manager of the area", "worker of the service", "agency manager", "analyst", "administrator",
)  # fmt: skip
# Of the scene's own people: what no log and no mail says, and no page to those who have figures or settings alone.
OWN = ("«Siân»", "«Enghraifft»", "«Drafft»", "«Derbyn»", "«Gwrthod»", "X123456", "«Neges»")
FILES = (
    "/needs/files/needs.csv", "/needs/files/needs.xlsx", "/turnaround/files/summary.csv", "/turnaround/files/summary.xlsx",
    "/turnaround/files/turnaround.pdf", "/healthz", "/readyz", "/metrics", "/nothing",
)  # fmt: skip
LOG_ITSELF = "/admin/access-log"  # which grows with every page of this walk
COUNTS_ALL = (LOG_ITSELF, "/metrics")  # the operator's own, of the whole portal: no names, but every count
REFERENCE = re.compile(r"[A-Z]{2}[0-9]{4}[A-Z]{2}")
World = tuple[dict[str, Any], Planted]


@pytest.fixture
def world(app: Flask, database: None) -> World:
    """The scene, with sections released once and closed since, and notes for IOM alone; and what is nobody's."""
    scene: dict[str, Any] = make_scene()
    service = db.session.get_one(Service, scene["service_id"])
    closed = make_sent(service, make_person(surname=CLOSED, forenames=CLOSED), make_user())
    closing = sa.update(Release).where(Release.referral_id == closed.id)
    db.session.execute(closing.values(closes_at=sa.func.now()))
    sent = db.session.scalars(sa.select(Referral).where(Referral.reference == scene["sent"])).one()
    notes = sa.update(ReferralDetail).where(ReferralDetail.referral_id == sent.id)
    db.session.execute(notes.values(risk_words=NOTES, agrees_words=NOTES))
    return scene, plant()


def forbidden(name: str, planted: Planted) -> re.Pattern[str]:
    """What this actor may not find anywhere."""
    role = ACTORS[name].role
    if role in (Role.ANALYST, Role.ADMINISTRATOR):
        return planted.pattern(CLOSED, NOTES, *OWN)
    return (
        planted.pattern(CLOSED, NOTES)
        if role in (Role.AGENCY_WORKER, Role.AGENCY_MANAGER)
        else planted.pattern()
    )


def starts(app: Flask, name: str, world: World) -> list[str]:
    """Every page of the role, with the scene's things in the addresses and with those that are nobody's; and the files."""
    scene, planted = world
    role = ACTORS[name].role
    found = [*FILES, *(path for of, path in list_pages(app, scene) if of in (role, None))]
    for theirs in planted.scenes:
        for own, other in (
            (f"/people/{scene['person_id']}", f"/people/{theirs.person.id}"),
            (f"/referrals/{scene['sent']}", f"/referrals/{theirs.referral.reference}"),
        ):
            found += [path.replace(own, other) for path in found if path.startswith(own)]
    return [path for path in found if "/sign-out" not in path and "lang=" not in path]


def undone(act: Any) -> Any:
    """What came of it, of which nothing stays: both walks begin alike."""
    db.session.rollback()
    point = db.engines[None].begin_nested()
    try:
        return act()
    finally:
        db.session.rollback()
        point.rollback()
        enter_scope(SYSTEM)


@pytest.mark.parametrize("name", WALKERS)
def test_nothing_of_anybody_elses_is_found_anywhere(app: Flask, world: World, name: str) -> None:
    scene, planted = world
    client = client_of(app, make_actor(name, scene))
    with logged(app) as lines:
        before = undone(lambda: walk(client, starts(app, name, world)))
        for theirs in planted.scenes:
            make_live(planted, theirs)
        db.session.commit()
        note_codes(planted)
        after = undone(lambda: {path: text_of(client.get(path)) for path in before})
        after |= undone(lambda: typed(client, planted))
    told = {path: difference(before[path], after[path]) for path in before}
    for found in (before, after):  # the log names referrals by their references, and people by their numbers
        found.update(
            {path: REFERENCE.sub("", text) for path, text in found.items() if path.startswith(LOG_ITSELF)}
        )
    if ACTORS[name].role is Role.ANALYST:  # whose figures, suppressed, are of everybody
        told = {}
    changed = {path: what for path, what in told.items() if what and not path.startswith(COUNTS_ALL)}
    in_logs = leaks({line: line for line in lines}, planted.pattern(*OWN, "«"))
    assert (leaks(before | after, forbidden(name, planted)), changed, in_logs) == ({}, {}, {})
    assert len(lines) > len(before) > 40


def difference(before: str, after: str) -> str:
    """Where a count, a figure or a page's length tells that there are more people, who are nobody's; or nothing."""
    one, other = counted(before), counted(after)
    if one == other:
        return ""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"{one[max(0, at - 60) : at + 60]!r} / {other[max(0, at - 60) : at + 60]!r}"


def typed(client: FlaskClient, planted: Planted) -> dict[str, str]:
    """What comes of searching for them, of adding them again, and of the files that are asked for by a form.

    What was typed comes back on the page: it is taken out, and whatever else is known of them would be found.
    """
    found = {}
    terms = ["Byw", "7/3/1931", *sorted(planted.codes)[:12]]
    for term in terms:
        answer = client.post("/people", data={"terms": term})
        found[f"search {term}"] = text_of(answer).replace(term, "")
    person = planted.scenes[0].person
    numbers = {name: getattr(person, name) for name in ("pnc_id", "crn", "niche_ref")}
    for name, number in numbers.items():
        added = text_of(client.post("/people/add", data=filled(**{name: number}, token=f"net {name}")))
        for typed_before in numbers.values():  # on the records that this actor has just added
            added = added.replace(typed_before, "")
        found[f"add {name}"] = added
    path = "/register/quality/export"
    if (fields := find_form(client, path)) is not None:
        found[f"file {path}"] = text_of(client.post(path, data=fields))
    return found


def test_no_mail_and_no_digest_names_anybody(app: Flask, world: World) -> None:
    _scene, planted = world
    db.session.execute(sa.update(User).values(digest=True, mails_at_once=True))
    day = working_days().add(today() + timedelta(days=1), 0)
    assert write_digests(datetime(day.year, day.month, day.day, 9, tzinfo=LONDON))
    enter_scope(SYSTEM)
    mails = {mail.key: mail for mail in db.session.scalars(sa.select(OutboxEmail))}
    assert {"digest", "sent", "message", "asked"} <= {mail.template for mail in mails.values()}
    found = {}
    for key, mail in mails.items():
        for language in ("en", "cy"):
            sent = Email(key, mail.template, mail.address, mail.user_id, language, mail.area_id, mail.params)
            found[f"{key} {language}"] = str(render(sent))
    references = {row.reference for row in db.session.scalars(sa.select(Referral))}
    planted.codes -= references  # by which a mail is about anything at all
    assert not leaks(found, planted.pattern(CLOSED, NOTES, *OWN, "«Geiriau»", "«Pryd?»"))


def wide(real: Any) -> Any:
    """The same, asked with everybody's rows: as a query that forgot its scope in a function that does too."""

    def leaky(*given: Any, **named: Any) -> Any:
        with beyond_scope():
            return real(*given, **named)

    return leaky


@pytest.mark.parametrize(
    ("where", "what", "name", "path"),
    [
        (lists, "list_page", "worker of the service", "/referrals"),
        (lists, "count_tabs", "worker of the service", "/referrals"),
    ],
)
def test_the_net_catches_a_page_that_leaks(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, where: Any, what: str, name: str, path: str
) -> None:
    scene, planted = world
    client = client_of(app, make_actor(name, scene))
    tight = text_of(client.get(path))
    real = getattr(where, what)
    monkeypatch.setattr(lists, "visible", lambda _scope: sa.true(), raising=False)
    monkeypatch.setattr(people, "visible", lambda _scope: sa.true())
    monkeypatch.setattr(where, what, wide(real))
    loose = text_of(client.get(path))
    assert counted(loose) != counted(tight)
    if what != "count_tabs":
        assert leaks({path: loose}, planted.pattern())
    assert not leaks({path: tight}, forbidden(name, planted))


def test_the_net_catches_a_line_a_mail_and_a_file_that_leak(app: Flask, database: None) -> None:
    pattern = Planted(codes={"C000001"}).pattern()
    with logged(app) as lines:
        log.info("planted", who=CANARY)
    assert leaks({line: line for line in lines}, pattern)
    for planted in (f"Helo {CANARY}", "born 7 March 1931", "CRN C000001"):
        assert leaks({"planted": planted}, pattern)

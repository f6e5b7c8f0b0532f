"""Every page of every role, in both languages: axe finds nothing, the browser reports nothing, 320 pixels suffice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page

from portal.access import Role
from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.db import as_owner, db
from portal.meetings import actions as meetings
from portal.people.models import Person
from portal.referrals.models import Referral
from tests.browser.conftest import axe_violations, sign_in
from tests.pages import STATES, list_pages
from tests.promises.rows import make_agreement, make_proposal, make_session, make_wait
from tests.scene import own_of
from tests.scene_parts import (
    make_access,
    make_appointment,
    make_chase,
    make_extracts,
    make_factors,
    make_history,
    make_keeping,
    make_review,
    make_review_of_access,
    make_undelivered,
)

pytestmark = pytest.mark.browser
OWN = re.compile(r'\b(nonce|content|value|action|href)="[^"]*"|\b[A-HJ-NP-Z]{2}[2-9]{4}[A-HJ-NP-Z]{2}\b|\d+')
# Managers see every page that officers and workers see.
ACCOUNTS = {
    None: None,
    Role.IOM_MANAGER: "manager",
    Role.AGENCY_MANAGER: "housing.manager",
    Role.ANALYST: "analyst",
    Role.ADMINISTRATOR: "admin",
}


@pytest.fixture(scope="module")
def scene(demo_app: Flask) -> dict[str, object]:
    """Ids and references of demo rows that the housing worker and the officer both may see."""
    with demo_app.app_context(), as_owner():
        row = db.session.execute(
            sa.text(
                "SELECT w.id AS user_id, w.agency_id, o.id AS officer FROM user_account w, user_account o"
                " WHERE w.email = 'housing@demo.example' AND o.email = 'officer@demo.example'"
            )
        ).one()

        def reference(status: str) -> str:
            return db.session.scalar(  # type: ignore[no-any-return]
                sa.text(
                    "SELECT r.reference FROM referral r JOIN user_area a USING (area_id) WHERE a.user_id = :officer"
                    " AND NOT r.restricted AND r.status = :status AND (r.agency_id = :agency OR r.status = 'draft')"
                    " ORDER BY r.id LIMIT 1"
                ),
                {"officer": row.officer, "status": status, "agency": row.agency_id},
            )

        service = db.session.scalar(
            sa.text("SELECT id FROM service WHERE agency_id = :a LIMIT 1"), {"a": row.agency_id}
        )
        accepted = db.session.scalars(
            sa.select(Referral).where(Referral.reference == reference("accepted"))
        ).one()
        worker = db.session.get_one(User, row.user_id)
        appointment = make_appointment(accepted, worker, "Tŷ Tawe", "Dewch â llythyr")
        sent = db.session.scalars(sa.select(Referral).where(Referral.reference == reference("sent"))).one()
        chase = make_chase(sent, db.session.get_one(User, row.officer), "Pryd?")
        manager = db.session.scalars(sa.select(User).where(User.email == "manager@demo.example")).one()
        meeting = meetings.add(sent.area_id, today(), "Canolfan", [row.agency_id], manager)
        kept = db.session.get_one(Service, service)
        proposal = make_proposal(kept, by=db.session.get_one(User, row.officer))
        signed = make_agreement(kept, by=proposal.proposed_by, signed_by_id=worker.id)
        session = make_session(kept)
        make_wait(kept)
        admin = db.session.scalars(sa.select(User).where(User.email == "admin@demo.example")).one()
        review = make_review(
            db.session.get_one(Person, sent.person_id), db.session.get_one(User, row.officer), manager, admin
        )
        upload, imported = make_history(manager)
        extract_ids = make_extracts(manager)
        copy_id = make_keeping(sent.person, manager)
        passkey_id = make_factors(manager)
        mail_key = make_undelivered(sent, manager)
        officer = db.session.get_one(User, row.officer)
        by_email = {user.email: user for user in db.session.scalars(sa.select(User))}
        theirs = by_email["housing.manager@demo.example"]
        restricted_id, unusual_ids = make_access(sent.person, officer, manager, worker, theirs)
        make_review_of_access(kept, worker, theirs)
        analyst = by_email["analyst@demo.example"]
        pair_id = db.session.scalar(
            sa.text(
                "SELECT q.id FROM person_pair q JOIN person p ON p.id = q.one_id WHERE p.area_id = :a LIMIT 1"
            ),
            {"a": sent.area_id},
        )
        closable = db.session.scalar(
            sa.text(
                "SELECT id FROM person WHERE area_id = :a AND sex IS NULL AND closed_at IS NULL ORDER BY id LIMIT 1"
            ),
            {"a": sent.area_id},
        )
        token = accounts.make_link(db.session.get_one(User, row.user_id))
        db.session.commit()
        return {
            "users": {role: 0 for role in ACCOUNTS if role},
            "user_id": row.user_id,
            "agency_id": row.agency_id,
            "service_id": service,
            "person_id": sent.person_id,
            "code": sent.need_code,
            "finding": "no_authority",
            "closable": closable,
            "pair_id": pair_id,
            "field": "surname",
            "copy_id": copy_id,
            "passkey_id": passkey_id,
            "mail_key": mail_key,
            "restricted_id": restricted_id,
            "unusual_ids": unusual_ids,
            "own": own_of(row.agency_id, worker, officer, analyst),
            "kind": "people",
            "area_id": 1,
            "review_id": review.id,
            "force_id": sent.area_id,
            "role": "iom_officer",
            "token": token,
            "provider": "none",
            "why": "away",
            "meeting_id": meeting.id,
            "upload": upload,
            "import_id": imported,
            "extract_ids": extract_ids,
            "source": "niche",
            "appointment_id": appointment.id,
            "chase_id": chase.id,
            "agreement_ids": [proposal.id, signed.id],
            "session_id": session.id,
            **{status: reference(status) for status in ("draft", *STATES["<reference>"])},
        }


def test_a_fault_would_be_found(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/sign-in")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert {fault.partition(":")[0] for fault in axe_violations(page)} == {"color-contrast", "image-alt"}


def anonymous(page: str) -> str:
    """The page without what only tells it apart: many that are asked for at the wrong time say the same of another."""
    return OWN.sub("", page)


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("role", ACCOUNTS, ids=lambda role: role or "nobody")
def test_every_page_of_a_role_is_free_of_faults(
    demo_app: Flask,
    scene: dict[str, object],
    open_page: Callable[..., Page],
    role: Role | None,
    language: str,
) -> None:
    page = open_page(width=320)
    if account := ACCOUNTS[role]:
        sign_in(page, account)
    faults, seen = {}, set()
    for its_role, path in list_pages(demo_app, scene):
        if its_role != role or path.endswith((".ics", ".pdf", ".csv")):  # which a browser saves
            continue
        response = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert response is not None
        assert response.status in (200, 404, 409), (path, response.status)
        if "text/html" not in (response.headers.get("content-type") or ""):
            continue
        if (shown := anonymous(response.text())) in seen:
            continue
        seen.add(shown)
        found = axe_violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            found.append("wider than 320 pixels")
        if page.locator("html").get_attribute("lang") != language:
            found.append("not in the language asked for")
        if found:
            faults[path] = found
    assert faults == {}

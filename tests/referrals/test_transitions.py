"""Every action, from every state, by every role, through its page: right works, wrong is refused as the contract says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals.models import Event, Referral
from portal.referrals.states import EVENT_KINDS
from tests.factories import make_agency, make_draft, make_person, make_sent, make_service, make_user
from tests.referrals.paper import AGENCY, IOM, PAPER, WAYS, bring

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
# action: its address below the referral's, and what its form says.
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "acknowledge": ("acknowledge", {}),
    "ask": ("ask", {"words": "Which town?"}),
    "answer": ("answer", {"words": "Cardiff"}),
    "accept": ("accept-as-priority", {"worker": "me"}),
    "decline": ("decline", {"reason": "no_capacity"}),
    "agree_decline": ("agree-decline", {}),
    "challenge": ("challenge", {"words": "There was a room"}),
    "reverse": ("reverse-as-standard", {"worker": "me"}),
    "uphold": ("uphold", {"words": "It has gone"}),
    "start": ("start", {"started_on": "today"}),
    "close": ("close", {"outcome": "met", "reason": "completed"}),
    "withdraw": ("withdraw", {"reason": "moved_away"}),
    "pause": ("pause", {"reason": "hospital"}),
    "resume": ("resume", {}),
    "reopen": ("reopen", {"words": "Wrong one"}),
}
BEFORE = {"paused": "acknowledged", "closed": "accepted", "withdrawn": "sent"}
# Roles whose permissions already keep them from one side's addresses.
NEVER = {"analyst", "administrator"}


class Cast:
    """One user of each role, all of the same agency or area, and a client for each."""

    def __init__(self, client_for: Clients) -> None:
        self.agency = make_agency()
        self.service = make_service(self.agency, intake_email="intake@agency.example")
        self.people = {
            role.value: make_user(role, self.agency if role.value in AGENCY else None)
            for role in Role
            if role is not Role.SYSTEM
        }
        self.clients = {role: client_for(user) for role, user in self.people.items()}

    def referral(self, status: str) -> Referral:
        if status == "draft":
            return make_draft(make_person(), self.people["iom_officer"])
        at = datetime.now(UTC) - timedelta(minutes=5)
        referral = make_sent(self.service, by=self.people["iom_officer"], at=at)
        bring(referral, status, self.people, at + timedelta(minutes=1))
        db.session.commit()
        return referral

    def post(self, role: str, referral: Referral, action: str) -> Any:
        path, said = FORMS[action]
        data = {"version": str(referral.version)} | said
        if said.get("worker"):
            data["worker"] = str(self.people["agency_worker"].id)
        if said.get("started_on"):
            today = datetime.now(UTC).astimezone()
            parts = {"day": today.day, "month": today.month, "year": today.year}
            data |= {f"started_on-{part}": str(number) for part, number in parts.items()}
        return self.clients[role].post(f"/referrals/{referral.reference}/{path}", data=data)


@pytest.fixture
def cast(client_for: Clients) -> Cast:
    return Cast(client_for)


def expected(action: str, status: str, role: str) -> int:
    """302 done; 403 a role that may never do this; 404 what is not there for this reader; 409 not in this state."""
    from_, _to, roles = PAPER[action]
    if role not in roles:
        return 403
    if status == "draft":
        return 404 if role in AGENCY else 409
    return 302 if status in from_ else 409


@pytest.mark.parametrize("action", FORMS)
def test_an_action_works_for_whom_and_from_where_the_paper_says_and_is_refused_elsewhere(
    cast: Cast, action: str
) -> None:
    for status in ("draft", *WAYS):
        referral = cast.referral(status)
        wrong = [role for role in cast.people if expected(action, status, role) != 302]
        for role in sorted(wrong):
            page = cast.post(role, referral, action)
            seen = {expected(action, status, role)} | (
                {404} if status == "draft" and role in AGENCY else set()
            )
            assert page.status_code in seen, (status, role, page.status_code)
            if page.status_code == 409:
                assert "It now stands at:" in page.text
        assert db.session.get_one(Referral, referral.id).status == status
        for role in sorted(cast.people.keys() - set(wrong)):
            one = cast.referral(status)
            page = cast.post(role, one, action)
            assert page.status_code == 302, (status, role, page.text)
            to = PAPER[action][1]
            assert db.session.get_one(Referral, one.id).status == (BEFORE[status] if to == "before" else to)


@pytest.mark.parametrize("action", FORMS)
def test_whoever_saw_an_older_version_is_told_and_loses_nothing(cast: Cast, action: str) -> None:
    from_, _to, roles = PAPER[action]
    referral, role = cast.referral(sorted(from_)[0]), sorted(roles)[0]
    path, said = FORMS[action]
    data = {key: value for key, value in said.items() if key == "words"} | {
        "version": str(referral.version - 1)
    }
    page = cast.clients[role].post(f"/referrals/{referral.reference}/{path}", data=data)
    assert page.status_code == 409
    assert all(words in page.text for words in data.get("words", "").split())


@pytest.mark.parametrize(("action", "message"), [
    ("ask", "Enter your question"), ("answer", "Enter your answer"),
    ("challenge", "Explain why you challenge the decline"), ("uphold", "Explain why you uphold the decline"),
    ("pause", "Select why you pause the referral"), ("reopen", "Explain what the error was"),
    ("reverse", "Select a worker"),
])  # fmt: skip
def test_what_is_missing_is_said_beside_its_field(cast: Cast, action: str, message: str) -> None:
    from_, _to, roles = PAPER[action]
    referral, role = cast.referral(sorted(from_)[0]), sorted(roles)[0]
    page = cast.clients[role].post(f"/referrals/{referral.reference}/{FORMS[action][0]}", data={})
    assert page.status_code == 422
    assert page.text.count(message) == 2


@pytest.mark.parametrize("action", [action for action in FORMS if action != "acknowledge"])
def test_a_strangers_page_is_missing_in_every_state(cast: Cast, client_for: Clients, action: str) -> None:
    role = sorted(PAPER[action][2])[0]
    stranger = make_user(role) if role in AGENCY else make_user(role, areas=[])
    client = client_for(stranger)
    for status in WAYS:
        referral = cast.referral(status)
        address = f"/referrals/{referral.reference}/{FORMS[action][0]}"
        assert client.get(address).status_code == client.post(address).status_code == 404


TOLD = {
    "ask": "officer", "acknowledge": "officer", "accept": "officer", "decline": "officer", "start": "officer",
    "close": "officer", "reverse": "officer", "uphold": "officer", "answer": "agency", "challenge": "manager",
}  # fmt: skip


@pytest.mark.parametrize("action", [*TOLD, "pause", "resume", "reopen", "agree_decline"])
def test_each_event_sends_one_email_to_whom_it_concerns(cast: Cast, action: str) -> None:
    from_, _to, roles = PAPER[action]
    for role in sorted(roles):
        referral = cast.referral(sorted(from_)[0])
        worker = referral.worker.email if referral.worker else "intake@agency.example"
        to = {
            "officer": cast.people["iom_officer"].email,
            "manager": cast.people["agency_manager"].email,
            "agency": worker,
        }
        other = to["agency"] if role in IOM else to["officer"]
        address = None if action == "agree_decline" else to[TOLD[action]] if action in TOLD else other
        assert cast.post(role, referral, action).status_code == 302
        newest = sa.select(sa.func.max(Event.id)).where(Event.kind == EVENT_KINDS[action])
        mails = sa.select(OutboxEmail.template, OutboxEmail.address).where(
            OutboxEmail.key.startswith(f"event:{db.session.scalar(newest)}:")
        )
        assert [tuple(mail) for mail in db.session.execute(mails)] == (
            [(EVENT_KINDS[action], address)] if address else []
        )


def test_whoever_wants_no_email_at_once_gets_none_and_an_intake_mailbox_always_does(cast: Cast) -> None:
    for user in cast.people.values():
        user.mails_at_once = False
    referral = cast.referral("sent")
    cast.post("agency_worker", referral, "ask")
    cast.post("iom_officer", referral, "answer")
    kept = db.session.execute(
        sa.select(OutboxEmail.template, OutboxEmail.address).order_by(OutboxEmail.template)
    )
    assert [tuple(mail) for mail in kept] == [
        ("answered", "intake@agency.example"), ("sent", "intake@agency.example"),
    ]  # fmt: skip

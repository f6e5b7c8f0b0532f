"""Fifty workers accept one referral in the same instant, again and again (`make race`: 200 times)."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail
from portal.referrals.models import Event, Referral
from tests.conftest import sign_in_client
from tests.factories import make_agency, make_sent, make_service, make_user

WORKERS = 50
ROUNDS = int(os.environ.get("PORTAL_RACES", "5"))


def test_of_fifty_who_accept_at_once_one_wins_and_the_others_are_told_who(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service, officer = make_service(make_agency()), make_user()
        workers = [make_user(Role.AGENCY_WORKER, service.agency) for _ in range(WORKERS)]
        referrals = [make_sent(service, by=officer) for _ in range(ROUNDS)]
        db.session.commit()
        references = {referral.reference: referral.id for referral in referrals}
        names = {worker.id: worker.name for worker in workers}
        clients = [(sign_in_client(committed_app, worker), worker.id) for worker in workers]
    start = threading.Barrier(WORKERS)

    def accept(client: FlaskClient, worker_id: int, reference: str) -> tuple[int, str]:
        start.wait()
        page = client.post(f"/referrals/{reference}/accept-as-priority", data={"worker": str(worker_id)})
        return page.status_code, page.text

    with ThreadPoolExecutor(WORKERS) as pool:
        for reference, referral_id in references.items():
            pages = list(pool.map(lambda each: accept(*each, reference), clients))  # noqa: B023 - done within the round
            assert sorted(status for status, _text in pages) == [302] + [409] * (WORKERS - 1)
            winner = next(
                worker for (status, _), (_, worker) in zip(pages, clients, strict=True) if status == 302
            )
            losers = [text for status, text in pages if status == 409]
            assert all("Accepted as priority" in text and names[winner] in text for text in losers)
            with committed_app.app_context():
                enter_scope(SYSTEM)
                assert one_effect(referral_id, winner)


def one_effect(referral_id: int, winner: int) -> bool:
    events = db.session.scalars(
        sa.select(Event).where(Event.referral_id == referral_id, Event.kind == "accepted")
    ).all()
    assert [event.by_id for event in events] == [winner]
    assert db.session.get_one(Referral, referral_id).worker_id == winner
    told = sa.select(sa.func.count()).where(OutboxEmail.key.startswith(f"event:{events[0].id}:"))
    return db.session.scalar(told) == 1

"""Several at once on real connections: one sending is one offer, one record stands, nobody meets a fault."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.appointments.models import Appointment
from portal.db import SYSTEM, db, enter_scope
from portal.i18n import LONDON
from portal.mail import OutboxEmail
from portal.referrals.models import Event
from tests.appointments.conftest import SENT_AT, make_offer, typed
from tests.conftest import sign_in_client
from tests.factories import make_sent, make_service, make_user

TOMORROW = (datetime.now(LONDON) + timedelta(days=1)).replace(hour=14, minute=30, second=0, microsecond=0)
EACH = 6


def at_once(clients: list[FlaskClient], act: Callable[[FlaskClient], Any]) -> list[int]:
    """The status that each client got, all beginning at the same moment; sorted."""
    codes: list[int] = []
    start = threading.Barrier(len(clients))

    def run(client: FlaskClient) -> None:
        start.wait()
        codes.append(act(client).status_code)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(codes)


def test_one_form_sent_many_times_at_once_is_one_offer_and_one_email(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service = make_service()
        worker = make_user("agency_worker", service.agency)
        reference = make_sent(service, at=SENT_AT).reference
        db.session.commit()
        clients = [sign_in_client(committed_app, worker) for _ in range(EACH)]
        data = typed(TOMORROW, worker)
    codes = at_once(clients, lambda one: one.post(f"/referrals/{reference}/appointments/new", data=data))
    assert set(codes) <= {302, 409}
    assert 302 in codes
    with committed_app.app_context():
        enter_scope(SYSTEM)
        counts = [sa.select(sa.func.count()).select_from(Appointment)]
        counts.append(
            sa.select(sa.func.count()).select_from(Event).where(Event.kind == "appointment_offered")
        )
        offered = OutboxEmail.template == "appointment_offered"
        counts.append(sa.select(sa.func.count()).select_from(OutboxEmail).where(offered))
        assert [db.session.scalar(count) for count in counts] == [1, 1, 1]


def test_of_colleagues_who_record_at_once_one_wins_and_the_others_are_told(committed_app: Flask) -> None:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        service = make_service()
        workers = [make_user("agency_worker", service.agency) for _ in range(EACH)]
        referral = make_sent(service, at=SENT_AT)
        made = make_offer(referral, workers[0], TOMORROW - timedelta(days=3))
        clients = [sign_in_client(committed_app, worker) for worker in workers]
        path = f"/referrals/{referral.reference}/appointments/{made.id}/attendance"
        data = {"state": "kept", "version": str(made.version)}
    assert at_once(clients, lambda one: one.post(path, data=data)) == [302] + [409] * (EACH - 1)
    with committed_app.app_context():
        enter_scope(SYSTEM)
        kept = sa.select(sa.func.count()).select_from(Event).where(Event.kind == "appointment_kept")
        assert db.session.scalar(kept) == 1

"""One referral that an agency works on, with its users; and a way to offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.appointments import actions
from portal.appointments.actions import Offer
from portal.appointments.models import Appointment
from portal.db import db
from portal.referrals.models import Referral
from tests.factories import make_sent, make_service, make_user

SENT_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OFFERED_AT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
_token = count(1)


@dataclass
class Scene:
    referral: Referral
    worker: User
    officer: User
    client_for: Callable[[User], FlaskClient]

    @property
    def url(self) -> str:
        return f"/referrals/{self.referral.reference}"

    def offered(self, at: datetime | None = None, **values: object) -> Appointment:
        return make_offer(self.referral, self.worker, at, **values)


def make_offer(referral: Referral, worker: User, at: datetime | None = None, **values: object) -> Appointment:
    """An appointment at this moment, tomorrow if none is given."""
    moment = at or datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    offer = {"at": moment, "minutes": 60, "mode": "in_person", "place": "Tŷ Tawe", "worker_id": worker.id}
    made_at = values.pop("offered_at", OFFERED_AT)
    made = actions.offer(referral, worker, made_at, Offer(**(offer | values)), f"token {next(_token)}")  # type: ignore[arg-type]
    assert made is not None
    db.session.commit()
    return made


def typed(at: datetime, worker: User, **values: str) -> dict[str, str]:
    """The form as someone fills it in."""
    return {
        "day-day": str(at.day),
        "day-month": str(at.month),
        "day-year": str(at.year),
        "time": f"{at:%H:%M}",
        "minutes": "45",
        "mode": "in_person",
        "place": "Tŷ Tawe",
        "worker": str(worker.id),
        "words": "",
        "token": f"form {next(_token)}",
    } | values


@pytest.fixture
def scene(database: None, client_for: Callable[[User], FlaskClient]) -> Scene:
    service, officer = make_service(), make_user()
    worker = make_user("agency_worker", service.agency)
    referral = make_sent(service, by=officer, at=SENT_AT)
    db.session.commit()
    return Scene(referral, worker, officer, client_for)

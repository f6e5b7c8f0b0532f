"""One form, one effect: sent again, in parallel, with errors, after a lost answer, by somebody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.referrals.models import Referral
from tests.factories import make_sent, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def count(table: str) -> int:
    return db.session.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608


def test_the_same_form_again_gets_the_same_redirect_and_does_nothing(client_for: Clients) -> None:
    referral: Referral = make_sent(make_service())
    client = client_for(make_user("agency_worker", referral.agency))
    sent = {"version": referral.version, "once": "t" * 22}
    first, second = (client.post(f"/referrals/{referral.reference}/acknowledge", data=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location == f"/referrals/{referral.reference}"

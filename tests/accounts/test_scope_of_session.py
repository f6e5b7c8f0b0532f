"""The scope that opening a session sets in the database is the one that later transactions are given."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.accounts.models import UserSession
from portal.accounts.queries import get_signed_in, token_hash
from portal.db import db
from portal.people.models import PersonReader
from tests.factories import GWENT, area, make_person, make_service, make_user

pytestmark = pytest.mark.usefixtures("database")
NAMES = {
    "kind": "scope",
    "user": "user",
    "agency": "agency",
    "areas": "areas",
    "services": "services",
    "people": "people",
}


@pytest.mark.parametrize(
    "role", ["iom_officer", "iom_manager", "agency_worker", "agency_manager", "analyst", "administrator"]
)
@pytest.mark.parametrize("narrow", [True, False])
def test_the_scope_in_the_database_is_the_scope_kept(role: str, narrow: bool) -> None:
    user = make_user(role)
    if narrow and user.agency_id:
        user.every_service = user.every_area = False
        user.services, user.areas = (
            [make_service(user.agency), make_service(user.agency)],
            [area(), area(GWENT)],
        )
    if narrow and role.startswith("iom"):
        db.session.add(PersonReader(person_id=make_person().id, user_id=user.id))
    db.session.add(UserSession(token_hash=token_hash("token"), user_id=user.id))
    db.session.flush()
    visitor = get_signed_in("token")
    assert visitor is not None
    held = {
        name: db.session.scalar(sa.text("SELECT current_setting(:name)"), {"name": f"portal.{setting}"})
        for name, setting in NAMES.items()
    }
    assert held == visitor.scope.settings()

"""The actors of the guards' tests: who each is to the scene's things, and what its permissions say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.access import GRANTS, Permission, Role
from portal.accounts.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import today
from portal.db import db
from portal.people.models import Person, PersonReader
from tests.conftest import sign_in_client
from tests.factories import GWENT, area, make_agency, make_service, make_user

# What an actor is to a thing: of its area's IOM team; named on its restricted person; of the agency it concerns, and
# there of the service; the one who sent the file; one who may
# see every agency's figures. Whatever is of none of these is foreign.
IOM, NAMED, AGENCY, SERVICE, SENDER, STAFF, FIGURES = (
    "iom",
    "named",
    "agency",
    "service",
    "sender",
    "staff",
    "figures",
)


@dataclass(frozen=True)
class Actor:
    role: Role | None
    is_to: frozenset[str] = frozenset()

    @property
    def permissions(self) -> frozenset[Permission]:
        return GRANTS[self.role] if self.role else frozenset()


def _actor(role: Role, *is_to: str) -> Actor:
    return Actor(role, frozenset(is_to))


R = Role
ACTORS = {
    "nobody": Actor(None),
    "officer of the area": _actor(R.IOM_OFFICER, IOM, FIGURES),
    "officer who is named": _actor(R.IOM_OFFICER, IOM, NAMED, FIGURES),
    "officer of another area": _actor(R.IOM_OFFICER, FIGURES),
    "manager of the area": _actor(R.IOM_MANAGER, IOM, SENDER, FIGURES),
    "manager of another area": _actor(R.IOM_MANAGER, FIGURES),
    "worker of the service": _actor(R.AGENCY_WORKER, AGENCY, SERVICE),
    "worker of another service": _actor(R.AGENCY_WORKER, AGENCY),
    "worker of the agency in another area": _actor(R.AGENCY_WORKER, AGENCY),
    "worker of another agency": _actor(R.AGENCY_WORKER),
    "agency manager": _actor(R.AGENCY_MANAGER, AGENCY, SERVICE),
    "manager of another agency": _actor(R.AGENCY_MANAGER),
    "analyst": _actor(R.ANALYST, FIGURES),
    "administrator": _actor(R.ADMINISTRATOR, STAFF),
    "suspended manager": Actor(None),
    "worker of a closed agency": Actor(None),
}


def make_actor(name: str, scene: dict[str, object]) -> User | None:
    """The user behind a name, beside the scene's things; None for nobody."""
    agency = db.session.get_one(Agency, scene["agency_id"])
    make: dict[str, Callable[[], User | None]] = {
        "nobody": lambda: None,
        "officer of the area": lambda: make_user("iom_officer"),
        "officer who is named": _make_named,
        "officer of another area": lambda: make_user("iom_officer", areas=[area(GWENT)]),
        "manager of the area": lambda: _of_scene(scene, Role.IOM_MANAGER),
        "manager of another area": lambda: make_user("iom_manager", areas=[area(GWENT)]),
        "worker of the service": lambda: _of_scene(scene, Role.AGENCY_WORKER),
        "worker of another service": lambda: _make_other_service(agency),
        "worker of the agency in another area": lambda: make_user(
            "agency_worker", agency, every_area=False, areas=[area(GWENT)]
        ),
        "worker of another agency": lambda: make_user("agency_worker"),
        "agency manager": lambda: _of_scene(scene, Role.AGENCY_MANAGER),
        "manager of another agency": lambda: make_user("agency_manager"),
        "analyst": lambda: _of_scene(scene, Role.ANALYST),
        "administrator": lambda: _of_scene(scene, Role.ADMINISTRATOR),
        "suspended manager": lambda: make_user("iom_manager", suspended_at=datetime.now(UTC)),
        "worker of a closed agency": lambda: make_user(
            "agency_worker", make_agency(closed_on=today() - timedelta(days=1))
        ),
    }
    user = make[name]()
    db.session.flush()
    return user


def client_of(app: Flask, user: User | None) -> FlaskClient:
    return app.test_client() if user is None else sign_in_client(app, user)


def _of_scene(scene: dict[str, object], role: Role) -> User:
    users: dict[Role, int] = scene["users"]  # type: ignore[assignment]
    return db.session.get_one(User, users[role])


def _make_named() -> User:
    officer = make_user("iom_officer")
    ids = db.session.scalars(sa.select(Person.id)).all()
    db.session.add_all(PersonReader(person_id=person_id, user_id=officer.id) for person_id in ids)
    return officer


def _make_other_service(agency: Agency) -> User:
    worker = make_user("agency_worker", agency, every_service=False)
    worker.services = [make_service(agency, ("health",))]
    return worker

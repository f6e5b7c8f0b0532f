"""What changes the directory, each with its trace. Actions never commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from portal import audit
from portal.agencies.models import Agency, Area, Need, Service
from portal.db import db


def add_service(agency: Agency, values: Mapping[str, Any]) -> Service:
    """`values`: columns of Service, with `needs` (codes) and `areas` (ids)."""
    service = Service(agency=agency)
    _write_service(service, values)
    db.session.add(service)
    db.session.flush()
    audit.record("service.added", "service", [service.id], agency_id=agency.id)
    return service


def change_service(service: Service, values: Mapping[str, Any]) -> None:
    _write_service(service, values)
    # Needs and areas stand in tables of their own: the version must rise with them too.
    flag_modified(service, "name")
    db.session.flush()
    audit.record("service.changed", "service", [service.id], agency_id=service.agency_id)


def _write_service(service: Service, values: Mapping[str, Any]) -> None:
    """Unflushed, so that one change is one version."""
    with db.session.no_autoflush:
        for name, value in values.items():
            if name == "needs":
                service.needs = list(db.session.scalars(sa.select(Need).where(Need.code.in_(value))))
            elif name == "areas":
                service.areas = list(db.session.scalars(sa.select(Area).where(Area.id.in_(value))))
            else:
                setattr(service, name, value)


def close_service(service: Service, last_day: date | None, today: date) -> None:
    """To new referrals, after a last day or, without one, now."""
    if last_day is None:
        service.active = False
        if service.opens_on is None or service.opens_on <= today:
            service.closes_on = min(service.closes_on or today, today)
    else:
        service.closes_on = last_day
    db.session.flush()
    audit.record("service.closed", "service", [service.id], agency_id=service.agency_id)


def reopen_service(service: Service) -> None:
    service.active, service.closes_on = True, None
    db.session.flush()
    audit.record("service.reopened", "service", [service.id], agency_id=service.agency_id)


def add(thing: Agency | Area) -> None:
    """Raises IntegrityError where there is an agency of this name, an area of this code."""
    db.session.add(thing)
    db.session.flush()
    _trace("added", thing)


def change(thing: Agency | Area, values: Mapping[str, Any]) -> None:
    """Raises IntegrityError where there is another agency of this name."""
    for name, value in values.items():
        setattr(thing, name, value)
    db.session.flush()
    _trace("changed", thing)


def close(thing: Agency | Area, last_day: date | None, today: date) -> None:
    """From the day after its last, or from now. An agency's services then take no referrals and its staff cannot
    sign in; an area is offered no more, but what names it keeps it."""
    thing.closed_on = today if last_day is None else last_day + timedelta(days=1)
    db.session.flush()
    _trace("closed", thing)


def reopen(thing: Agency | Area) -> None:
    """An agency of imported history joins the directory: its services, once it has any, can be referred to."""
    thing.closed_on = None
    if isinstance(thing, Agency):
        thing.historic = False
    db.session.flush()
    _trace("reopened", thing)


def _trace(done: str, thing: Agency | Area) -> None:
    if isinstance(thing, Agency):
        audit.record(f"agency.{done}", "agency", [thing.id], agency_id=thing.id)
    else:
        audit.record(f"area.{done}", "area", [thing.id], area_id=thing.id)

"""A service’s form as a browser posts it, and what stands in the database afterwards."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portal.agencies.models import Service
from portal.db import db
from tests.factories import CARDIFF, GWENT, area


def trace() -> list[Any]:
    return list(
        db.session.execute(sa.text("SELECT action, subject_ids, agency_id FROM audit_entry ORDER BY id"))
    )


def saved(service: Service) -> Service:
    db.session.refresh(service)
    return service


def filled(**changes: Any) -> dict[str, Any]:
    """A service form as a browser posts it."""
    form: dict[str, Any] = {
        "version": "new",
        "name": "Rooms",
        "name_cy": "Ystafelloedd",
        "needs": ["housing", "finance"],
        "areas": [area(GWENT).id, area(CARDIFF).id],
        "sexes": ["female"],
        "minimum_age": "18",
        "maximum_age": "25",
        "description": "Rooms & support:\r\n• short\r\n• long",
        "eligibility": "Anyone",
        "exclusions": "Nobody",
        "places": "Newport",
        "delivery": ["in_person", "hub"],
        "welsh_offer": "yes",
        "intake_email": "rooms@agency.example",
        "telephone": "01632 960001",
        "opens_on-day": "1",
        "opens_on-month": "4",
        "opens_on-year": "2026",
        "closes_on-day": "",
        "closes_on-month": "",
        "closes_on-year": "",
    }
    return form | changes

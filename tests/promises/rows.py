"""Agreements, usual waits and hub sessions as rows, and their forms as a browser posts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.agencies.hub_models import HubSession
from portal.agencies.models import Area, Service
from portal.agencies.queries import today
from portal.db import db
from portal.promises.models import Agreement, UsualWait
from tests.factories import area, make_user

AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


def make_proposal(
    service: Service, areas: list[Area] | None = None, by: User | None = None, **values: Any
) -> Agreement:
    """A proposal of 5 working days to decide, from today."""
    defaults: dict[str, Any] = {"decide_days": 5, "from_on": today(), "proposed_at": AT}
    agreement = Agreement(
        service_id=service.id, proposed_by_id=(by or make_user("iom_manager")).id, **(defaults | values)
    )
    agreement.areas = areas or [area()]
    db.session.add(agreement)
    db.session.flush()
    return agreement


def make_agreement(service: Service, areas: list[Area] | None = None, **values: Any) -> Agreement:
    """One that was signed and, unless told otherwise, has been in force for a month."""
    if "signed_by_id" not in values:
        values["signed_by_id"] = make_user("agency_manager", service.agency).id
    defaults = {"signed_at": AT, "from_on": today() - timedelta(days=30)}
    return make_proposal(service, areas, **(defaults | values))


def make_wait(service: Service, **values: Any) -> UsualWait:
    defaults: dict[str, Any] = {
        "days": 20, "unit": "working", "kind": "median", "until_step": "offer", "source": "Own records",
        "as_of": date(2026, 1, 5),
    }  # fmt: skip
    wait = UsualWait(service_id=service.id, **(defaults | values))
    db.session.add(wait)
    db.session.flush()
    return wait


def make_session(service: Service, where: Area | None = None, **values: Any) -> HubSession:
    """Every Tuesday from 10 to 12, for all of the agency's services, for years."""
    defaults: dict[str, Any] = {
        "place": "Library", "weekday": 1, "begins": time(10), "ends": time(12), "from_on": date(2026, 1, 5),
    }  # fmt: skip
    session = HubSession(agency_id=service.agency_id, area_id=(where or area()).id, **(defaults | values))
    db.session.add(session)
    db.session.flush()
    return session


def dated(name: str, day: date) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def proposal_form(**changes: Any) -> dict[str, Any]:
    form = {"areas": [area().id], "acknowledge_days": "1", "decide_days": "5", "offer_days": ""}
    return form | dated("from_on", today()) | {"document": "Annex A", "words": "Ring first"} | changes


def version(page: TestResponse) -> str:
    field = BeautifulSoup(page.text, "html.parser").select_one("input[name=version]")
    assert field, page.text
    return str(field["value"])


def said(page: TestResponse, selector: str = "main") -> str:
    """The text of the first place that fits, its white space made single."""
    found = BeautifulSoup(page.text, "html.parser").select_one(selector)
    assert found, (selector, page.text)
    return " ".join(found.get_text(" ").split())

"""What changes the promise register: each with its trace and its emails. Actions never commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal import audit
from portal.agencies.models import Area, Service
from portal.db import db
from portal.mail import Email, post
from portal.promises import emails
from portal.promises.models import Agreement, UsualWait
from portal.promises.queries import get_same_waiting


class NotPossibleNow(Exception):
    """The agreement has been answered, taken back or ended already."""


def propose(
    service: Service, by_id: int, at: datetime, area_ids: Iterable[int], values: Mapping[str, Any]
) -> Agreement:
    """`values`: the days, from_on, to_on, document and words of Agreement. The agency's managers are told.

    The same proposal twice is one: the service's row must be locked, so that the second finds the first.
    """
    areas = list(db.session.scalars(sa.select(Area).where(Area.id.in_(list(area_ids)))))
    proposal = Agreement(
        service_id=service.id, proposed_by_id=by_id, proposed_at=at, demo=service.agency.demo, **values
    )
    proposal.areas = areas
    if there := get_same_waiting(proposal):
        return there
    db.session.add(proposal)
    _trace(proposal, "proposed", emails.proposed)
    return proposal


def sign(agreement: Agreement, by_id: int, at: datetime) -> None:
    _demand(_is_waiting(agreement))
    agreement.signed_at, agreement.signed_by_id = at, by_id
    _trace(agreement, "signed", emails.signed)


def refuse(agreement: Agreement, by_id: int, at: datetime, words: str) -> None:
    _demand(_is_waiting(agreement))
    agreement.refused_at, agreement.refused_by_id, agreement.refused_words = at, by_id, words
    _trace(agreement, "refused", emails.refused)


def take_back(agreement: Agreement, by_id: int, at: datetime) -> None:
    _demand(_is_waiting(agreement))
    agreement.taken_back_at, agreement.taken_back_by_id = at, by_id
    _trace(agreement, "taken_back", emails.taken_back)


def end(agreement: Agreement, by_id: int, at: datetime, last_day: date) -> None:
    """It holds to the end of `last_day`; what has been ended stays so: a new agreement takes its place."""
    _demand(agreement.signed_at is not None and agreement.ended_at is None)
    agreement.to_on, agreement.ended_at, agreement.ended_by_id = last_day, at, by_id
    _trace(agreement, "ended", emails.ended)


def add_usual_wait(service: Service, by_id: int, values: Mapping[str, Any]) -> UsualWait:
    """`values`: days, unit, kind, until_step, source and as_of of UsualWait."""
    wait = UsualWait(service_id=service.id, recorded_by_id=by_id, demo=service.agency.demo, **values)
    db.session.add(wait)
    db.session.flush()
    audit.record("usual_wait.added", "usual_wait", [wait.id], agency_id=service.agency_id)
    return wait


def _is_waiting(agreement: Agreement) -> bool:
    return not (agreement.signed_at or agreement.refused_at or agreement.taken_back_at)


def _demand(possible: bool) -> None:
    if not possible:
        raise NotPossibleNow


def _trace(agreement: Agreement, done: str, mails: Callable[[Agreement], list[Email]]) -> None:
    db.session.flush()
    db.session.expire(agreement, ["signed_by", "refused_by", "taken_back_by", "ended_by"])
    audit.record(f"agreement.{done}", "agreement", [agreement.id], agency_id=agreement.service.agency_id)
    for mail in mails(agreement):
        post(mail)

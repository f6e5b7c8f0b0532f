"""What the journey changes in a draft, and its sending. Actions never commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal import audit
from portal.accounts.models import User
from portal.agencies.models import Service
from portal.db import db
from portal.people.models import Person
from portal.referrals import actions as referrals
from portal.referrals.models import Event, Referral
from portal.referrals.moving import Actor
from portal.referring import queries
from portal.referring.answers import holder


class AlreadyTaken(Exception):
    """There is a live referral for the same person, service and need, begun just now or out of the user's sight."""


def start_draft(person: Person, need_code: str, by: Actor) -> Referral:
    """A new draft; or the one in which the same user has answered nothing yet, so that pressing twice starts one.

    The caller has locked the person.
    """
    return queries.get_untouched_draft(person.id, need_code, by.id) or referrals.create_draft(
        person, need_code, by
    )


def save_answers(draft: Referral, task: str, answers: dict[str, Any], by: Actor) -> None:
    for name, value in answers.items():
        setattr(holder(draft, name), name, value)
    _mark(draft, task, by)


def save_need(draft: Referral, need_code: str, by: Actor) -> None:
    """Another need wants another service, and asks anew what that agency may see."""
    if need_code != draft.need_code:
        draft.need_code = need_code
        draft.further_needs = [code for code in draft.further_needs if code != need_code]
        _set_service(draft, None)
        _unmark(draft, "service", "share")
    _saved(draft, "need", by)


def save_service(draft: Referral, service: Service, by: Actor) -> None:
    """Choose the service; what another agency was to see is asked anew. Raises AlreadyTaken."""
    same_agency = service.agency_id == draft.agency_id
    try:
        with db.session.begin_nested():
            _set_service(draft, service)
    except IntegrityError:
        raise AlreadyTaken from None
    if not same_agency:
        _unmark(draft, "share")
    _mark(draft, "service", by)


def send_draft(draft: Referral, service: Service, by: Actor, at: datetime) -> Event:
    """Send it; whoever sends is the referrer from now on. Raises AlreadyLive."""
    if draft.referrer_id != by.id:
        draft.referrer = db.session.get_one(User, by.id)
    return referrals.send(draft, service, by, at)


def _set_service(draft: Referral, service: Service | None) -> None:
    draft.service = service
    draft.agency = service.agency if service else None


def _mark(draft: Referral, task: str, by: Actor) -> None:
    if task not in draft.detail.done:
        draft.detail.done = [*draft.detail.done, task]
    _saved(draft, task, by)


def _unmark(draft: Referral, *tasks: str) -> None:
    draft.detail.done = [task for task in draft.detail.done if task not in tasks]


def _saved(draft: Referral, task: str, by: Actor) -> None:
    """Whatever was answered, the draft is kept for another while."""
    draft.touched_at, draft.warned_at = datetime.now(UTC), None
    audit.record("referral.saved", "referral", [draft.id], area_id=draft.area_id, by=by.id, task=task)

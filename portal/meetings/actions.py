"""What is done to meetings, and what a meeting decides. Actions never commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.attributes import flag_modified

from portal import audit
from portal.clocks.clock import london_date
from portal.db import db
from portal.i18n import LONDON
from portal.meetings.models import Meeting, MeetingAgency, MeetingDecision
from portal.referrals.models import Referral
from portal.referrals.moving import Actor, record


class AlreadyThere(Exception):
    """The area has a meeting on that day at that place."""


def add(area_id: int, held_on: date, place: str, agency_ids: Iterable[int], by: Actor) -> Meeting:
    """Raises AlreadyThere for the same meeting a second time, however close the two requests come."""
    _refuse_second(area_id, held_on, place)
    meeting = Meeting(area_id=area_id, held_on=held_on, place=place, created_by_id=by.id)
    db.session.add(meeting)
    db.session.flush()
    _invite(meeting, agency_ids)
    audit.record("meeting.added", area_id=area_id, meeting=meeting.id)
    return meeting


def change(meeting: Meeting, held_on: date, place: str, agency_ids: Iterable[int]) -> None:
    """The agencies are those given and no others; raises AlreadyThere."""
    _refuse_second(meeting.area_id, held_on, place, besides=meeting.id)
    meeting.held_on, meeting.place = held_on, place
    flag_modified(meeting, "place")  # other agencies make another version too
    db.session.flush()
    db.session.execute(sa.delete(MeetingAgency).where(MeetingAgency.meeting_id == meeting.id))
    _invite(meeting, agency_ids)
    audit.record("meeting.changed", area_id=meeting.area_id, meeting=meeting.id)


def _refuse_second(area_id: int, held_on: date, place: str, besides: int | None = None) -> None:
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("meeting"), area_id)))
    same = sa.select(Meeting.id).where(Meeting.area_id == area_id, Meeting.held_on == held_on)
    found = db.session.scalars(same.where(sa.func.lower(Meeting.place) == place.lower()))
    if set(found) - {besides}:
        raise AlreadyThere


def _invite(meeting: Meeting, agency_ids: Iterable[int]) -> None:
    rows = [
        {"meeting_id": meeting.id, "agency_id": agency_id, "area_id": meeting.area_id}
        for agency_id in agency_ids
    ]
    if rows:
        db.session.execute(sa.insert(MeetingAgency), rows)


def decide(meeting: Meeting, referral: Referral, by: Actor, at: datetime, words: str, token: str) -> bool:
    """Write down what was decided, beside the line and in the referral's timeline. The same token again does nothing
    and gives False. It happened on the day of the meeting: at noon, once that has passed."""
    written = db.session.scalar(
        insert(MeetingDecision)
        .values(
            meeting_id=meeting.id,
            referral_id=referral.id,
            agency_id=referral.agency_id,
            service_id=referral.service_id,
            area_id=referral.area_id,
            words=words,
            at=at,
            by_id=by.id,
            token=token,
        )
        .on_conflict_do_nothing(index_elements=[MeetingDecision.token])
        .returning(MeetingDecision.id)
    )
    if written is None:
        return False
    happened = at
    if meeting.held_on < london_date(at):
        noon = datetime.combine(meeting.held_on, time(12), LONDON)
        happened = min(max(noon, referral.sent_at or noon), at)
    data = {"meeting_id": meeting.id, "held_on": meeting.held_on.isoformat()}
    record(referral, "discussed", by, happened, data, words)
    return True

"""Meetings and what their packs hold. Every query starts from the viewer's scope; the policies say the same again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from portal.accounts.models import User
from portal.agencies.eligibility import areas_touching
from portal.agencies.lookup import alphabetical, list_areas
from portal.agencies.models import Agency, Area, Service, ServiceArea
from portal.chasing.models import Chase
from portal.chasing.queries import unanswered
from portal.db import Scope, current_scope, db
from portal.i18n import LONDON, language
from portal.meetings.models import Meeting, MeetingAgency, MeetingDecision
from portal.people.models import Person
from portal.referrals.lists import OPEN
from portal.referrals.models import Referral, Release
from portal.referrals.queries import visible

MOST_CASES = 500
MOST_PAST = 50
RECENT = timedelta(days=30)


class MeetingRow(NamedTuple):
    """One meeting of a list; names in the reader's language. Agencies are told no other agency's."""

    id: int
    held_on: date
    place: str
    area: str
    agencies: list[str]


class Decision(NamedTuple):
    words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Candidate:
    """An agency that may be invited, with how many open referrals of the area the viewer sees there."""

    id: int
    name: str
    open: int


def _seen(scope: Scope) -> sa.ColumnElement[bool]:
    if scope.kind == "system":
        return sa.true()
    if scope.kind == "iom":
        return Meeting.area_id.in_(scope.area_ids or ())
    if scope.kind == "agency":
        return sa.exists().where(
            MeetingAgency.meeting_id == Meeting.id, MeetingAgency.agency_id == scope.agency_id
        )
    return sa.false()


def list_coming(today: date) -> list[MeetingRow]:
    """Meetings of today and later that the current user may see, the next one first."""
    query = _rows().where(Meeting.held_on >= today).order_by(Meeting.held_on, Meeting.id)
    return _read(query.limit(MOST_PAST))


def list_past(today: date) -> list[MeetingRow]:
    """The last fifty meetings, the latest first."""
    query = _rows().where(Meeting.held_on < today).order_by(Meeting.held_on.desc(), Meeting.id.desc())
    return _read(query.limit(MOST_PAST))


def _rows() -> sa.Select[Any]:
    names = (
        sa.select(sa.func.array_agg(_name_of(Agency)))
        .join(MeetingAgency, MeetingAgency.agency_id == Agency.id)
        .where(MeetingAgency.meeting_id == Meeting.id)
        .scalar_subquery()
    )
    area = Area.name_cy if language() == "cy" else Area.name_en
    return (
        sa.select(Meeting.id, Meeting.held_on, Meeting.place, area.label("area"), names.label("agencies"))
        .join(Area, Area.id == Meeting.area_id)
        .where(_seen(current_scope()))
    )


def _read(query: sa.Select[Any]) -> list[MeetingRow]:
    return [
        MeetingRow(row.id, row.held_on, row.place, row.area, sorted(row.agencies or [], key=alphabetical))
        for row in db.session.execute(query)
    ]


def _name_of(thing: type[Agency] | type[Service]) -> Any:
    """In the reader's language, where the agency gives it one."""
    return (
        sa.func.coalesce(sa.func.nullif(thing.name_cy, ""), thing.name) if language() == "cy" else thing.name
    )


def get_visible(meeting_id: int) -> Meeting | None:
    query = sa.select(Meeting).where(Meeting.id == meeting_id, _seen(current_scope()))
    return db.session.scalar(query.options(joinedload(Meeting.area)))


def list_invited(meeting: Meeting) -> list[tuple[int, str]]:
    """Id and name of the agencies discussed, by name: to an agency, only itself."""
    query = (
        sa.select(Agency.id, _name_of(Agency).label("name"))
        .join(MeetingAgency, MeetingAgency.agency_id == Agency.id)
        .where(MeetingAgency.meeting_id == meeting.id)
    )
    if (agency_id := current_scope().agency_id) is not None:
        query = query.where(Agency.id == agency_id)
    return sorted(((row.id, row.name) for row in db.session.execute(query)), key=lambda p: alphabetical(p[1]))


def list_candidates(area_id: int, today: date) -> list[Candidate]:
    """Agencies with open referrals in the area, the most first; then the others that work there, by name."""
    counted = (
        sa.select(Referral.agency_id, sa.func.count().label("number"))
        .where(visible(current_scope()), Referral.area_id == area_id, OPEN, Referral.agency_id.is_not(None))
        .group_by(Referral.agency_id)
        .subquery()
    )
    touching = areas_touching(area_id, list_areas(closed=True))
    works_there = (
        sa.select(Service.id)
        .join(ServiceArea, ServiceArea.service_id == Service.id)
        .where(Service.agency_id == Agency.id, Service.active, ServiceArea.area_id.in_(touching))
        .exists()
    )
    takes_part = sa.not_(Agency.historic) & sa.or_(Agency.closed_on.is_(None), Agency.closed_on > today)
    number = sa.func.coalesce(counted.c.number, 0)
    query = (
        sa.select(Agency.id, _name_of(Agency).label("name"), number.label("open"))
        .outerjoin(counted, counted.c.agency_id == Agency.id)
        .where(sa.or_(number > 0, takes_part & works_there))
    )
    found = [Candidate(row.id, row.name, row.open) for row in db.session.execute(query)]
    return sorted(found, key=lambda each: (-each.open, alphabetical(each.name)))


def list_chosen(meeting: Meeting) -> set[int]:
    query = sa.select(MeetingAgency.agency_id).where(MeetingAgency.meeting_id == meeting.id)
    return set(db.session.scalars(query))


def well_since(meeting: Meeting, today: date) -> date:
    """The day of the area's last meeting before this one; without one, 30 days before it."""
    last = (
        sa.select(sa.func.max(Meeting.held_on))
        .where(_seen(current_scope()), Meeting.area_id == meeting.area_id)
        .where(Meeting.held_on < meeting.held_on)
    )
    return db.session.scalar(last) or min(meeting.held_on, today) - RECENT


def list_cases(
    meeting: Meeting, agency_ids: Collection[int], since: date, today: date
) -> tuple[Sequence[sa.Row[Any]], bool]:
    """The referrals of the pack: late ones first, then open ones by age, at most 500; and whether there are more.

    Open ones, those that went well since that day, and those on which this meeting decided. Agencies read the
    initials released to them, IOM the person's names.
    """
    scope = current_scope()
    late = OPEN & (Referral.late_from <= today)
    decided_here = sa.select(MeetingDecision.referral_id).where(MeetingDecision.meeting_id == meeting.id)
    query = (
        _case_columns(of_agency=scope.kind == "agency")
        .where(visible(scope), Referral.area_id == meeting.area_id, Referral.agency_id.in_(list(agency_ids)))
        .where(sa.or_(OPEN, _went_well(since), Referral.id.in_(decided_here)))
        .order_by(sa.func.coalesce(late, sa.false()).desc(), OPEN.desc(), Referral.sent_at, Referral.id)
        .limit(MOST_CASES + 1)
    )
    rows = db.session.execute(query).all()
    return rows[:MOST_CASES], len(rows) > MOST_CASES


def _went_well(since: date) -> sa.ColumnElement[bool]:
    """Priority was granted, or help began, on that day or later."""
    moment = datetime.combine(since, time(), LONDON)
    granted = (Referral.decision == "accepted_priority") & (Referral.accepted_at >= moment)
    return (Referral.status != "withdrawn") & sa.or_(granted, Referral.started_at >= moment)


def _case_columns(*, of_agency: bool) -> sa.Select[*tuple[Any, ...]]:
    worker, referrer = aliased(User), aliased(User)
    escalated = (
        sa.select(sa.func.max(Chase.at))
        .where(Chase.referral_id == Referral.id, Chase.kind == "escalation", unanswered())
        .scalar_subquery()
    )
    who: tuple[Any, ...] = (Release.initials, sa.null().label("forenames"), sa.null().label("surname"))
    if not of_agency:
        who = (sa.null().label("initials"), Person.forenames, Person.surname)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Referral.id, Referral.reference, Referral.agency_id, Referral.area_id, Referral.need_code),
            *(Referral.status, Referral.status_since, Referral.decision, Referral.decline_reason),
            *(
                Referral.paused_from,
                Referral.sent_at,
                Referral.sent_on,
                Referral.available_from,
                Referral.responded_at,
                Referral.decided_on,
                Referral.accepted_at,
            ),
            *(Referral.first_offer_at, Referral.started_at, Referral.withdrawn_on, Referral.late_from),
            *(Referral.promise_acknowledge, Referral.promise_decide, Referral.promise_offer, Referral.rests),
            *who,
            _name_of(Service).label("service"),
            worker.name.label("worker"),
            referrer.name.label("referrer"),
            escalated.label("escalated_at"),
        )
        .join(Service, Service.id == Referral.service_id)
        .join(referrer, referrer.id == Referral.referrer_id)
        .outerjoin(worker, worker.id == Referral.worker_id)
    )
    if of_agency:
        return query.outerjoin(Release, (Release.referral_id == Referral.id) & Release.current)
    return query.join(Person, Person.id == Referral.person_id)


def list_decisions(meeting: Meeting) -> dict[int, list[Decision]]:
    """What the meeting decided about the referrals that the viewer may see, by referral, in order."""
    query = (
        sa.select(MeetingDecision.referral_id, MeetingDecision.words, User.name, MeetingDecision.at)
        .join(User, User.id == MeetingDecision.by_id)
        .join(Referral, Referral.id == MeetingDecision.referral_id)
        .where(MeetingDecision.meeting_id == meeting.id, visible(current_scope()))
        .order_by(MeetingDecision.id)
    )
    found: dict[int, list[Decision]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.referral_id, []).append(Decision(row.words, row.name, row.at))
    return found


def is_discussed(meeting: Meeting, referral: Referral) -> bool:
    """Is the referral of the meeting's area and of an agency that is discussed there?"""
    invited = sa.exists().where(
        MeetingAgency.meeting_id == meeting.id, MeetingAgency.agency_id == referral.agency_id
    )
    return referral.area_id == meeting.area_id and bool(db.session.scalar(sa.select(invited)))

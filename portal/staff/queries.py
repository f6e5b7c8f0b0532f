"""Reading reviews of access: whose they are, who is in them, and when they fall due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.access import AGENCY, IOM, Role
from portal.accounts.models import User, UserArea
from portal.accounts.queries import SignedIn
from portal.agencies.models import Agency, Area
from portal.clocks.clock import london_date
from portal.db import Prepared, current_scope, db
from portal.people import queries as people
from portal.people.models import Person
from portal.referrals.lists import OPEN
from portal.referrals.models import Referral
from portal.referrals.queries import visible
from portal.staff.factors import list_with_factor
from portal.staff.models import AccessAnswer, AccessReview

EVERY = timedelta(days=90)
NOTICE = timedelta(days=14)  # before a review is due it stands on the first page
QUIET = timedelta(days=90)  # without signing in, after which a user is marked
LONGEST = timedelta(days=120)  # after which `check` tells of users whom nobody has reviewed
ANSWERS = ("keep", "change", "suspend")

# Migration 0028: who is reviewed where.
MEMBER = sa.table(
    "access_member", *(sa.column(name, sa.Integer) for name in ("user_id", "agency_id", "area_id"))
)
ANSWERED_BY: dict[Role, sa.ColumnElement[bool]] = {
    Role.AGENCY_MANAGER: MEMBER.c.agency_id == sa.bindparam("agency"),
    Role.IOM_MANAGER: MEMBER.c.area_id == sa.any_(sa.bindparam("areas", type_=sa.ARRAY(sa.Integer))),
    Role.ADMINISTRATOR: sa.and_(MEMBER.c.agency_id.is_(None), MEMBER.c.area_id.is_(None)),
}


@dataclass(frozen=True)
class Unit:
    """Whose access is reviewed together. `left` have no answer yet in the review that is open, if one is (`review_id`)."""

    agency_id: int | None
    area_id: int | None
    names: tuple[str, str] | None  # of the agency or area, English and Welsh
    members: int
    left: int
    due_on: date
    review_id: int | None
    last_closed: datetime | None

    @property
    def key(self) -> str:
        """What stands for it in addresses."""
        return (
            f"agency-{self.agency_id}"
            if self.agency_id
            else f"area-{self.area_id}"
            if self.area_id
            else "others"
        )

    def is_due(self, today: date) -> bool:
        return self.left > 0 and self.due_on - NOTICE <= today

    def is_overdue(self, today: date) -> bool:
        return self.left > 0 and self.due_on < today


def count_to_review(viewer: User | SignedIn) -> tuple[int, int]:
    """How many users wait for this manager's answer in reviews that are due within two weeks or overdue; overdue alone."""
    today, units = london_date(datetime.now(UTC)), list_units(viewer)
    due = sum(unit.left for unit in units if unit.is_due(today))
    return due, sum(unit.left for unit in units if unit.is_overdue(today))


def list_units(viewer: User | SignedIn) -> list[Unit]:
    """Those that this manager, whose scope is the session's, answers for, in one statement; themselves left out."""
    role = Role(viewer.role)
    if role not in ANSWERED_BY:
        return []
    values = {"viewer": viewer.id, "agency": viewer.agency_id, "areas": list(current_scope().area_ids or ())}
    return [_unit(row) for row in _units(role).rows(values)]


@cache
def _units(role: Role) -> Prepared:
    """Compiled once: it is asked for with every manager's first page."""
    columns = MEMBER.c.agency_id, MEMBER.c.area_id
    review = aliased(AccessReview)
    same = sa.and_(
        review.agency_id.is_not_distinct_from(MEMBER.c.agency_id),
        review.area_id.is_not_distinct_from(MEMBER.c.area_id),
    )
    opened = sa.select(review.id).where(same, review.closed_at.is_(None)).scalar_subquery()
    closed = sa.select(sa.func.max(review.closed_at)).where(same).scalar_subquery()
    answered = sa.exists().where(
        AccessAnswer.user_id == MEMBER.c.user_id,
        AccessAnswer.review_id == review.id,
        same,
        review.closed_at.is_(None),
    )
    return Prepared(
        sa.select(
            *columns,
            sa.func.count().label("members"),
            sa.func.count().filter(~answered).label("left"),
            sa.func.min(User.created_at).label("since"),
            opened.label("review_id"),
            closed.label("closed_at"),
            sa.func.coalesce(Agency.name, Area.name_en).label("name_en"),
            sa.func.coalesce(Agency.name_cy, Agency.name, Area.name_cy).label("name_cy"),
        )
        .select_from(MEMBER)
        .join(User, User.id == MEMBER.c.user_id)
        .outerjoin(Agency, Agency.id == MEMBER.c.agency_id)
        .outerjoin(Area, Area.id == MEMBER.c.area_id)
        .where(ANSWERED_BY[role], User.id != sa.bindparam("viewer"))
        .group_by(*columns, Agency.name, Agency.name_cy, Area.name_en, Area.name_cy)
        .order_by("name_en")
    )


def _unit(row: Any) -> Unit:
    return Unit(
        row.agency_id,
        row.area_id,
        (row.name_en, row.name_cy) if row.name_en else None,
        row.members,
        row.left,
        london_date(row.closed_at or row.since) + EVERY,
        row.review_id,
        row.closed_at,
    )


@dataclass(frozen=True)
class Member:
    """A user in a review; `answer` is the last one in the review that is open."""

    user: User
    answer: str | None
    factor: bool

    def has_been_quiet(self, now: datetime) -> bool:
        return (self.user.signed_in_at or self.user.created_at) < now - QUIET


def list_members(unit: Unit) -> list[Member]:
    """Who is in it, by name, with agency, areas and services; a number of statements that does not grow."""
    answer = (
        sa.select(AccessAnswer.answer)
        .where(AccessAnswer.review_id == unit.review_id, AccessAnswer.user_id == User.id)
        .order_by(AccessAnswer.id.desc())
        .limit(1)
    )
    query = (
        sa.select(User, answer.scalar_subquery())
        .join(MEMBER, MEMBER.c.user_id == User.id)
        .where(MEMBER.c.agency_id.is_not_distinct_from(unit.agency_id))
        .where(MEMBER.c.area_id.is_not_distinct_from(unit.area_id))
        .options(joinedload(User.agency), selectinload(User.areas), selectinload(User.services))
        .order_by(sa.func.lower(User.name), User.id)
    )
    rows = db.session.execute(query).all()
    able = list_with_factor([user.id for user, _answer in rows])
    return [Member(user, said, user.id in able) for user, said in rows]


def get_staff(viewer: User | SignedIn, user_id: int) -> User | None:
    """One of the viewer's own staff, suspended or not: of the manager's agency, of IOM in one of the manager's areas,
    anybody for an administrator; never the viewer. Locked."""
    query = sa.select(User).where(User.id == user_id, User.id != viewer.id, User.role != Role.SYSTEM.value)
    role = Role(viewer.role)
    if role is Role.AGENCY_MANAGER:
        query = query.where(User.agency_id == viewer.agency_id)
    elif role is Role.IOM_MANAGER:
        query = query.where(_works_beside(viewer.id))
    elif role is not Role.ADMINISTRATOR:
        return None
    return db.session.scalar(query.with_for_update(of=User))


def _works_beside(viewer_id: int) -> sa.ColumnElement[bool]:
    own = sa.select(UserArea.area_id).where(UserArea.user_id == viewer_id)
    return sa.and_(User.role.in_([role.value for role in IOM]), User.areas.any(Area.id.in_(own)))


def list_leavers(viewer: User | SignedIn) -> list[User]:
    """Suspended staff of the viewer's on whom open work still waits, by name."""
    waits = sa.or_(
        sa.exists().where(OPEN, Referral.worker_id == User.id, visible(current_scope())),
        sa.exists().where(OPEN, Referral.referrer_id == User.id, visible(current_scope())),
        sa.exists().where(
            people.visible(current_scope()),
            Person.closed_at.is_(None),
            sa.or_(Person.police_om_id == User.id, Person.probation_om_id == User.id),
        ),
    )
    query = sa.select(User).where(User.suspended_at.is_not(None), waits)
    if Role(viewer.role) in AGENCY:
        query = query.where(User.agency_id == viewer.agency_id)
    else:
        query = query.where(_works_beside(viewer.id))
    return list(db.session.scalars(query.order_by(sa.func.lower(User.name), User.id)))


def list_asked_changes() -> list[tuple[AccessAnswer, User, User]]:
    """What managers have asked administrators to change and nobody has yet, the oldest first: (answer, user, asked by)."""
    last = sa.select(sa.func.max(AccessAnswer.id)).group_by(AccessAnswer.user_id)
    by = aliased(User)
    query = (
        sa.select(AccessAnswer, User, by)
        .join(User, User.id == AccessAnswer.user_id)
        .join(by, by.id == AccessAnswer.by_id)
        .where(AccessAnswer.id.in_(last), AccessAnswer.answer == "change")
    )
    rows = db.session.execute(query.order_by(AccessAnswer.id))
    return [(asked, user, manager) for asked, user, manager in rows]


def list_unreviewed(now: datetime, limit: int) -> tuple[list[str], int]:
    """Email addresses of active users whom nobody has reviewed for LONGEST, some of them, and how many there are."""
    since = now - LONGEST
    reviewed = sa.exists().where(
        AccessAnswer.user_id == User.id, AccessAnswer.answer.in_(ANSWERS), AccessAnswer.at > since
    )
    which = (
        User.suspended_at.is_(None),
        User.role != Role.SYSTEM.value,
        User.created_at < since,
        ~reviewed,
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(User).where(*which)) or 0
    return list(
        db.session.scalars(sa.select(User.email).where(*which).order_by(User.email).limit(limit))
    ), total

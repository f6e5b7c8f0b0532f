"""Tables of a referral. Status and dates stand on the row; events, beside them, are append-only history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, DATEMULTIRANGE, JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.agencies.models import Agency, Service
from portal.db import Model
from portal.people.models import Person
from portal.promises.models import Agreement

Moment = sa.DateTime(timezone=True)
# What the tabs of the lists hold; each has an index in clock order, for agencies and for areas.
TABS = {
    "open": "status NOT IN ('draft', 'closed', 'withdrawn')",
    "undecided": "status IN ('sent', 'acknowledged', 'information_requested')",
    "accepted": "status IN ('accepted', 'in_service')",
    "ended": "status IN ('closed', 'withdrawn')",
}
# What the tabs are counted by.
COUNTED: tuple[tuple[str, list[str], list[str], Any], ...] = (
    ("status", ["status", "sent_at", "id"], [], None),
    ("late", ["late_from"], ["sent_at"], sa.text("late_from IS NOT NULL")),
)


def _london(column: str) -> Any:
    return sa.Computed(f"({column} AT TIME ZONE 'Europe/London')::date", persisted=True)


class Referral(Model):
    """One person, one service, one main need. No names and no words: analysts' figures count these rows."""

    __tablename__ = "referral"
    __table_args__ = (
        sa.Index("uq_referral_reference", "reference", unique=True),
        sa.Index(
            "uq_referral_live",
            "person_id",
            "service_id",
            "need_code",
            unique=True,
            postgresql_where=sa.text("status NOT IN ('closed', 'withdrawn')"),
        ),
        *(
            sa.Index(
                f"ix_referral_{side}_{tab}", f"{side}_id", "sent_at", "id", postgresql_where=sa.text(where)
            )
            for side in ("agency", "area")
            for tab, where in TABS.items()
        ),
        # With whatever the policies read beside it, so that a count reads the index alone.
        *(
            sa.Index(
                f"ix_referral_{side}_{name}",
                f"{side}_id",
                *columns,
                postgresql_include=[other, "service_id", "restricted", "person_id", *more],
                postgresql_where=where,
            )
            for side, other in (("agency", "area_id"), ("area", "agency_id"))
            for name, columns, more, where in COUNTED
        ),
        *(
            sa.Index(
                f"ix_referral_{side}_promised",
                f"{side}_id",
                "sent_at",
                "id",
                postgresql_where=sa.text("late_from IS NOT NULL"),
            )
            for side in ("agency", "area")
        ),
        sa.Index("ix_referral_referrer_id", "referrer_id", "status", "sent_at", "id"),
        sa.Index("ix_referral_service_id", "service_id", "area_id", "sent_on"),
        sa.Index("ix_referral_worker_id", "worker_id", "status", "sent_at", "id"),
        sa.Index("ix_referral_draft", "touched_at", "id", postgresql_where=sa.text("status = 'draft'")),
        sa.Index(
            "ix_referral_died",
            "person_id",
            postgresql_where=sa.text("withdrawal_reason = 'died' OR close_reason = 'died'"),
        ),
        sa.ForeignKeyConstraint(["decline_kind", "decline_reason"], ["reason.kind", "reason.code"]),
        sa.ForeignKeyConstraint(["withdrawal_kind", "withdrawal_reason"], ["reason.kind", "reason.code"]),
        sa.ForeignKeyConstraint(["close_kind", "close_reason"], ["reason.kind", "reason.code"]),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    reference: Mapped[str]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    service_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service.id"))
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    need_code: Mapped[str] = mapped_column(sa.ForeignKey("need.code"))
    further_needs: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    local_authority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    cohort: Mapped[str | None]
    restricted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    status: Mapped[str] = mapped_column(default="draft", server_default="draft")
    status_since: Mapped[datetime | None] = mapped_column(Moment)
    paused_from: Mapped[str | None]
    ended_from: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    referrer_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    worker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    available_from: Mapped[date | None]
    needed_by: Mapped[date | None]
    expected_on: Mapped[date | None]
    waiting_position: Mapped[int | None]
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"))
    promise_acknowledge: Mapped[int | None]
    promise_decide: Mapped[int | None]
    promise_offer: Mapped[int | None]
    rests: Mapped[list[Range[date]]] = mapped_column(DATEMULTIRANGE, default=list, server_default="{}")
    rest_count: Mapped[int] = mapped_column(default=0, server_default="0")
    late_from: Mapped[date | None]
    late_acknowledge: Mapped[date | None]
    late_decide: Mapped[date | None]
    late_offer: Mapped[date | None]
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    decision: Mapped[str | None]
    decline_kind: Mapped[str] = mapped_column(default="decline", server_default="decline")
    decline_reason: Mapped[str | None]
    withdrawal_kind: Mapped[str] = mapped_column(default="withdrawal", server_default="withdrawal")
    withdrawal_reason: Mapped[str | None]
    close_kind: Mapped[str] = mapped_column(default="close", server_default="close")
    close_reason: Mapped[str | None]
    outcome: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    touched_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    warned_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    responded_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decline_final_at: Mapped[datetime | None] = mapped_column(Moment)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    first_offer_at: Mapped[datetime | None] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_on: Mapped[date | None] = mapped_column(_london("sent_at"), index=True)
    decided_on: Mapped[date | None] = mapped_column(_london("decided_at"))
    withdrawn_on: Mapped[date | None] = mapped_column(_london("withdrawn_at"))
    responded_on: Mapped[date | None] = mapped_column(
        _london("LEAST(responded_at, acknowledged_at, decided_at)")
    )
    declined_on: Mapped[date | None] = mapped_column(_london("decline_final_at"))
    accepted_on: Mapped[date | None] = mapped_column(_london("accepted_at"))
    offered_on: Mapped[date | None] = mapped_column(_london("LEAST(first_offer_at, started_at)"))
    started_on: Mapped[date | None] = mapped_column(_london("started_at"))
    closed_on: Mapped[date | None] = mapped_column(_london("closed_at"))

    person: Mapped[Person] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    service: Mapped[Service | None] = relationship()
    agency: Mapped[Agency | None] = relationship()
    referrer: Mapped[User] = relationship(foreign_keys=referrer_id)
    worker: Mapped[User | None] = relationship(foreign_keys=worker_id)
    detail: Mapped[ReferralDetail] = relationship(back_populates="referral", uselist=False)

    __mapper_args__ = {"version_id_col": version}


class ReferralDetail(Model):
    """What IOM wrote. Agencies never read this table: they read the release."""

    __tablename__ = "referral_detail"

    referral_id: Mapped[int] = mapped_column(
        sa.ForeignKey("referral.id", ondelete="CASCADE"), primary_key=True
    )
    asked: Mapped[str] = mapped_column(default="", server_default="")
    priority_reasons: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    priority_words: Mapped[str] = mapped_column(default="", server_default="")
    contact: Mapped[str] = mapped_column(default="", server_default="")
    unavailable: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="", server_default="")
    access_needs: Mapped[str] = mapped_column(default="", server_default="")
    visit_alone: Mapped[str | None]
    risk_words: Mapped[str] = mapped_column(default="", server_default="")
    sections: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    basis: Mapped[str | None]
    person_agrees: Mapped[str | None]
    agrees_words: Mapped[str] = mapped_column(default="", server_default="")
    done: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")

    referral: Mapped[Referral] = relationship(back_populates="detail")


class Release(Model):
    """A snapshot of what the agency may read; names close to it at `closes_at`."""

    __tablename__ = "release"
    __table_args__ = (
        sa.Index("uq_release_referral_id_number", "referral_id", "number", unique=True),
        sa.Index("uq_release_current", "referral_id", unique=True, postgresql_where=sa.text("current")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"))
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    number: Mapped[int]
    current: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    initials: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    released_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    closes_at: Mapped[datetime | None] = mapped_column(Moment)


class Event(Model):
    """Something that happened to a referral; `data` holds codes, `words` what was said with it."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_referral_id", "referral_id", "id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"))
    area_id: Mapped[int]
    kind: Mapped[str]
    to_status: Mapped[str | None]
    side: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    happened_at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    words: Mapped[str] = mapped_column(default="", server_default="")

    by: Mapped[User | None] = relationship()


class Message(Model):
    """Words between the referrer and the agency; `token` makes a second sending impossible."""

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("uq_message_token", "token", unique=True),
        sa.Index("ix_message_referral_id", "referral_id", "id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id", ondelete="CASCADE"))
    side: Mapped[str]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(Moment, server_default=sa.func.now())
    words: Mapped[str]
    token: Mapped[str]

    by: Mapped[User] = relationship()


class MessageMark(Model):
    """The last message of a referral that a user has had on a page."""

    __tablename__ = "message_mark"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    referral_id: Mapped[int] = mapped_column(
        sa.ForeignKey("referral.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[int] = mapped_column(sa.BigInteger)

"""A referral of the demonstration before it becomes rows: fields are called as the tables' columns are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portal.demo.directory import Offer
from portal.demo.promises import Promise
from portal.demo.staff import Member


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, as the snapshot for the agency describes them."""

    id: int
    name: str
    preferred_name: str
    initials: str
    date_of_birth: date
    sex: str
    language: str
    no_fixed_address: bool
    y2a: bool
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """What IOM wrote."""

    asked: str
    priority_reasons: list[str]
    priority_words: str
    contact: str
    unavailable: str
    language: str
    access_needs: str
    visit_alone: str
    risk_words: str
    sections: list[str]
    basis: str
    person_agrees: str
    agrees_words: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What IOM asks beside its words, and when the agency expects to begin."""

    further_needs: list[str]
    available_from: date | None
    needed_by: date | None
    expected_on: date | None


class Moments(NamedTuple):
    """As COPY takes them; None for what has not happened. The middle ones are those of `courses.MOMENTS`."""

    created_at: str
    sent_at: str
    acknowledged_at: str | None
    asked_at: str | None
    answered_at: str | None
    paused_at: str | None
    resumed_at: str | None
    decided_at: str | None
    challenged_at: str | None
    reversed_at: str | None
    started_at: str | None
    slipped_at: str | None
    reopened_at: str | None
    ended_at: str | None
    names_close_at: str | None


@dataclass(frozen=True, slots=True)
class Answers:
    """How it is decided and how it ends, where it is and does. `decision` is the acceptance, at once or on review;
    `declined` if the first decision was. `ending` is an action, `reason` the end's, `pause` why it pauses."""

    decision: str
    declined: bool
    decline_reason: str
    ending: str
    reason: str
    outcome: str | None
    pause: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message."""

    at: str
    side: str
    words: str


class Visit(NamedTuple):
    """An appointment; `state` is offered as long as `settled_at` has not come."""

    offered_at: str
    at: str
    settled_at: str | None
    state: str


class Press(NamedTuple):
    """A chase, a request for quicker access or an escalation, and what came of it."""

    at: str
    answered_at: str | None
    kind: str
    level: str
    channel: str
    changed: str


class Work(NamedTuple):
    """Who does the agency's work: given to `worker_id` before the decision or not, handed to `next_id` or not; and the
    place on the waiting list that the agency names at `listed_at`."""

    worker_id: int
    next_id: int
    given_at: str | None
    handed_at: str | None
    listed_at: str | None
    position: int
    expected_on: date | None

    def worker_on(self, at: str) -> int:
        return self.next_id if self.handed_at and at > self.handed_at else self.worker_id


@dataclass(frozen=True, slots=True)
class Case:
    """`manager_id` is IOM's, `agency_manager_id` the agency's; `late_from` as on the referral."""

    id: int
    reference: str
    person: Subject
    offer: Offer
    area_id: int
    local_authority_id: int
    cohort: str
    restricted: bool
    referrer: Member
    manager_id: int
    agency_manager_id: int
    promise: Promise | None
    detail: Detail
    terms: Terms
    moments: Moments
    answers: Answers
    notes: list[Note]
    work: Work
    visits: list[Visit]
    presses: list[Press]

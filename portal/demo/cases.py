"""A referral of the demonstration before it becomes rows: fields are called as the tables' columns are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.demo.directory import Offer
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


@dataclass(frozen=True, slots=True)
class Moments:
    """As COPY takes them; None for what has not happened."""

    created_at: str | None
    sent_at: str | None
    acknowledged_at: str | None
    decided_at: str | None
    started_at: str | None
    ended_at: str | None
    names_close_at: str | None


@dataclass(frozen=True, slots=True)
class Answers:
    """How it is decided and how it ends, where it is and does. `ending` is an action, `reason` the end's."""

    decision: str
    decline_reason: str
    ending: str
    reason: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A message."""

    at: str
    side: str
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    id: int
    reference: str
    person: Subject
    offer: Offer
    area_id: int
    local_authority_id: int
    cohort: str
    restricted: bool
    referrer: Member
    worker_id: int
    manager_id: int
    detail: Detail
    terms: Terms
    moments: Moments
    answers: Answers
    notes: list[Note]

"""Chases, requests for quicker access and escalations, as arrays; most where an agency is slow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from portal.demo.courses import Courses, Flags
from portal.demo.hours import DAY, NEVER, Seconds

ROUNDS = 3
CHASE, ESCALATION, ADVOCACY = range(ROUNDS)
KINDS = ("chase", "escalation", "advocacy")
LEVELS = ("worker", "manager", "managers")
CHANNELS = ("portal", "phone", "meeting")
CHANGES = ("nothing", "answered", "decided", "priority", "sooner", "offered", "reversed", "other")
# How often each of CHANGES comes of a round that is answered.
ODDS = (
    (0.3, 0.65, 0, 0, 0, 0, 0, 0.05),
    (0.25, 0.6, 0, 0, 0, 0, 0, 0.15),
    (0.4, 0.1, 0, 0.2, 0.25, 0.05, 0, 0),
)


@dataclass(frozen=True)
class Presses:
    """By round (a chase, then an escalation; a request for quicker access) and referral: when, when it is answered,
    and indexes of LEVELS, CHANNELS and CHANGES. `at` is NEVER where there is none."""

    at: Seconds
    answered: Seconds
    level: Seconds
    channel: Seconds
    changed: Seconds


def draw_presses(rng: np.random.Generator, courses: Courses, promised: Seconds) -> Presses:
    """`promised`: the days in which the agency has agreed to decide, or what IOM has patience for."""
    n = len(courses.sent)
    due = courses.sent + (promised + 1) * DAY
    undecided = np.minimum(courses.decided, courses.ended)
    wanted = rng.random((ROUNDS, n)) < [[0.3], [0.5], [0.06]]
    chased = _within(due + _days(rng, 0.1, 3, n), undecided, wanted[CHASE])
    escalated = _within(chased + _days(rng, 2, 6, n), undecided, wanted[ESCALATION])
    begun = np.minimum(courses.started, courses.ended)
    waiting = (courses.taken < NEVER) & ~courses.priority & wanted[ADVOCACY]
    advocated = _within(courses.taken + _days(rng, 1, 5, n), begun, waiting)
    at = np.stack([chased, escalated, advocated])
    answered = at + _days(rng, 0.1, 4, (ROUNDS, n))
    answered = np.where(rng.random((ROUNDS, n)) < 0.65, answered, NEVER)
    answered = np.where(answered < np.stack([undecided, undecided, begun]), answered, NEVER)
    # IOM does not escalate while an answer is on its way.
    asked_twice = (answered[CHASE] < NEVER) & (answered[CHASE] >= at[ESCALATION])
    at[ESCALATION] = np.where(asked_twice, NEVER, at[ESCALATION])
    changed = np.stack([rng.choice(len(CHANGES), n, p=odds) for odds in ODDS])
    # What is decided within a day of the answer was decided because of it.
    at_once = courses.decided - answered[:ADVOCACY] < DAY
    changed[:ADVOCACY] = np.where(at_once, CHANGES.index("decided"), changed[:ADVOCACY])
    return Presses(
        at,
        np.where(at < NEVER, answered, NEVER),
        np.stack([np.zeros(n, np.int64), rng.choice((1, 2), n, p=(0.75, 0.25)), rng.choice((0, 1), n)]),
        rng.choice(len(CHANNELS), (ROUNDS, n), p=(0.6, 0.3, 0.1)),
        changed,
    )


def _within(at: Seconds, until: Seconds, wanted: Flags) -> Seconds:
    return np.where(wanted & (at < until), at, NEVER)


def _days(rng: np.random.Generator, fewest: float, most: float, size: int | tuple[int, int]) -> Seconds:
    return (DAY * rng.uniform(fewest, most, size)).astype(np.int64)

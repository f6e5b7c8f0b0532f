"""How agencies decide and referrals end: coded reasons with the words that go with them."""

from __future__ import annotations

import numpy as np

from portal.demo import odds
from portal.demo.cases import Answers
from portal.demo.courses import Courses
from portal.demo.directory import Offer
from portal.demo.hours import NEVER
from portal.demo.odds import pick
from portal.referrals.review_actions import CLOSE_REASONS


def draw_answers(rng: np.random.Generator, courses: Courses, offers: list[Offer]) -> list[Answers]:
    """One for each; those of a decision or an end that has not come are not used."""
    count = len(offers)
    declines = {need: pick(rng, table, count) for need, table in odds.DECLINES.items()}
    reasons, pauses = _draw_reasons(rng, courses), pick(rng, odds.PAUSES, count)
    good, poor = pick(rng, odds.OUTCOMES, count), pick(rng, odds.POOR_OUTCOMES, count)
    endings = _endings(courses)
    found = []
    for number, (offer, accepted, priority, ending) in enumerate(
        zip(offers, courses.accepted.tolist(), courses.priority.tolist(), endings, strict=True)
    ):
        need = offer.plan.need if offer.plan.need in declines else ""
        reason = CLOSE_REASONS.get(ending, reasons[number])
        outcome = good[number] if reason == "completed" else poor[number]
        found.append(
            Answers(
                decision="accepted_priority" if priority else "accepted_standard",
                declined=not accepted,
                decline_reason=declines[need][number],
                ending=ending,
                reason=reason,
                outcome=outcome if ending == "close" else None,
                pause=pauses[number],
            )
        )
    return found


def _endings(courses: Courses) -> list[str]:
    """The actions by which they end."""
    challenged, taken = courses.challenged < NEVER, courses.taken < NEVER
    final = np.where(courses.lapsed, "lapse_decline", np.where(challenged, "uphold", "agree_decline"))
    ending: list[str] = np.where(courses.withdrawn, "withdraw", np.where(taken, "close", final)).tolist()
    return ending


def _draw_reasons(rng: np.random.Generator, courses: Courses) -> list[str]:
    """Why IOM withdraws or the agency closes: it depends on how far the referral has come."""
    count = len(courses.sent)
    tables = (odds.UNANSWERED, odds.WITHDRAWN, odds.NEVER_STARTED, odds.CLOSED)
    drawn = [pick(rng, table, count) for table in tables]
    answered, begun = courses.decided < NEVER, courses.started < NEVER
    which = np.where(courses.withdrawn, np.where(answered, 1, 0), np.where(begun, 3, 2)).tolist()
    return [drawn[table][number] for number, table in enumerate(which)]

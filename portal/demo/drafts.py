"""Referrals that the first account has begun and not sent."""

from __future__ import annotations

import numpy as np

from portal.demo.drawing import World, reference
from portal.demo.hours import written
from portal.demo.loading import copy_rows
from portal.demo.people import SHOWN, Ints
from portal.demo.words import ASKED
from portal.people.models import COHORTS

# For each: the agency whose first service it is for, and which tasks are done.
DRAFTS = ((0, ["service"]), (2, ["service", "request"]))
MOST = len(DRAFTS)
REFERRAL = (
    "id reference person_id service_id agency_id need_code area_id local_authority_id cohort referrer_id demo created_at"
    " touched_at"
)


def write_drafts(world: World, first_id: int, references: Ints) -> None:
    """One for each of `references`, of the last of the account's own people."""
    last_hour = written(world.hours.moments(np.array([world.hours.end - 3600])))[0]
    drafts = list(enumerate(zip(references.tolist(), DRAFTS, strict=False)))
    copy_rows(
        "referral",
        REFERRAL,
        (
            (
                first_id + number,
                reference(made_of),
                *_subject(world, SHOWN - 1 - number, agency),
                True,
                last_hour,
                last_hour,
            )
            for number, (made_of, (agency, _done)) in drafts
        ),
    )
    words = ASKED["substance_misuse"][0][0]
    copy_rows(
        "referral_detail",
        "referral_id asked priority_reasons done",
        (
            (first_id + number, words if asked else "", ["engaged_now"] if asked else [], done)
            for number, (_made_of, (_agency, done)) in drafts
            for asked in ["request" in done]
        ),
    )


def _subject(world: World, person: int, agency: int) -> tuple[object, ...]:
    """Who is to be referred, where to, and by whom."""
    people, offer = world.people, world.offers[world.first_offer(agency)]
    return (
        people.first_id + person,
        offer.id,
        offer.agency_id,
        offer.plan.need,
        world.forces[people.force[person]].id,
        world.local_authorities[people.local_authority[person]].id,
        COHORTS[people.cohort[person]],
        int(people.police_om[person]),
    )

"""Writing the fictional agencies and services, and who may be referred to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portal.agencies.models import Area
from portal.demo.agencies import AgencyPlan, ServicePlan
from portal.demo.loading import copy_rows, first_free_id
from portal.demo.words import TRAVEL

DELIVERY = (["in_person", "outreach"], ["in_person", "hub"], ["in_person", "telephone", "video"])


@dataclass(frozen=True)
class Offer:
    """A service to which people are referred. `agency` counts the demonstration's agencies from 0."""

    id: int
    agency: int
    agency_id: int
    area: Area
    plan: ServicePlan
    profile: int
    weight: float

    def covers(self, local_authority: Area) -> bool:
        within = {local_authority.id, local_authority.police_force_id}
        return self.area.kind == "country" or self.area.id in within


def add_agencies(plans: list[AgencyPlan], areas: Mapping[str, Area]) -> list[Offer]:
    """Write agencies with their services; `areas` by code. Gives back the services."""
    agency_id, service_id = first_free_id("agency"), first_free_id("service")
    pairs = [(number, plan, service) for number, plan in enumerate(plans) for service in plan.services]
    offers = [
        Offer(
            service_id + count,
            number,
            agency_id + number,
            areas[service.area],
            service,
            plan.profile,
            plan.weight,
        )
        for count, (number, plan, service) in enumerate(pairs)
    ]
    described = (
        "A fictional agency: for demonstrations only. Asiantaeth ddychmygol: ar gyfer arddangos yn unig."
    )
    copy_rows(
        "agency",
        "id name name_cy description demo",
        ((agency_id + number, plan.name, plan.name_cy, described, True) for number, plan in enumerate(plans)),
    )
    copy_rows(
        "service",
        "id agency_id name name_cy description eligibility places minimum_age maximum_age accepts_male delivery"
        " welsh_offer intake_email telephone travel",
        (_service_row(offer) for offer in offers),
    )
    copy_rows("service_need", "service_id need_code", ((offer.id, offer.plan.need) for offer in offers))
    copy_rows("service_area", "service_id area_id", ((offer.id, offer.area.id) for offer in offers))
    return offers


def delivery_of(offer: Offer) -> list[str]:
    return DELIVERY[offer.id % len(DELIVERY)]


def _service_row(offer: Offer) -> tuple[object, ...]:
    plan = offer.plan
    who = "Women" if plan.women_only else "Anyone"
    age = (
        f"aged {plan.minimum_age} to {plan.maximum_age}"
        if plan.maximum_age
        else f"aged {plan.minimum_age} and over"
    )
    return (
        offer.id,
        offer.agency_id,
        plan.name,
        plan.name_cy,
        "A fictional service: for demonstrations only. Gwasanaeth dychmygol: ar gyfer arddangos yn unig.",
        f"{who} {age} on IOM",
        "Example House, 1 Sample Street",
        plan.minimum_age,
        plan.maximum_age,
        not plan.women_only,
        delivery_of(offer),
        offer.id % 2 == 0,
        # Without an intake mailbox the agency's staff are told: those of A are.
        f"intake.{offer.id}@demo.example" if offer.agency % 2 else None,
        f"01632 960{offer.id % 1000:03}",
        TRAVEL["outreach" in delivery_of(offer)] if offer.id % 4 else "",
    )


def choose_services(
    rng: np.random.Generator,
    offers: Sequence[Offer],
    covered: NDArray[np.bool_],
    female: NDArray[np.bool_],
    age: NDArray[np.int64],
    most: int,
) -> NDArray[np.int64]:
    """For each person `most` different services that fit, as indexes of `offers`, the likeliest first.

    `covered[person, offer]`: does the service cover where they live? `age` in whole years at the end of the
    history, which began a year and a half before: whoever is old enough then was 18 all along.
    Drawn without replacement by weight (Gumbel keys: Yellott, J. Math. Psychol. 15, 1977).
    """
    women_only = np.array([offer.plan.women_only for offer in offers])
    oldest = np.array([offer.plan.maximum_age or 200 for offer in offers])
    weight = np.array([offer.weight for offer in offers])
    fits = covered & (female[:, None] | ~women_only) & (age[:, None] <= oldest)
    keys = np.where(fits, rng.gumbel(size=fits.shape) + np.log(weight), -np.inf)
    return np.argsort(-keys, axis=1, kind="stable")[:, :most]

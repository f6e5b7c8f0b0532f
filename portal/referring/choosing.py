"""Which services an officer may choose from for a draft: those that fit, those already asked, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import get_template_attribute
from flask_babel import ngettext
from markupsafe import Markup

from portal.agencies.eligibility import PersonFacts
from portal.agencies.lookup import list_areas
from portal.agencies.queries import ServiceRow, services_for
from portal.agencies.wording import DELIVERY_NAMES, area_label, whom
from portal.fields import Option
from portal.referrals.models import Referral
from portal.referring import queries
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.filters import Filter, period
from portal.turnaround.result import figures
from portal.turnaround.small_numbers import says_median

MOST_AREAS = 3


@dataclass(frozen=True)
class Offer:
    """One service in words. `untold`: nobody there would hear of a referral from the portal. `half_by`: the working day
    by which half of its referrals had an answer, None where too few were sent to say."""

    id: int
    name: str
    agency: str
    areas: str
    delivery: str
    whom: str
    welsh: bool
    untold: bool = False
    half_by: int | None = None
    reference: str = ""
    against: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Offers:
    """`live`: there is a live referral for this need, named by `reference`. `others` cover the person's area but do not
    fit; `elsewhere` is how many do not even cover it."""

    fitting: list[Offer]
    live: list[Offer]
    others: list[Offer]
    elsewhere: int


def list_offers(draft: Referral, facts: PersonFacts) -> Offers:
    fitting, others = services_for(facts)
    live = queries.list_live(draft.person_id, draft.need_code, besides=draft.id)
    untold = queries.list_untold([row.id for row in fitting], draft.person.area_id)
    names = {area.id: area_label(area) for area in list_areas(closed=True)}
    half_by = _half_answered_by(draft.need_code, facts.today)
    nearer = [(row, why) for row, why in others if all(one.code != "area" for one in why)]
    return Offers(
        fitting=[
            _offer(row, names, untold=row.id in untold, half_by=half_by.get(row.id))
            for row in fitting
            if row.id not in live
        ],
        live=[_offer(row, names, reference=live[row.id]) for row in fitting if row.id in live],
        others=[_offer(row, names, against=[str(one.words) for one in why]) for row, why in nearer],
        elsewhere=len(others) - len(nearer),
    )


def _half_answered_by(need_code: str, today: date) -> dict[int, int]:
    """Service id to day, of the referrals for this need which the user may see: a statement, and one for names."""
    asked = Filter(*period(today), by="service", need=need_code)
    (rows,) = figures(asked, BY_CODE["M1"])
    return {
        int(row.key): row.median.value
        for row in rows
        if row.median.value is not None and says_median(row.n, row.median)
    }


def options(offers: Offers) -> list[Option]:
    """The radios of the services that fit, each with what an officer decides by."""
    hint = get_template_attribute("referring/_offer.html", "offer_hint")
    return [Option(offer.id, offer.name, hint=hint(offer)) for offer in offers.fitting]


def drawn_rows(rows: list[tuple[str, str]]) -> Markup:
    """(label, value) pairs as they stand beneath the choice that shares them."""
    drawn: Markup = get_template_attribute("referring/_offer.html", "shown_rows")(rows)
    return drawn


def _offer(
    row: ServiceRow,
    names: dict[int, str],
    *,
    untold: bool = False,
    half_by: int | None = None,
    reference: str = "",
    against: list[str] | None = None,
) -> Offer:
    return Offer(
        id=row.id,
        name=row.name,
        agency=row.agency_name,
        areas=_areas([names[area_id] for area_id in row.area_ids if area_id in names]),
        delivery="; ".join(str(DELIVERY_NAMES[mode]) for mode in row.delivery),
        whom=whom(row),
        welsh=row.welsh_offer,
        untold=untold,
        half_by=half_by,
        reference=reference,
        against=against or [],
    )


def _areas(names: list[str]) -> str:
    """Those covered, the first few by name."""
    shown, more = ", ".join(sorted(names)[:MOST_AREAS]), len(names) - MOST_AREAS
    if more <= 0:
        return shown
    return str(ngettext("%(areas)s and %(num)d more", "%(areas)s and %(num)d more", more, areas=shown))

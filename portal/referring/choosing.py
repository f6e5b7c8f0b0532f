"""Which services an officer may choose from for a draft: those that fit, those already asked, and why not the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import get_template_attribute
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from portal.agencies import hub_listing
from portal.agencies.eligibility import PersonFacts
from portal.agencies.hub_models import HubSession
from portal.agencies.hub_queries import list_sessions_of
from portal.agencies.lookup import list_areas
from portal.agencies.models import Area
from portal.agencies.queries import ServiceRow, services_for
from portal.agencies.wording import DELIVERY_NAMES, area_label, whom
from portal.fields import Heading, Option
from portal.fields.choices import Choice
from portal.i18n import language
from portal.promises import wording as promise_wording
from portal.promises.models import Agreement, UsualWait
from portal.promises.queries import list_in_force, list_usual
from portal.referrals.models import Referral
from portal.referring import queries
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.filters import Filter, period
from portal.turnaround.groups import NO_SERVICE
from portal.turnaround.result import figures
from portal.turnaround.small_numbers import says_median

MOST_AREAS = 3


# Ways in which a service comes to a person who lives far from its office.
COMES = {"outreach", "telephone", "video"}


@dataclass(frozen=True)
class Offer:
    """One service in words. `untold`: nobody there would hear of a referral from the portal. `half_by`: the working day
    by which half of its referrals had an answer, None where too few were sent to say. `comes`: it comes to the person."""

    id: int
    name: str
    agency: str
    areas: str
    delivery: str
    whom: str
    welsh: bool
    travel: str = ""
    promise: str = ""
    usual: str = ""
    hub: str = ""
    untold: bool = False
    half_by: int | None = None
    comes: bool = False
    reference: str = ""
    against: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Offers:
    """`live`: there is a live referral for this need, named by `reference`. `others` cover the person's area but do not
    fit; `elsewhere` is how many do not even cover it. `rural`: the local authority for whose sake those that come to
    the person are first, empty where nothing was put first."""

    fitting: list[Offer]
    live: list[Offer]
    others: list[Offer]
    elsewhere: int
    rural: str = ""


@dataclass(frozen=True)
class Known:
    """What is read once for all services, each by the service's id."""

    names: dict[int, str]
    local: Area | None
    promises: dict[int, Agreement]
    usual: dict[int, UsualWait]
    sessions: dict[int, list[HubSession]]
    half_by: dict[int, int]
    untold: set[int]


def list_offers(draft: Referral, facts: PersonFacts) -> Offers:
    fitting, others = services_for(facts)
    live = queries.list_live(draft.person_id, draft.need_code, besides=draft.id)
    known = _read(draft, facts, [row for row in fitting if row.id not in live])
    nearer = [(row, why) for row, why in others if all(one.code != "area" for one in why)]
    offered = [_full_offer(row, known) for row in fitting if row.id not in live]
    comes = [offer for offer in offered if offer.comes]
    rural = known.local if known.local and known.local.rural and 0 < len(comes) < len(offered) else None
    return Offers(
        fitting=comes + [offer for offer in offered if not offer.comes] if rural else offered,
        live=[_offer(row, known.names, reference=live[row.id]) for row in fitting if row.id in live],
        others=[_offer(row, known.names, against=[str(one.words) for one in why]) for row, why in nearer],
        elsewhere=len(others) - len(nearer),
        rural=rural.name(language()) if rural else "",
    )


def _read(draft: Referral, facts: PersonFacts, rows: Sequence[ServiceRow]) -> Known:
    ids, area_id = [row.id for row in rows], draft.person.area_id
    areas = list_areas(closed=True)
    return Known(
        names={area.id: area_label(area) for area in areas},
        local=next((area for area in areas if area.id == draft.person.local_authority_id), None),
        promises=list_in_force(ids, [area_id], facts.today),
        usual=list_usual(ids, facts.today),
        sessions=list_sessions_of([(row.id, row.agency_id) for row in rows], facts.today, facts.area_ids),
        half_by=_half_answered_by(ids, draft.need_code, facts.today),
        untold=queries.list_untold(ids, area_id),
    )


def _full_offer(row: ServiceRow, known: Known) -> Offer:
    """A service that may be chosen, with all that an officer decides by."""
    promise, usual = known.promises.get(row.id), known.usual.get(row.id)
    sessions = [session for session in known.sessions[row.id] if hub_listing.upcoming(session, 1)]
    local = [session for session in sessions if known.local and session.area_id == known.local.id]
    return _offer(
        row,
        known.names,
        promise=promise_wording.promise(promise) if promise else "",
        usual=promise_wording.usual(usual) if usual else "",
        hub=hub_listing.next_words(local or sessions),
        untold=row.id in known.untold,
        half_by=known.half_by.get(row.id),
        comes=bool(local or COMES & set(row.delivery)),
    )


def _half_answered_by(ids: Sequence[int], need_code: str, today: date) -> dict[int, int]:
    """Service id to day, of the referrals for this need which the user may see: a statement, and one for names."""
    asked = Filter(*period(today), by="service", need=need_code)
    (rows,) = figures(asked, BY_CODE["M1"], services=ids)
    return {
        int(row.key): row.median.value
        for row in rows
        if row.key != NO_SERVICE and row.median.value is not None and says_median(row.n, row.median)
    }


def options(offers: Offers) -> list[Choice]:
    """The radios of the services that fit, each with what an officer decides by."""
    hint = get_template_attribute("referring/_offer.html", "offer_hint")
    drawn = [(offer.comes, Option(offer.id, offer.name, hint=hint(offer))) for offer in offers.fitting]
    if not offers.rural:
        return [option for _comes, option in drawn]
    return [
        Heading(_("Services that come to the person")),
        *(option for comes, option in drawn if comes),
        Heading(_("Other services")),
        *(option for comes, option in drawn if not comes),
    ]


def drawn_rows(rows: list[tuple[str, str]]) -> Markup:
    """(label, value) pairs as they stand beneath the choice that shares them."""
    drawn: Markup = get_template_attribute("referring/_offer.html", "shown_rows")(rows)
    return drawn


def _offer(row: ServiceRow, names: dict[int, str], **more: Any) -> Offer:
    return Offer(
        id=row.id,
        name=row.name,
        agency=row.agency_name,
        areas=_areas([names[area_id] for area_id in row.area_ids if area_id in names]),
        delivery="; ".join(str(DELIVERY_NAMES[mode]) for mode in row.delivery),
        whom=whom(row),
        welsh=row.welsh_offer,
        travel=row.travel,
        **more,
    )


def _areas(names: list[str]) -> str:
    """Those covered, the first few by name."""
    shown, more = ", ".join(sorted(names)[:MOST_AREAS]), len(names) - MOST_AREAS
    if more <= 0:
        return shown
    return str(ngettext("%(areas)s and %(num)d more", "%(areas)s and %(num)d more", more, areas=shown))

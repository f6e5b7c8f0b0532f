"""The directory as it is read: the list with its filters, one service, and which services fit a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.agencies.codes import NEEDS
from portal.agencies.eligibility import Misfit, PersonFacts, areas_touching, misfits
from portal.agencies.lookup import alphabetical, list_areas
from portal.agencies.models import Agency, Area, Service, ServiceArea, ServiceNeed
from portal.db import db
from portal.i18n import LONDON, language

PAGE_SIZE = 25
ACCENTED = "âêîôûŵŷáéíóúẃýàèìòùẁỳäëïöüẅÿ" + "ÂÊÎÔÛŴŶÁÉÍÓÚẂÝÀÈÌÒÙẀỲÄËÏÖÜẄŸ"
PLAIN = "aeiouwy" * 8


@dataclass(frozen=True)
class ServiceFilter:
    """None or empty: not filtered by. `area_id` finds what covers any part of the area; words may stand anywhere."""

    need: str | None = None
    area_id: int | None = None
    agency_id: int | None = None
    sex: str | None = None
    age: int | None = None
    text: str = ""
    closed_too: bool = False


@dataclass(slots=True)
class ServiceRow:
    """One service as lists show it, names in the reader's language. `open_now`: the agency's state counts too."""

    id: int
    name: str
    agency_id: int
    agency_name: str
    need_codes: list[str]
    area_ids: list[int]
    minimum_age: int | None
    maximum_age: int | None
    accepts_female: bool
    accepts_male: bool
    delivery: list[str]
    travel: str
    welsh_offer: bool
    opens_on: date | None
    closes_on: date | None
    active: bool
    agency_open: bool

    def is_open(self, today: date) -> bool:
        begun = self.opens_on is None or self.opens_on <= today
        return (
            self.active and self.agency_open and begun and (self.closes_on is None or today <= self.closes_on)
        )


def today() -> date:
    return datetime.now(LONDON).date()


def list_services(wanted: ServiceFilter, page: int = 1) -> tuple[list[ServiceRow], int]:
    """One page, by name, and how many there are in all. Three statements, whatever there is."""
    conditions = _conditions(wanted)
    counting = sa.select(sa.func.count()).select_from(Service).join(Agency).where(*conditions)
    total = db.session.scalar(counting) or 0
    query = (
        _rows(today()).where(*conditions).order_by(_folded(_named(Service.name, Service.name_cy)), Service.id)
    )
    return _read(query.limit(PAGE_SIZE).offset(PAGE_SIZE * (page - 1))), total


def services_for(facts: PersonFacts) -> tuple[list[ServiceRow], list[tuple[ServiceRow, list[Misfit]]]]:
    """Services that fit, by name; and the others with what speaks against each, the nearest to fitting first."""
    judged = [(row, misfits(row, facts)) for row in _read(_rows(facts.today))]
    judged.sort(key=lambda pair: (len(pair[1]), alphabetical(pair[0].name), pair[0].id))
    return [row for row, against in judged if not against], [pair for pair in judged if pair[1]]


def get_service(service_id: int, *, lock: bool = False) -> Service | None:
    """With its agency, needs and areas; locked until the end of the transaction where it is to be changed."""
    related = joinedload(Service.agency), selectinload(Service.needs), selectinload(Service.areas)
    query = sa.select(Service).where(Service.id == service_id).options(*related)
    return db.session.scalar(query.with_for_update(of=Service) if lock else query)


def list_names_of_services(agency_id: int) -> list[tuple[int, str]]:
    """Id and name of every service of the agency, closed ones too."""
    query = sa.select(Service.id, _named(Service.name, Service.name_cy)).where(Service.agency_id == agency_id)
    pairs = [(row[0], str(row[1])) for row in db.session.execute(query)]
    return sorted(pairs, key=lambda pair: alphabetical(pair[1]))


def count_open_services() -> dict[int, int]:
    """How many services of each agency take referrals today, by the agency's id."""
    query = (
        sa.select(Service.agency_id, sa.func.count())
        .join(Agency)
        .where(_open_on(today()))
        .group_by(Service.agency_id)
    )
    return {agency_id: number for agency_id, number in db.session.execute(query)}


def _open_on(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        Service.active,
        sa.or_(Service.opens_on.is_(None), Service.opens_on <= day),
        sa.or_(Service.closes_on.is_(None), Service.closes_on >= day),
        _agency_open_on(day),
    )


def _agency_open_on(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(sa.not_(Agency.historic), sa.or_(Agency.closed_on.is_(None), Agency.closed_on > day))


def _conditions(wanted: ServiceFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [] if wanted.closed_too else [_open_on(today())]
    if wanted.need:
        offered = sa.select(ServiceNeed).where(
            ServiceNeed.service_id == Service.id, ServiceNeed.need_code == wanted.need
        )
        conditions.append(offered.exists())
    if wanted.area_id:
        touching = areas_touching(wanted.area_id, list_areas(closed=True))
        covered = sa.select(ServiceArea).where(
            ServiceArea.service_id == Service.id, ServiceArea.area_id.in_(touching)
        )
        conditions.append(covered.exists())
    if wanted.agency_id:
        conditions.append(Service.agency_id == wanted.agency_id)
    if wanted.sex:
        conditions.append(
            (Service.accepts_female if wanted.sex == "female" else Service.accepts_male).is_(True)
        )
    if wanted.age is not None:
        conditions.append(sa.func.coalesce(Service.minimum_age, 0) <= wanted.age)
        conditions.append(sa.func.coalesce(Service.maximum_age, wanted.age) >= wanted.age)
    return conditions + [_contains(word) for word in wanted.text.split()]


def _contains(word: str) -> sa.ColumnElement[bool]:
    """The word, accents and case forgiven, somewhere in what the service says of itself."""
    parts: tuple[Any, ...] = (
        Service.name,
        Service.name_cy,
        Agency.name,
        Agency.name_cy,
        Service.description,
        Service.places,
    )
    said = _folded(sa.func.concat_ws(" ", *parts))
    return said.contains(word.lower().translate(str.maketrans(ACCENTED, PLAIN)), autoescape=True)


def _folded(text: Any) -> sa.ColumnElement[str]:
    return sa.func.translate(sa.func.lower(text), ACCENTED, PLAIN)


def _rows(day: date) -> sa.Select[Any]:
    needs = sa.select(sa.func.array_agg(ServiceNeed.need_code)).where(ServiceNeed.service_id == Service.id)
    areas = sa.select(sa.func.array_agg(ServiceArea.area_id)).where(ServiceArea.service_id == Service.id)
    return sa.select(
        Service.id,
        _named(Service.name, Service.name_cy).label("name"),
        Service.agency_id,
        _named(Agency.name, Agency.name_cy).label("agency_name"),
        needs.scalar_subquery().label("need_codes"),
        areas.scalar_subquery().label("area_ids"),
        Service.minimum_age,
        Service.maximum_age,
        Service.accepts_female,
        Service.accepts_male,
        Service.delivery,
        Service.travel,
        Service.welsh_offer,
        Service.opens_on,
        Service.closes_on,
        Service.active,
        _agency_open_on(day).label("agency_open"),
    ).join(Agency)


def _named(name: sa.orm.InstrumentedAttribute[str], name_cy: sa.orm.InstrumentedAttribute[str | None]) -> Any:
    return sa.func.coalesce(sa.func.nullif(name_cy, ""), name) if language() == "cy" else name


def _read(query: sa.Select[Any]) -> list[ServiceRow]:
    order = list(NEEDS)
    rows = []
    for row in db.session.execute(query).mappings():
        needs = sorted(row["need_codes"] or [], key=order.index)
        rows.append(ServiceRow(**{**row, "need_codes": needs, "area_ids": row["area_ids"] or []}))
    return rows


def get_agency(agency_id: int, *, lock: bool = False) -> Agency | None:
    return db.session.get(Agency, agency_id, with_for_update=lock)


def get_area(area_id: int, *, lock: bool = False) -> Area | None:
    return db.session.get(Area, area_id, with_for_update=lock)

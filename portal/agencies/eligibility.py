"""Does a service fit a person? Pure: what is known of the person goes in, what speaks against it comes out.

What is not known speaks against nothing: an officer knows better than the register whether to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

COUNTRY = "country"
LARGER = ("police_force_id", "health_board_id", "delivery_unit_id")


class AreaLike(Protocol):
    id: int
    kind: str
    police_force_id: int | None
    health_board_id: int | None
    delivery_unit_id: int | None


class Offer(Protocol):
    """What of a service decides whom it fits: a Service, or a row of a list."""

    minimum_age: int | None
    maximum_age: int | None
    accepts_female: bool
    accepts_male: bool

    @property
    def need_codes(self) -> Collection[str]: ...
    @property
    def area_ids(self) -> Collection[int]: ...
    def is_open(self, today: date) -> bool: ...


@dataclass(frozen=True)
class PersonFacts:
    """`area_ids`: every area that holds the person (see `areas_touching`); empty or None: not known."""

    area_ids: frozenset[int]
    sex: str | None
    age: int | None
    need: str | None
    today: date


@dataclass(frozen=True)
class Misfit:
    """One thing that speaks against a service. code: closed, need, area, sex or age."""

    code: str
    words: LazyString


def misfits(service: Offer, facts: PersonFacts) -> list[Misfit]:
    """What speaks against it, the weightiest first; empty where it fits."""
    found = []
    if not service.is_open(facts.today):
        found.append(Misfit("closed", _l("Closed to new referrals")))
    if facts.need and facts.need not in service.need_codes:
        found.append(Misfit("need", _l("Does not offer this need")))
    if facts.area_ids and facts.area_ids.isdisjoint(service.area_ids):
        found.append(Misfit("area", _l("Not in this area")))
    if facts.sex == "male" and not service.accepts_male:
        found.append(Misfit("sex", _l("For women only")))
    if facts.sex == "female" and not service.accepts_female:
        found.append(Misfit("sex", _l("For men only")))
    if facts.age is not None and not _takes_age(service, facts.age):
        found.append(Misfit("age", age_words(service.minimum_age, service.maximum_age)))
    return found


def _takes_age(service: Offer, age: int) -> bool:
    return (service.minimum_age is None or age >= service.minimum_age) and (
        service.maximum_age is None or age <= service.maximum_age
    )


def age_words(low: int | None, high: int | None) -> LazyString:
    if low is not None and high is not None:
        return _l("For people aged %(low)d to %(high)d", low=low, high=high)
    if low is not None:
        return _l("For people aged %(low)d and over", low=low)
    if high is not None:
        return _l("For people aged %(high)d and under", high=high)
    return _l("For people of any age")


def areas_touching(area_id: int, areas: Iterable[AreaLike]) -> frozenset[int]:
    """The area, what lies in it, what it lies in, and the country: whoever covers one of these covers some of it.

    `areas` is every area there is. An area of kind *other* touches nothing that we know of.
    """
    every = {area.id: area for area in areas}
    here = every.get(area_id)
    if here is None or here.kind == "other":
        return frozenset({area_id})
    in_country = frozenset(area.id for area in every.values() if area.kind != "other")
    if here.kind == COUNTRY:
        return in_country
    inside = [area for area in every.values() if area_id == area.id or area_id in _larger(area)]
    countries = {area.id for area in every.values() if area.kind == COUNTRY}
    return frozenset({area_id, *countries}.union(*({area.id} | _larger(area) for area in inside)))


def _larger(area: AreaLike) -> set[int]:
    return {getattr(area, name) for name in LARGER} - {None}

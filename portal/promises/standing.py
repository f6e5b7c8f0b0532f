"""How agreements stand on a day, each beside the others of its service. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum

from portal.promises.models import Agreement

SOON = timedelta(days=30)


class Standing(StrEnum):
    WAITING = "waiting"
    COMING = "coming"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    ENDED = "ended"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


LIVE = (Standing.IN_FORCE, Standing.COMING)


def standings(agreements: Iterable[Agreement], day: date) -> dict[int, Standing]:
    """Agreement id to how it stands. `agreements`: all signed ones of each service that is asked about.

    In force is, area by area, the signed one that began last, as `queries.get_in_force` finds it; one that is so in
    none of its areas has been replaced.
    """
    every = list(agreements)
    newest: dict[tuple[int, int], Agreement] = {}
    for agreement in sorted((one for one in every if holds(one, day)), key=_rank):
        newest.update({(agreement.service_id, area.id): agreement for area in agreement.areas})
    in_force = {agreement.id for agreement in newest.values()}
    return {agreement.id: _standing(agreement, day, agreement.id in in_force) for agreement in every}


def holds(agreement: Agreement, day: date) -> bool:
    lasts = agreement.to_on is None or day <= agreement.to_on
    return agreement.signed_at is not None and agreement.from_on <= day and lasts


def ends_soon(agreement: Agreement, others: Collection[Agreement], day: date) -> bool:
    """Within 30 days, and nothing signed or proposed is to follow it in some of its areas."""
    if agreement.to_on is None or not day <= agreement.to_on <= day + SOON:
        return False
    followed = {area.id for other in others if _follows(other, agreement) for area in other.areas}
    return not {area.id for area in agreement.areas} <= followed


def _follows(other: Agreement, agreement: Agreement) -> bool:
    dropped = other.refused_at or other.taken_back_at
    lasts = other.to_on is None or (agreement.to_on is not None and other.to_on > agreement.to_on)
    return other.service_id == agreement.service_id and not dropped and lasts


def _rank(agreement: Agreement) -> tuple[object, ...]:
    return agreement.from_on, agreement.signed_at, agreement.id


def _standing(agreement: Agreement, day: date, in_force: bool) -> Standing:
    if agreement.taken_back_at:
        return Standing.TAKEN_BACK
    if agreement.refused_at:
        return Standing.REFUSED
    if agreement.signed_at is None:
        return Standing.WAITING
    if agreement.to_on and agreement.to_on < day:
        return Standing.ENDED
    if agreement.from_on > day:
        return Standing.COMING
    return Standing.IN_FORCE if in_force else Standing.REPLACED

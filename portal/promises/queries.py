"""The promise register and usual waits as they are read. Whoever is signed in may read them: they name no client."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from portal.agencies.models import Service
from portal.db import Scope, current_scope, db
from portal.promises.models import Agreement, AgreementArea, UsualWait

PEOPLE = ("proposed_by", "signed_by", "refused_by", "taken_back_by", "ended_by")
WITH_PEOPLE = tuple(joinedload(getattr(Agreement, name)) for name in PEOPLE)
WITH_SERVICE = joinedload(Agreement.service).joinedload(Service.agency)


def get_in_force(service_id: int, area_id: int, day: date) -> Agreement | None:
    """Of the signed agreements that hold on that day, the one that began last."""
    return list_in_force([service_id], [area_id], day).get(service_id)


def list_in_force(service_ids: Collection[int], area_ids: Collection[int], day: date) -> dict[int, Agreement]:
    """Service id to the agreement in force there, in any of these areas: of those that hold, the one that began last."""
    here = sa.exists().where(
        AgreementArea.agreement_id == Agreement.id, AgreementArea.area_id.in_(list(area_ids))
    )
    found = db.session.scalars(
        sa.select(Agreement)
        .ext(distinct_on(Agreement.service_id))
        .where(Agreement.service_id.in_(list(service_ids)), here)
        .where(Agreement.signed_at.is_not(None), Agreement.from_on <= day)
        .where(Agreement.to_on.is_(None) | (Agreement.to_on >= day))
        .order_by(
            Agreement.service_id, Agreement.from_on.desc(), Agreement.signed_at.desc(), Agreement.id.desc()
        )
    )
    return {agreement.service_id: agreement for agreement in found}


def list_every_in_force(
    service_ids: Collection[int], area_ids: Collection[int] | None, day: date
) -> Sequence[Agreement]:
    """Those in force for any of these services in any of these areas, or in all; of a service and area the one that
    began last."""
    here = sa.true() if area_ids is None else AgreementArea.area_id.in_(list(area_ids))
    found = db.session.scalars(
        sa.select(Agreement)
        .join(AgreementArea, AgreementArea.agreement_id == Agreement.id)
        .ext(distinct_on(Agreement.service_id, AgreementArea.area_id))
        .where(Agreement.service_id.in_(list(service_ids)), here)
        .where(Agreement.signed_at.is_not(None), Agreement.from_on <= day)
        .where(Agreement.to_on.is_(None) | (Agreement.to_on >= day))
        .order_by(
            Agreement.service_id, AgreementArea.area_id, Agreement.from_on.desc(), Agreement.signed_at.desc(),
            Agreement.id.desc(),
        )
    )  # fmt: skip
    return list(dict.fromkeys(found))


def get_agreement(agreement_id: int, *, lock: bool = False) -> Agreement | None:
    """With its service, areas and whoever acted; locked until the end of the transaction where it is to be changed."""
    query = sa.select(Agreement).where(Agreement.id == agreement_id, _shown(current_scope()))
    if lock:
        query = query.with_for_update(of=Agreement).execution_options(populate_existing=True)
    return db.session.scalar(query.options(WITH_SERVICE, selectinload(Agreement.areas), *WITH_PEOPLE))


def list_of_service(service_id: int) -> Sequence[Agreement]:
    """Every agreement of a service, proposed and refused ones too, the newest first."""
    return db.session.scalars(
        sa.select(Agreement)
        .where(Agreement.service_id == service_id, _shown(current_scope()))
        .options(joinedload(Agreement.areas), *WITH_PEOPLE)
        .order_by(Agreement.from_on.desc(), Agreement.proposed_at.desc(), Agreement.id.desc())
    ).unique().all()  # fmt: skip


def _shown(scope: Scope) -> sa.ColumnElement[bool]:
    """Another agency sees what was signed: what is proposed and refused is between the two sides."""
    if scope.kind != "agency":
        return sa.true()
    return Agreement.signed_at.is_not(None) | Agreement.service.has(Service.agency_id == scope.agency_id)


def list_register(scope: Scope) -> Sequence[Agreement]:
    """Every agreement of the services of the viewer's agency, or of all for others, the newest first.

    All of a service's, so that `standings` sees what replaced what; `concerns` then says which the viewer works with.
    """
    query = sa.select(Agreement).join(Service, Service.id == Agreement.service_id)
    if scope.kind == "agency":
        query = query.where(Service.agency_id == scope.agency_id)
    query = query.options(WITH_SERVICE, joinedload(Agreement.areas))
    newest = query.order_by(Agreement.from_on.desc(), Agreement.proposed_at.desc(), Agreement.id.desc())
    return db.session.scalars(newest).unique().all()


def concerns(agreement: Agreement, scope: Scope) -> bool:
    """Is it for one of the services and some of the areas that the viewer works for?"""
    if scope.kind == "agency" and agreement.service.agency_id != scope.agency_id:
        return False
    every_service = scope.kind != "agency" or scope.service_ids is None
    service = every_service or agreement.service_id in (scope.service_ids or ())
    every_area = scope.kind not in ("iom", "agency") or scope.area_ids is None
    return service and (every_area or any(area.id in (scope.area_ids or ()) for area in agreement.areas))


def get_same_waiting(proposal: Agreement) -> Agreement | None:
    """A proposal that waits and asks for the same in the same areas: a form sent twice."""
    same = (
        "service_id",
        "proposed_by_id",
        "acknowledge_days",
        "decide_days",
        "offer_days",
        "from_on",
        "to_on",
    )
    query = (
        sa.select(Agreement)
        .where(*(getattr(Agreement, name).is_not_distinct_from(getattr(proposal, name)) for name in same))
        .where(
            Agreement.signed_at.is_(None), Agreement.refused_at.is_(None), Agreement.taken_back_at.is_(None)
        )
        .options(selectinload(Agreement.areas))
    )
    areas = {area.id for area in proposal.areas}
    return next((one for one in db.session.scalars(query) if {area.id for area in one.areas} == areas), None)


def get_usual(service_id: int, day: date) -> UsualWait | None:
    """What the service's ordinary clients wait, as it was last said by that day."""
    return list_usual([service_id], day).get(service_id)


def list_usual(service_ids: Collection[int], day: date) -> dict[int, UsualWait]:
    """Service id to the usual wait that holds on that day."""
    found = db.session.scalars(
        sa.select(UsualWait)
        .ext(distinct_on(UsualWait.service_id))
        .where(UsualWait.service_id.in_(list(service_ids)), UsualWait.as_of <= day)
        .order_by(UsualWait.service_id, UsualWait.as_of.desc(), UsualWait.id.desc())
    )
    return {wait.service_id: wait for wait in found}


def list_waits(service_id: int) -> Sequence[UsualWait]:
    """All that was ever said of a service's usual wait, the newest first."""
    return db.session.scalars(
        sa.select(UsualWait)
        .where(UsualWait.service_id == service_id)
        .options(joinedload(UsualWait.recorded_by))
        .order_by(UsualWait.as_of.desc(), UsualWait.id.desc())
    ).all()

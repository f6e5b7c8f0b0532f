"""Who may do what to an agreement: IOM managers for areas of their own, agency managers for services of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from flask_login import current_user

from portal.access import GRANTS, Permission, Role
from portal.agencies.eligibility import areas_touching
from portal.agencies.lookup import list_areas
from portal.agencies.models import Area, Service
from portal.agencies.queries import today
from portal.db import Scope, current_scope
from portal.promises.models import Agreement
from portal.promises.queries import concerns, list_register
from portal.promises.standing import LIVE, Standing, ends_soon, standings


class HasRole(Protocol):
    @property
    def role(self) -> str: ...


def list_proposable_areas(service: Service) -> list[Area]:
    """The viewer's areas that the service covers some of; none for who may not propose."""
    scope = current_scope()
    if not _holds(current_user, Permission.PROPOSE_AGREEMENTS):
        return []
    every, covered = list_areas(closed=True), set(service.area_ids)
    own = [area for area in every if area.id in (scope.area_ids or ())]
    return [area for area in own if covered & areas_touching(area.id, every)]


def may_sign(agreement: Agreement) -> bool:
    """Sign or refuse."""
    return _is_waiting(agreement) and _answers_for(agreement, current_user, current_scope())


def may_take_back(agreement: Agreement) -> bool:
    return _is_waiting(agreement) and _asks_for(agreement, current_user, current_scope())


def may_end(agreement: Agreement) -> bool:
    lasts = agreement.to_on is None or today() <= agreement.to_on
    scope = current_scope()
    is_side = _answers_for(agreement, current_user, scope) or _asks_for(agreement, current_user, scope)
    return bool(agreement.signed_at and not agreement.ended_at and lasts and is_side)


def count_waiting(user: HasRole) -> int:
    """What of the register needs this user, within the current scope: of an agency manager, proposals to sign or refuse;
    of an IOM manager, agreements that end soon and that nothing follows. `/agreements?show=` with `waiting_list` opens
    exactly these."""
    if not _holds(user, Permission.SIGN_AGREEMENTS) and not _holds(user, Permission.PROPOSE_AGREEMENTS):
        return 0
    return len(needing(user, list_register(current_scope())))


def waiting_list(user: HasRole) -> str:
    """The list of the register that holds what needs this user."""
    return "ending" if _holds(user, Permission.PROPOSE_AGREEMENTS) else "waiting"


def needing(user: HasRole, register: Collection[Agreement]) -> list[Agreement]:
    """Those of the register that wait for this user to act."""
    day, scope = today(), current_scope()
    if _holds(user, Permission.SIGN_AGREEMENTS):
        return [one for one in register if _is_waiting(one) and _answers_for(one, user, scope)]
    if not _holds(user, Permission.PROPOSE_AGREEMENTS):
        return []
    stand = standings(register, day)
    live = [one for one in register if stand[one.id] in LIVE and _asks_for(one, user, scope)]
    return [one for one in live if ends_soon(one, register, day)]


def _is_waiting(agreement: Agreement) -> bool:
    return standings([agreement], today())[agreement.id] is Standing.WAITING


def _asks_for(agreement: Agreement, user: HasRole, scope: Scope) -> bool:
    return _holds(user, Permission.PROPOSE_AGREEMENTS) and _covers(scope, agreement)


def _answers_for(agreement: Agreement, user: HasRole, scope: Scope) -> bool:
    return _holds(user, Permission.SIGN_AGREEMENTS) and _covers(scope, agreement)


def _covers(scope: Scope, agreement: Agreement) -> bool:
    """All of the agreement's areas are the user's: nobody promises or ends for an area they do not work for."""
    areas = {area.id for area in agreement.areas}
    return concerns(agreement, scope) and (scope.area_ids is None or areas <= set(scope.area_ids))


def _holds(user: HasRole, permission: Permission) -> bool:
    return permission in GRANTS[Role(user.role)]

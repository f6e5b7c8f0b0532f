"""What the groups of a table are called, in the reader's language, and the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.lookup import alphabetical
from portal.agencies.models import Agency, Area, Service
from portal.db import db
from portal.i18n import language

NO_SERVICE = "none"


@dataclass(frozen=True)
class Name:
    """A group's key and label in results, and what it is sorted by."""

    key: str
    label: str
    order: Any


def group_names(by: str, keys: Iterable[Any]) -> dict[Any, Name]:
    """The name of each key that the database grouped by: at most one statement."""
    if by in _NAMED:
        wanted = set(keys)
        found = {thing.id: _name(thing) for thing in db.session.scalars(_of(_NAMED[by], wanted - {None}))}
        return found | ({None: _unnamed()} if None in wanted else {})
    return {key: _CODED[by](key) for key in keys}


def _of(model: Any, keys: Iterable[Any]) -> sa.Select[Any]:
    return sa.select(model).where(model.id.in_(list(keys)))


def _name(thing: Agency | Area | Service) -> Name:
    label = thing.name(language()) if isinstance(thing, Area) else thing.name_in(language())
    key = thing.code if isinstance(thing, Area) else str(thing.id)
    return Name(key, label, (alphabetical(label), thing.id))


def _unnamed() -> Name:
    """Imported referrals whose spreadsheet names no service: after all others."""
    return Name(NO_SERVICE, _("Service not recorded"), (chr(0x10FFFF), 0))


def _need(code: str) -> Name:
    return Name(code, str(NEEDS[code]), list(NEEDS).index(code))


def _cohort(code: str | None) -> Name:
    if code is None:
        return Name("none", _("No cohort"), len(COHORT_NAMES))
    return Name(code, str(COHORT_NAMES[code]), list(COHORT_NAMES).index(code))


def _month(month: str) -> Name:
    return Name(month, month_name(month), month)


def month_name(month: str) -> str:
    """May 2026, of 2026-05."""
    return format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale=language())


_NAMED: dict[str, Any] = {"agency": Agency, "area": Area, "service": Service}
_CODED: dict[str, Callable[[Any], Name]] = {"need": _need, "cohort": _cohort, "month": _month}

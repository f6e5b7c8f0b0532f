"""Names of areas and agencies, in the order of the reader's alphabet: for select fields and lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

import sqlalchemy as sa

from portal.agencies.models import Agency, Area
from portal.db import db
from portal.i18n import language

KINDS = ("country", "police_force", "health_board", "delivery_unit", "local_authority", "other")
# Two letters that the Welsh alphabet counts as one. Not ng: in most names it is an n and a g.
DIGRAPHS = re.compile(r"(c)h|(d)d|(f)f|(l)l|(p)h|(r)h|(t)h")
AFTER_EVERY_LETTER = "\x7f"
Thing = TypeVar("Thing", Area, Agency)


def alphabetical(text: str) -> str:
    """The key by which names are sorted: accents and case forgiven; in Welsh, ch comes after c, ll after l."""
    folded = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    if language() != "cy":
        return plain
    return DIGRAPHS.sub(lambda pair: f"{pair[0][0]}{AFTER_EVERY_LETTER}", plain)


def by_name(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: (alphabetical(thing.name_in(language())), thing.id))


def list_areas(*kinds: str, also: Iterable[int] = ()) -> list[Area]:
    """Areas of these kinds (all, if none is named) in the order of KINDS, by name; closed ones only if in `also`."""
    query = sa.select(Area).where(Area.kind.in_(kinds or KINDS))
    query = query.where(sa.or_(Area.closed_on.is_(None), Area.id.in_(list(also))))
    return sorted(by_name(db.session.scalars(query)), key=lambda area: KINDS.index(area.kind))


def list_every_area() -> list[Area]:
    """Closed ones too."""
    return sorted(by_name(db.session.scalars(sa.select(Area))), key=lambda area: KINDS.index(area.kind))


def list_agencies_by_name(also: Iterable[int] = ()) -> list[Agency]:
    """Agencies that can be referred to; closed and historic ones only if in `also`."""
    open_now = sa.and_(sa.not_(Agency.historic), sa.or_(Agency.closed_on.is_(None), Agency.closed_on > sa.func.current_date()))
    return by_name(db.session.scalars(sa.select(Agency).where(sa.or_(open_now, Agency.id.in_(list(also))))))

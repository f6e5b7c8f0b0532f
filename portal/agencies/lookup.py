"""Areas and agencies by name, in the order of the reader's alphabet: for select fields and lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa

from portal.agencies.models import Agency, Area
from portal.db import db
from portal.i18n import language

KINDS = ("country", "police_force", "health_board", "delivery_unit", "local_authority", "other")
# Two letters that the Welsh alphabet counts as one. Not ng: in most names it is an n and a g.
DIGRAPHS = re.compile(r"ch|dd|ff|ll|ph|rh|th")
AFTER_EVERY_LETTER = "\x7f"
_TODAY = sa.func.london_today()  # never the server's own date


def alphabetical(text: str) -> str:
    """The key by which names are sorted: accents and case forgiven; in Welsh, ch comes after c, ll after l."""
    return _alphabetical(text, language())


@lru_cache(maxsize=4096)  # the agencies of all Wales, on every page of figures
def _alphabetical(text: str, spoken: str) -> str:
    folded = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    if spoken != "cy":
        return plain
    return DIGRAPHS.sub(lambda pair: f"{pair[0][0]}{AFTER_EVERY_LETTER}", plain)


def list_areas(*kinds: str, also: Iterable[int] = (), closed: bool = False) -> list[Area]:
    """Areas of these kinds (all, if none is named), kind by kind; closed ones only if in `also`, or if all are wanted."""
    query = sa.select(Area).where(Area.kind.in_(kinds or KINDS))
    if not closed:
        open_now = sa.or_(Area.closed_on.is_(None), Area.closed_on > _TODAY)
        query = query.where(sa.or_(open_now, Area.id.in_(list(also))))
    spoken = language()
    return sorted(
        db.session.scalars(query), key=lambda area: (KINDS.index(area.kind), alphabetical(area.name(spoken)))
    )


def forces_of(area: Area) -> list[Area]:
    """The police forces in which an area lies, or which lie in it: what users work for. Itself, where none is known."""
    if area.kind == "police_force":
        return [area]
    local = sa.select(Area.police_force_id).where(Area.kind == "local_authority")
    if area.kind != "country":
        local = local.where(
            sa.or_(*(column == area.id for column in (Area.id, Area.health_board_id, Area.delivery_unit_id)))
        )
    return list(db.session.scalars(sa.select(Area).where(Area.id.in_(local)).order_by(Area.code))) or [area]


def list_agencies(*, also: Iterable[int] = (), closed: bool = False) -> list[Agency]:
    """Agencies that can be referred to, by name; closed and historic ones only if in `also`, or if all are wanted."""
    query = sa.select(Agency)
    if not closed:
        open_now = sa.or_(Agency.closed_on.is_(None), Agency.closed_on > _TODAY)
        query = query.where(sa.or_(sa.and_(sa.not_(Agency.historic), open_now), Agency.id.in_(list(also))))
    spoken = language()
    return sorted(db.session.scalars(query), key=lambda agency: alphabetical(agency.name_in(spoken)))

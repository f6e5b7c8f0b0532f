"""The directory in words: whom a service is for, where it stands, and its text in paragraphs and lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.models import Area, Service, is_within
from portal.agencies.queries import ServiceRow
from portal.i18n import language, long_date

KIND_NAMES = {
    "country": _l("Country"),
    "police_force": _l("Police force area"),
    "health_board": _l("Health board"),
    "delivery_unit": _l("Probation delivery unit"),
    "local_authority": _l("Local authority"),
    "other": _l("Other area"),
}
DELIVERY_NAMES = {
    "in_person": _l("In person"),
    "outreach": _l("Outreach"),
    "telephone": _l("By telephone"),
    "video": _l("By video"),
    "hub": _l("At a hub session"),
}
BULLET = re.compile(r"^[•·▪●–*-]\s+")


@dataclass(frozen=True)
class Block:
    """A paragraph of lines, or a list of items."""

    lines: list[str]
    is_list: bool


def area_label(area: Area) -> str:
    """The area's name; a delivery unit's says what it is, since forces and boards are called the same."""
    name = area.name(language())
    return _("%(name)s (probation delivery unit)", name=name) if area.kind == "delivery_unit" else name


def whom(service: Service | ServiceRow) -> str:
    """Women, 18 to 25."""
    if service.accepts_female and service.accepts_male:
        sexes = _("Women and men")
    else:
        sexes = _("Women") if service.accepts_female else _("Men")
    low, high = service.minimum_age, service.maximum_age
    words: str = sexes
    if low is not None and high is not None:
        words = _("%(sexes)s, aged %(low)d to %(high)d", sexes=sexes, low=low, high=high)
    elif low is not None:
        words = _("%(sexes)s, aged %(low)d and over", sexes=sexes, low=low)
    elif high is not None:
        words = _("%(sexes)s, aged %(high)d and under", sexes=sexes, high=high)
    return words


def state(service: Service | ServiceRow, today: date) -> tuple[str, str] | None:
    """Words and colour of a tag, or None for a service that simply takes referrals."""
    if service.is_open(today):
        if service.closes_on is None:
            return None
        return _("Closes after %(day)s", day=long_date(service.closes_on)), "yellow"
    if service.active and not is_within(today, service.opens_on, None):
        return _("Opens on %(day)s", day=long_date(service.opens_on)), "blue"
    return _("Closed to new referrals"), "grey"


def blocks(text: str) -> list[Block]:
    """Paragraphs between empty lines; neighbouring lines that begin with a bullet are a list."""
    found: list[Block] = []
    gap = True
    for line in text.split("\n"):
        is_list = BULLET.match(line) is not None
        words = BULLET.sub("", line).strip()
        if not words:
            gap = True
            continue
        if found and found[-1].is_list == is_list and (is_list or not gap):
            found[-1].lines.append(words)
        else:
            found.append(Block([words], is_list))
        gap = False
    return found

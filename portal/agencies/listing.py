"""The list of services made lean for the template: words and addresses, and the filters that are on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _

from portal.agencies import wording
from portal.agencies.codes import NEEDS
from portal.agencies.forms import ServiceFilterForm
from portal.agencies.lookup import list_areas
from portal.agencies.queries import PAGE_SIZE, ServiceRow, today
from portal.i18n import language

FIELDS = ("text", "need", "area", "agency", "sex", "age", "closed")


@dataclass(frozen=True)
class Line:
    """One service in words; `state` is the words and colour of a tag."""

    href: str
    name: str
    agency: str
    needs: str
    areas: str
    whom: str
    delivery: str
    welsh_offer: bool
    state: tuple[str, str] | None


@dataclass(frozen=True)
class Chip:
    text: str
    href: str


@dataclass(frozen=True)
class ChipGroup:
    heading: str
    chips: list[Chip]


def page_number(text: str) -> int:
    """1 for what is no page."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else 1


def lines(rows: Sequence[ServiceRow]) -> list[Line]:
    spoken, day = language(), today()
    areas = {area.id: area.name(spoken) for area in list_areas(closed=True)}
    needs = {code: str(name) for code, name in NEEDS.items()}
    return [
        Line(
            href=f"/services/{row.id}",
            name=row.name,
            agency=row.agency_name,
            needs=", ".join(needs[code] for code in row.need_codes),
            areas=", ".join(sorted(areas[area_id] for area_id in row.area_ids)),
            whom=wording.whom(row),
            delivery="; ".join(str(wording.DELIVERY_NAMES[mode]) for mode in row.delivery),
            welsh_offer=row.welsh_offer,
            state=wording.state(row, day),
        )
        for row in rows
    ]


def address(values: dict[str, Any], page: int = 1) -> str:
    query = {name: value for name, value in values.items() if value} | ({"page": page} if page > 1 else {})
    return f"/services?{urlencode(query)}" if query else "/services"


def filter_values(form: ServiceFilterForm) -> dict[str, Any]:
    """What the list is filtered by, as its address says it."""
    values = {name: form[name].data for name in FIELDS}
    return values | {"closed": "1" if form.closed.data else ""}


def chips(form: ServiceFilterForm) -> list[ChipGroup]:
    """Each filter that is on, with the address of the list without it."""
    values = filter_values(form)
    groups = []
    for name in FIELDS:
        if values[name]:
            heading = form[name].label.text or _("Closed services")
            groups.append(ChipGroup(heading, [Chip(_chosen(form, name), address(values | {name: ""}))]))
    return groups


def _chosen(form: ServiceFilterForm, name: str) -> str:
    """What was typed, or the words of the answer that was chosen."""
    chosen = form[name].data
    if name == "closed":
        return str(_("Shown too"))
    if name in ("text", "age"):
        return str(chosen)
    return next(str(option.text) for option in form[name].offered() if option.value == chosen)


def pages(form: ServiceFilterForm, page: int, total: int) -> dict[str, str | None]:
    """Addresses of the pages before and after."""
    values = filter_values(form)
    return {
        "previous_href": address(values, page - 1) if page > 1 else None,
        "next_href": address(values, page + 1) if page * PAGE_SIZE < total else None,
    }

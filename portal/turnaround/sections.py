"""The pages of figures, in the order in which they are read, and the addresses that keep what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

# slug: title. The first stands at /turnaround itself, the others beneath it.
SECTIONS: dict[str, LazyString] = {
    "": _l("Summary"),
    "curves": _l("Day by day"),
    "comparison": _l("Comparison"),
    "trend": _l("Trend"),
    "declines": _l("Declines"),
    "needs": _l("Needs"),
    "appointments": _l("Appointments"),
    "chases": _l("Chases"),
    "explain": _l("What the figures mean"),
}


@dataclass(frozen=True)
class Tab:
    text: str
    href: str
    current: bool
    count: int | None = None


def tabs(current: str) -> list[Tab]:
    """Links to every section that keep the filter of the address, though not which tables of the summary are shown."""
    return [Tab(str(title), href(slug, show=None), slug == current) for slug, title in SECTIONS.items()]


def href(slug: str, **changed: str | None) -> str:
    """The address of a section with the same filter, save for what is changed (None: dropped)."""
    dropped = {"lang", *changed}
    query = [(key, value) for key, value in request.args.items(multi=True) if key not in dropped]
    query += [(key, value) for key, value in changed.items() if value is not None]
    path = f"/turnaround/{slug}" if slug else "/turnaround"
    return f"{path}?{urlencode(query)}" if query else path

"""The tabs of the list of people, and its pages. An address holds a person's id, never a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

TABS = {"mine": _l("My people"), "recent": _l("Lately looked at"), "area": _l("Everyone in my areas")}


def chosen_tab(args: Mapping[str, str]) -> str:
    tab = args.get("tab", "")
    return tab if tab in TABS else "mine"


def after_person(args: Mapping[str, str]) -> int | None:
    """The last person of the page before; what cannot be read leads to the first page."""
    text = args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def href(tab: str, after: int | None = None) -> str:
    return f"/people?tab={tab}" + (f"&after={after}" if after is not None else "")


def tabs(current: str | None) -> list[dict[str, Any]]:
    return [{"text": str(text), "href": href(tab), "current": tab == current} for tab, text in TABS.items()]


def page_hrefs(args: Mapping[str, str], rows: Sequence[Any], *, more: bool) -> dict[str, str | None]:
    """Where the first and the next page are, None where one is there already."""
    tab = chosen_tab(args)
    return {
        "first": href(tab) if after_person(args) is not None else None,
        "next": href(tab, rows[-1].id) if more else None,
    }

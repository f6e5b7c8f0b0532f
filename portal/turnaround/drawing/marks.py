"""What all charts share: colours, dashes and letters, axes of shares, words and rules at places in pixels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

INK, GREY, RULE, BRAND, ACCENT = "#0b0c0c", "#505a5f", "#cecece", "#0b4f52", "#a3206b"
FONT = "Arial, Helvetica, Liberation Sans, sans-serif"  # the page's own, see portal/static
COLOURS = (BRAND, ACCENT, "#1d70b8", "#b4500a", "#5b2d8e", "#5c6b12")
DASHES: tuple[list[int], ...] = ([1, 0], [9, 3], [2, 3], [10, 3, 2, 3], [5, 5], [1, 5])
FILLS = ("#8cc5c0", "#f2c6e4", "#c9d6ee", "#f3c9a4", "#d5c6ea", "#dfe3b4", "#cecece")
Request = dict[str, Any]  # see charts.py
Drawn = alt.LayerChart | alt.FacetChart


def theme(size: int) -> dict[str, Any]:
    words = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": size, "titleFontSize": size}
    ink = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal"}
    lines = {"gridColor": RULE, "domainColor": GREY, "tickColor": GREY}
    return {
        "background": "white",
        "padding": 4,
        "view": {"stroke": None},
        "font": FONT,
        "axis": words | ink | lines,
        "legend": {**words, **ink, "labelLimit": 0, "symbolSize": 180},
        "text": {"font": FONT, "fontSize": size, "color": INK},
    }


def data(rows: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def per_cents(field: str = "y:Q") -> alt.Y:
    """A vertical axis of shares; its title stands above it, see `above`."""
    return alt.Y(field, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=None, tickCount=5))


def above(words: str, at: int = -16) -> alt.Chart:
    return written([{"px": -40, "py": at, "text": words}])


def short(name: str, most: int = 30) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def spread(places: Sequence[float], gap: float, bottom: float) -> list[float]:
    """The same places moved apart to at least a gap, in their order and, as far as they fit, above the bottom."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, i in itertools.pairwise(order):
        moved[i] = max(moved[i], moved[before] + gap)
    limit = bottom
    for i in reversed(order):
        moved[i] = min(moved[i], limit)
        limit = moved[i] - gap
    return moved


def written(
    rows: Sequence[dict[str, Any]],
    align: Literal["left", "center"] = "left",
    weight: Literal["normal", "bold"] = "normal",
    halo: bool = False,
) -> alt.Chart:
    """Words at places in pixels: rows of px, py, text. A halo stands behind words that would lie on lines."""
    mark: dict[str, Any] = {"stroke": "white", "strokeWidth": 5} if halo else {}
    return (
        alt.Chart(data(rows))
        .mark_text(align=align, baseline="middle", fontWeight=weight, **mark)
        .encode(
            x=alt.X("px:Q", scale=None, axis=None),
            y=alt.Y("py:Q", scale=None, axis=None),
            text="text:N",
        )
    )


def ruled(rows: Sequence[dict[str, Any]], **mark: Any) -> alt.Chart:
    """Straight lines between places in pixels: rows of px, py, px2, py2."""
    return (
        alt.Chart(data(rows))
        .mark_rule(**mark)
        .encode(
            x=alt.X("px:Q", scale=None, axis=None),
            y=alt.Y("py:Q", scale=None, axis=None),
            x2="px2:Q",
            y2="py2:Q",
        )
    )

"""Horizontal bars, stacked or beside each other."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt

from .marks import FILLS, INK, Drawn, Request, data


def bars(request: Request) -> Drawn:
    """Horizontal bars. rows: label, parts [series, value, words]; stacked or beside each other."""
    narrow, stacked = request["narrow"], request["stacked"]
    width, series = 190 if narrow else 560, request["series"]
    top = request["top"]
    rows = []
    for row in request["rows"]:
        label, before = "\n".join(textwrap.wrap(row["label"], 13 if narrow else 26)) or " ", 0.0
        for name, value, words in row["parts"]:
            start = before if stacked else 0.0
            wide = value / top * width > 9 * len(words) + 6 if stacked and len(series) > 1 else True
            rows.append({"who": name, "label": label, "x": start, "x2": start + value,
                         "middle": start + value / 2, "words": words if wide else ""})  # fmt: skip
            before += value
    band = 30 if stacked or len(series) == 1 else 22 * len(series) + 8
    most = max((row["label"].count("\n") + 1 for row in rows), default=1)
    y = alt.Y("label:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.25))
    numbers = alt.Axis(title=request["axis"], format=request["numbers"], tickCount=3 if narrow else 6)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, top]), axis=numbers)
    several = len(series) > 1
    legend = alt.Legend(title=None, orient="top", columns=1 if narrow else 3) if several else None
    colour = alt.Color("who:N", sort=None, scale=alt.Scale(domain=series, range=list(FILLS)), legend=legend)
    some = data([row for row in rows if row["x2"] > row["x"]])
    drawn = alt.Chart(some).mark_bar(stroke=INK, strokeWidth=1).encode(x=x, x2="x2:Q", y=y, color=colour)
    said = alt.Chart(data(rows)).encode(y=y, text="words:N")
    inside = stacked and several
    said = said.mark_text(align="center" if inside else "left", dx=0 if inside else 5).encode(
        x=alt.X("middle:Q" if inside else "x2:Q")
    )
    if several and not stacked:
        offset = alt.YOffset("who:N", sort=series)
        drawn, said = drawn.encode(yOffset=offset), said.encode(yOffset=offset)
    step: dict[str, Any] = {"for": "position"} if several and not stacked else {}
    height = alt.Step(max(band, 18 * most + 14), **step)
    return alt.layer(drawn, said, *_bar_names(rows, y)).properties(width=width, height=height)


def _bar_names(rows: list[dict[str, Any]], y: alt.Y) -> list[alt.Chart]:
    """The labels left of the bars, each as high as its bar's middle however many lines it has."""
    by_lines: dict[int, dict[str, dict[str, str]]] = {}
    for row in rows:
        number = row["label"].count("\n")
        by_lines.setdefault(number, {})[row["label"]] = {"label": row["label"]}
    return [
        alt.Chart(data(list(labels.values())))
        .mark_text(align="right", baseline="middle", dx=-8, dy=-9 * number, lineBreak="\n")
        .encode(x=alt.value(0), y=y, text="label:N")
        for number, labels in by_lines.items()
    ]

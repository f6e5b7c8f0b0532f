"""Shares against numbers, between exact limits."""

from __future__ import annotations

from typing import Any, Literal

import altair as alt

from .marks import ACCENT, BRAND, GREY, INK, Drawn, Request, above, data, per_cents, short, spread, written


def funnel(request: Request) -> Drawn:
    """Shares against numbers. points: name, n, share, flagged; limits: [dash, [[n, low, high]]]; mean, words."""
    narrow = request["narrow"]
    width, height = (225, 260) if narrow else (620, 400)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, request["top"]], nice=False),
              axis=alt.Axis(title=request["x"], format="d", grid=False, tickCount=5 if narrow else 8))  # fmt: skip
    y = per_cents()
    layers: list[Any] = [above(request["y"])]
    ends = [{"px": width + 6, "py": (1 - request["mean"]) * height, "text": request["middle"]}]
    for dash, steps, words in request["limits"]:
        ends.append({"px": width + 6, "py": (1 - steps[-1][2]) * height, "text": words})
        for side in (1, 2):
            rows = [{"x": step[0], "y": step[side]} for step in steps]
            line = alt.Chart(data(rows)).mark_line(
                interpolate="step", strokeDash=dash, color=GREY, strokeWidth=1.5
            )
            layers.append(line.encode(x=x, y=y))
    middle = alt.Chart(data([{"y": request["mean"]}])).mark_rule(color=INK, strokeWidth=1)
    layers.append(middle.encode(y=y))
    rows = [
        {"x": each["n"], "y": each["share"], "flag": "diamond" if each["flagged"] else "circle"}
        for each in request["points"]
    ]
    shape = alt.Shape(
        "flag:N", scale=alt.Scale(domain=["circle", "diamond"], range=["circle", "diamond"]), legend=None
    )
    colour = alt.Color(
        "flag:N", scale=alt.Scale(domain=["circle", "diamond"], range=[BRAND, ACCENT]), legend=None
    )
    dots = alt.Chart(data(rows)).mark_point(filled=True, size=130, opacity=1, stroke="white", strokeWidth=1)
    layers.append(dots.encode(x=x, y=y, shape=shape, color=colour))
    labels = _dot_names(request, width, height)
    named = [{**label, "text": chr(65 + i)} for i, label in enumerate(labels)] if narrow else labels
    weight: Literal["bold", "normal"] = "bold" if narrow else "normal"
    layers += [written(named, weight=weight, halo=True), written(named, weight=weight)]
    if narrow:
        key = [f"{chr(65 + i)}  {label['text']}" for i, label in enumerate(labels)]
        key += [f"{sign}  {end['text']}" for sign, end in zip(("——", "– –", "· · ·"), ends, strict=True)]
        layers.append(
            written([{"px": -40, "py": height + 68 + 22 * i, "text": words} for i, words in enumerate(key)])
        )
    else:
        apart = spread([end["py"] for end in ends], 18, height)
        layers.append(written([{**end, "py": place} for end, place in zip(ends, apart, strict=True)]))
    return alt.layer(*layers).properties(width=width, height=height)


def _dot_names(request: Request, width: int, height: int) -> list[dict[str, Any]]:
    """Names beside dots, left of those far to the right, moved apart where they would lie on one another."""
    labels: list[dict[str, Any]] = []
    for each in sorted(request["points"], key=lambda point: -point["share"]):
        if not each["label"]:
            continue
        words = short(each["label"])
        long = 10 if request["narrow"] else 8 * len(words)
        x, y = each["n"] / request["top"] * width, (1 - each["share"]) * height
        x = x + 10 if x + 10 + long < width else max(0, x - 10 - long)
        while any(
            abs(y - other["py"]) < 17 and x < other["end"] and other["px"] < x + long for other in labels
        ):
            y += 4
        labels.append({"px": x, "py": y, "text": words, "end": x + long})
    return labels

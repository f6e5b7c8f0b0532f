"""A share by month with its mean and limits."""

from __future__ import annotations

from math import ceil

import altair as alt

from .marks import ACCENT, BRAND, INK, Drawn, Request, above, data, per_cents, ruled, spread, written


def xmr(request: Request) -> Drawn:
    """A share by month. points: label, share, signal (words or ""); mean, low, high, each [share, words]."""
    narrow = request["narrow"]
    width, height = (225, 240) if narrow else (640, 320)
    months = [point["label"] for point in request["points"]]
    gap = width / max(1, len(months))
    every = max(1, ceil((42 if narrow else 48) / gap))
    shown = months[::-1][::every]
    axis = alt.Axis(
        title=None, values=shown, labelAngle=0, labelExpr="split(datum.label, ' ')", labelLimit=0, grid=False
    )
    x = alt.X("x:N", sort=None, scale=alt.Scale(domain=months, type="point", padding=0.5), axis=axis)
    y = per_cents()
    rows = [
        {"x": point["label"], "y": point["share"], "flag": "diamond" if point["signal"] else "circle"}
        for point in request["points"]
    ]
    line = alt.Chart(data(rows)).mark_line(color=BRAND, strokeWidth=2).encode(x=x, y=y)
    domain = ["circle", "diamond"]
    dots = alt.Chart(data(rows)).mark_point(filled=True, opacity=1, stroke="white", strokeWidth=1).encode(
        x=x, y=y,
        shape=alt.Shape("flag:N", scale=alt.Scale(domain=domain, range=domain), legend=None),
        color=alt.Color("flag:N", scale=alt.Scale(domain=domain, range=[BRAND, ACCENT]), legend=None),
        size=alt.Size("flag:N", scale=alt.Scale(domain=domain, range=[90, 220]), legend=None),
    )  # fmt: skip
    rules, labels = [], []
    for key, dash in (("mean", [1, 0]), ("high", [6, 4]), ("low", [6, 4])):
        share, words = request[key]
        at = (1 - share) * height
        rules.append(
            ruled([{"px": 0, "py": at, "px2": width, "py2": at}], color=INK, strokeDash=dash, strokeWidth=1)
        )
        beside = {"px": 4, "py": at + (10 if key == "low" else -9)} if narrow else {"px": width + 6, "py": at}
        labels.append({**beside, "text": words})
    apart = spread([label["py"] for label in labels], 18, height)
    labels = [{**label, "py": place} for label, place in zip(labels, apart, strict=True)]
    halo = [written(labels, halo=True)] if narrow else []
    return alt.layer(*rules, *halo, written(labels), line, dots, above(request["y"])).properties(
        width=width, height=height
    )

"""Steps by day: the share with an event, line by line, and beneath them how many each still rests on."""

from __future__ import annotations

import altair as alt

from .marks import (
    BRAND,
    COLOURS,
    DASHES,
    GREY,
    INK,
    Drawn,
    Request,
    above,
    data,
    per_cents,
    ruled,
    short,
    spread,
    written,
)


def lines(request: Request) -> Drawn:
    """Steps by day. series: name, points [day, share, low, high], risk [[day, number]]; target: day, words."""
    narrow, series = request["narrow"], request["series"]
    width, height, last = 225 if narrow else 560, 220 if narrow else 300, max(1, request["last"])
    names = [each["name"] for each in series]
    rows = [
        {"who": each["name"], "x": day, "y": share, "low": low, "high": high}
        for each in series
        for day, share, low, high in each["points"]
    ]
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, last], nice=False),
              axis=alt.Axis(title=request["x"], grid=False, values=request["ticks"], format="d"))  # fmt: skip
    colour = alt.Color("who:N", scale=alt.Scale(domain=names, range=list(COLOURS)), legend=None)
    dash = alt.StrokeDash("who:N", scale=alt.Scale(domain=names, range=list(DASHES)), legend=None)
    base = alt.Chart(data(rows)).encode(x=x)
    layers = []
    if request["band"]:
        steps = base.mark_area(interpolate="step-after", opacity=0.2, color=BRAND)
        layers.append(steps.encode(y=per_cents("low:Q"), y2="high:Q"))
    layers.append(
        base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(
            y=per_cents(), color=colour, strokeDash=dash, detail="who:N"
        )
    )
    layers.append(above(request["y"], -38 if request["target"] else -16))
    layers += _target(request, width, height, last) + _ends(request, width, height, last)
    layers += _at_risk(request, width, height, last)
    return alt.layer(*layers).properties(width=width, height=height)


def _target(request: Request, width: int, height: int, last: int) -> list[alt.Chart]:
    target = request["target"]
    if not target or target["day"] > last:
        return []
    at = target["day"] / last * width
    line = ruled(
        [{"px": at, "py": 0, "px2": at, "py2": height}], strokeDash=[4, 3], color=INK, strokeWidth=1.5
    )
    return [line, written([{"px": at - 4, "py": -12, "text": target["words"]}])]


def _ends(request: Request, width: int, height: int, last: int) -> list[alt.Chart]:
    """The name beside the end of each line, or its letter where there is no room for names."""
    ends = [each["points"][-1] for each in request["series"]]
    places = [(1 - share) * height for _day, share, _low, _high in ends]
    apart = spread(places, 18, height)
    letters = request["narrow"] and len(ends) > 1
    leaders = [
        {"px": day / last * width, "py": place, "px2": width + 18, "py2": label}
        for (day, *_rest), place, label in zip(ends, places, apart, strict=True)
    ]
    labels = [
        {"px": width + 22, "py": label, "text": chr(65 + i) if letters else short(each["name"])}
        for i, (each, label) in enumerate(zip(request["series"], apart, strict=True))
    ]
    if request["narrow"] and not letters:
        return []
    return [
        ruled(leaders, color=GREY, strokeWidth=0.75),
        written(labels, weight="bold" if letters else "normal"),
    ]


def _at_risk(request: Request, width: int, height: int, last: int) -> list[alt.Chart]:
    """Beneath the days, how many each line still rests on: a row each, on a narrow chart with the name above it."""
    narrow = request["narrow"]
    top, step = height + 68, 44 if narrow else 22
    names, numbers = [{"px": -40, "py": top, "text": request["risk"]}], []
    for i, each in enumerate(request["series"]):
        at = top + 24 + i * step
        name = (
            f"{chr(65 + i)}  {each['name']}" if narrow and len(request["series"]) > 1 else short(each["name"])
        )
        names.append({"px": -40 if narrow else width + 22, "py": at, "text": name})
        numbers += [
            {"px": day / last * width, "py": at + (20 if narrow else 0), "text": str(number)}
            for day, number in each["risk"]
        ]
    return [written(names), written(numbers, align="center")]

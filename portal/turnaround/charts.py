"""Charts: what is drawn, the words that stand for it, and the table of the same numbers.

A chart is drawn wide and narrow, for screens and phones, and only when it is asked for (draughtsman.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from portal.logs import log
from portal.turnaround.cells import Cell, Column, Kind, Table, text
from portal.turnaround.draughtsman import CannotDraw, drawn

MOST_LINES = 6
Parts = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Chart:
    """`name` is a word for ids and file names, unique on its page; `alternative` says in a sentence or two, with the
    numbers, what it shows; `table` holds the same numbers; `drawing` is what drawing/loop.py draws."""

    name: str
    title: str
    alternative: str
    table: Table
    drawing: dict[str, Any] = field(repr=False)

    @property
    def svg(self) -> Markup:
        """For a page: two widths, of which style shows one. Empty where it cannot be drawn: the table says it all."""
        try:
            return self._both()
        except CannotDraw as problem:
            log.error("chart", name=self.name, problem=str(problem))
            return Markup()

    def _both(self) -> Markup:
        return Markup(
            '<div class="portal-chart__wide">{}</div><div class="portal-chart__narrow">{}</div>'
        ).format(self._inline(narrow=False), self._inline(narrow=True))

    def file(self, form: str, *, narrow: bool = False) -> bytes:
        """As `svg` or `png`. Raises CannotDraw."""
        name = f"chart-{re.sub(r'[^a-z0-9]+', '-', self.name)}{'-narrow' if narrow else ''}"
        words = {"title": self.title, "alternative": self.alternative, "name": name}
        return drawn({**self.drawing, **words, "narrow": narrow, "format": form})

    def _inline(self, *, narrow: bool) -> Markup:
        content = self.file("svg", narrow=narrow).decode()
        return Markup(content)  # noqa: S704 # nosec B704 - made of known elements only, see svg.py


@dataclass(frozen=True)
class Line:
    """A line of steps. points: day, share, and its limits where a band is drawn; risk: day, how many are left."""

    name: str
    points: Sequence[tuple[int, float, float | None, float | None]]
    risk: Sequence[tuple[int, int]] = ()


def lines(
    series: Sequence[Line],
    *,
    name: str,
    title: str,
    alternative: str,
    table: Table,
    x: str,
    y: str,
    risk: str,
    target: tuple[int, str] | None = None,
) -> Chart:
    """At most six lines; a band where there is one. `risk` heads the numbers left, `target` is a day and its words.

    ValueError for no line, or too many.
    """
    if not 0 < len(series) <= MOST_LINES:
        raise ValueError(f"from 1 to {MOST_LINES} lines")
    last = max(line.points[-1][0] for line in series)
    band = len(series) == 1 and all(low is not None for _day, _share, low, _high in series[0].points)
    drawing = {
        "kind": "lines",
        "series": [vars(line) for line in series],
        "last": last,
        "ticks": ticks(last),
        "band": band,
        "x": x,
        "y": y,
        "risk": risk,
        "target": target and {"day": target[0], "words": target[1]},
    }
    return Chart(name, title, alternative, table, drawing)


def ticks(last: int) -> list[int]:
    """Days to be written under an axis: at most eight."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**6) if last / step <= 7)
    return list(range(0, last + 1, step))


def bars(
    rows: Sequence[tuple[str, Parts]],
    *,
    name: str,
    title: str,
    alternative: str,
    axis: str,
    first: str = "",
    stacked: bool = True,
    share: bool = False,
    table: Table | None = None,
) -> Chart:
    """Horizontal bars: (label, [(series, value), …]) each, stacked or beside each other, of counts or of shares.

    `axis` says what is counted. Without a `table` one is made of the same numbers, its first column headed `first`.
    For analysts give numbers that may be published, and leave out what may not.
    """
    series = list(dict.fromkeys(part for _label, parts in rows for part, _value in parts))
    sums = [
        sum(values) if stacked else max(values, default=0)
        for values in ([v for _s, v in p] for _l, p in rows)
    ]
    drawing = {
        "kind": "bars",
        "series": series,
        "rows": [
            {"label": label, "parts": [[part, value, _said(value, share)] for part, value in parts]}
            for label, parts in rows
        ],
        "stacked": stacked,
        "axis": axis,
        "numbers": "%" if share else "d",
        "top": 1 if share else max(1, _round_up(max(sums, default=0))),
    }
    return Chart(
        name, title, alternative, table or _bar_table(rows, series, name, title, first, share), drawing
    )


def _said(value: float, share: bool) -> str:
    return f"{round(value * 100)}%" if share else f"{value:g}"


def _round_up(number: float) -> float:
    """To a number at which an axis may end, with room for the words at the end of a bar."""
    step = next(
        step for step in (first * 10**more for more in range(9) for first in (1, 2, 5)) if number / step <= 8
    )
    return step * (int(number * 1.04 // step) + 1)


def _bar_table(
    rows: Iterable[tuple[str, Parts]], series: Sequence[str], name: str, title: str, first: str, share: bool
) -> Table:
    kind = Kind.SHARE if share else Kind.COUNT
    columns = (
        Column("label", first, Kind.TEXT),
        *(Column(f"c{i}", each, kind) for i, each in enumerate(series)),
    )
    return Table(
        name,
        title,
        columns,
        tuple(
            (text(label), *(Cell(kind, dict(parts).get(each)) for each in series)) for label, parts in rows
        ),
    )


@dataclass(frozen=True)
class Dot:
    """One agency in a funnel: of `n` judged this share. `flagged` gets another shape, `named` its name beside it."""

    name: str
    n: int
    share: float
    flagged: bool = False
    named: bool = True


@dataclass(frozen=True)
class Steps:
    """A pair of limits: number, lower share, upper share. `words` stand at the end of the upper one."""

    steps: Sequence[tuple[int, float, float]]
    words: str


def funnel(
    dots: Sequence[Dot],
    limits: tuple[Steps, Steps],
    *,
    name: str,
    title: str,
    alternative: str,
    table: Table,
    x: str,
    y: str,
    mean: tuple[float, str],
) -> Chart:
    """Shares against numbers, between an inner and an outer pair of limits around the mean, a share and its words."""
    drawing = {
        "kind": "funnel",
        "points": [
            {"n": dot.n, "share": dot.share, "flagged": dot.flagged, "label": dot.name if dot.named else ""}
            for dot in dots
        ],
        "limits": [
            [dash, each.steps, each.words] for dash, each in zip(([6, 4], [2, 3]), limits, strict=True)
        ],
        "top": limits[0].steps[-1][0],
        "x": x,
        "y": y,
        "mean": mean[0],
        "middle": mean[1],
    }
    return Chart(name, title, alternative, table, drawing)


def xmr(
    points: Sequence[tuple[str, float, bool]],
    *,
    name: str,
    title: str,
    alternative: str,
    table: Table,
    y: str,
    mean: tuple[float, str],
    low: tuple[float, str],
    high: tuple[float, str],
) -> Chart:
    """Shares in the order of time, (label, share, whether it is a signal), with mean and limits and their words."""
    drawing = {
        "kind": "xmr",
        "points": [{"label": label, "share": share, "signal": signal} for label, share, signal in points],
        "y": y,
        "mean": mean,
        "low": low,
        "high": high,
    }
    return Chart(name, title, alternative, table, drawing)

"""Charts for one process of the portal: a line of JSON in, a line of JSON out.

It ends when nobody asks for a while, after so many charts, or with whoever started it (docs/decisions/0014-charts.md).
All words come with the request, in the reader's language.
"""

from __future__ import annotations

import base64
import json
import select
import sys
from collections.abc import Callable
from typing import Any

import vl_convert

from .bars import bars
from .funnel import funnel
from .lines import lines
from .marks import Request, theme
from .xmr import xmr

IDLE_SECONDS, MOST_CHARTS = 120, 500
KINDS: dict[str, Callable[[Request], Any]] = {"lines": lines, "bars": bars, "funnel": funnel, "xmr": xmr}


def draw(request: Request) -> str | bytes:
    """SVG text, or a PNG of twice the size. `request`: kind, format, narrow, and what the kind needs."""
    chart = KINDS[request["kind"]](request)
    size = 14 if request["narrow"] else 16
    spec = chart.configure(**theme(size)).to_dict(validate=False)  # which takes a third of the time
    if request["format"] == "png":
        return vl_convert.vegalite_to_png(spec, scale=2)
    return vl_convert.vegalite_to_svg(spec)


def answer(line: str) -> dict[str, str]:
    """The answer to one line: what was drawn (a PNG in base64), or what went wrong."""
    try:
        drawn = draw(json.loads(line))
    except Exception as problem:
        return {"problem": repr(problem)[:2000]}
    return {"drawn": drawn if isinstance(drawn, str) else base64.b64encode(drawn).decode()}


def main() -> None:
    for _count in range(MOST_CHARTS):
        if not select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
            return
        line = sys.stdin.readline()
        if not line:
            return
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()

"""A drawing as it may stand in a page: no style, no script, no names of classes, words for those who do not see it.

Pages forbid inline styles (Content-Security-Policy in portal/web.py), so only what is named here is kept.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree  # nosec B405 - our own helper's drawings, never a stranger's file

SVG = "http://www.w3.org/2000/svg"
ELEMENTS = {"svg", "g", "path", "line", "rect", "text", "tspan"}
ATTRIBUTES = {
    "d", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "width", "height", "viewBox", "transform", "fill",
    "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-miterlimit", "opacity",
    "font-family", "font-size", "font-weight", "text-anchor",
}  # fmt: skip
_NUMBER = re.compile(r"-?\d+\.\d{3,}(e-?\d+)?")


def clean(drawing: str, title: str, alternative: str, name: str) -> str:
    """The drawing with a role, a title and a description. `name` is unique on the page: ids begin with it."""
    root = ElementTree.fromstring(drawing)  # noqa: S314 # nosec B314
    _keep(root)
    root.set("role", "img")
    root.set("focusable", "false")
    root.set("aria-labelledby", f"{name}-title {name}-words")
    for place, (tag, end, words) in enumerate((("title", "title", title), ("desc", "words", alternative))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{end}"})
        element.text = words
        root.insert(place, element)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _keep(element: ElementTree.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name not in ATTRIBUTES or "url(" in value:
            del element.attrib[name]
        else:
            element.set(name, _NUMBER.sub(lambda number: f"{float(number[0]):.2f}", value))
    for child in list(element):
        tag = child.tag.removeprefix(f"{{{SVG}}}") if isinstance(child.tag, str) else ""
        hidden = child.get("display") == "none"
        _keep(child)
        empty = tag in ("g", "text") and not len(child) and not (child.text or "").strip()
        if tag not in ELEMENTS or hidden or empty or (tag == "path" and _draws_nothing(child)):
            element.remove(child)


def _draws_nothing(path: ElementTree.Element) -> bool:
    return path.get("d") in (None, "", "M0,0h0v0h0Z") or not {"fill", "stroke"} & set(path.keys())

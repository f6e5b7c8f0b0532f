"""GOV.UK Frontend's macro options, as its fixtures give them, turned into the arguments of our macros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

Options = dict[str, Any]


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """The dotted path of every option that is set; attributes count as one."""
    if isinstance(value, dict) and prefix.rpartition(".")[2] not in ("attributes", "values"):
        for key, inner in value.items():
            yield from paths(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for inner in filter(None, value):
            yield from paths(inner, prefix)
    elif value is not None:
        yield prefix


def words(options: Options | None, name: str = "text") -> Any:
    """Text, or Markup where the fixture gives HTML: our macros take either as one argument."""
    if not options:
        return None
    html = options.get("html" if name == "text" else name.replace("Text", "Html"))
    return Markup(html) if html else options.get(name)  # noqa: S704


def pick(options: Options, **names: str) -> dict[str, Any]:
    """Our argument from their option, where it is set."""
    return {ours: options[theirs] for ours, theirs in names.items() if options.get(theirs) is not None}


def common(options: Options) -> dict[str, Any]:
    return pick(options, classes="classes", attributes="attributes", id="id")


def labelled(options: Options) -> dict[str, Any]:
    """What every box with a label takes."""
    label = options["label"]
    return common(options) | {
        "label_text": words(label),
        "label_class": label.get("classes", ""),
        "page_heading": label.get("isPageHeading", False),
        "id": options.get("id", options["name"]),
        "name": options["name"],
        "hint": words(options.get("hint")),
        "error": words(options.get("errorMessage")),
        **pick(options, described_by_also="describedBy", value="value", disabled="disabled", rows="rows"),
        **pick(options, spellcheck="spellcheck", autocomplete="autocomplete", count="maxlength"),
    }


LABELLED = (
    "id name value label.text label.html label.classes label.isPageHeading hint.text errorMessage.text classes"
    " attributes describedBy disabled"
)


def boxed(options: Options) -> dict[str, Any]:
    return labelled(options) | {
        "prefix": words(options.get("prefix")),
        "suffix": words(options.get("suffix")),
        **pick(options, type="type", inputmode="inputmode", autocapitalize="autocapitalize"),
    }


def legend(options: Options) -> dict[str, Any]:
    given = options.get("fieldset", {}).get("legend", {})
    return {
        "legend": words(given),
        "legend_class": given.get("classes", ""),
        "page_heading": given.get("isPageHeading", False),
    }


def choices(options: Options) -> dict[str, Any]:
    classes = options.get("classes", "").split()
    small = next((name for name in classes if name.endswith("--small")), None)
    inline = next((name for name in classes if name.endswith("--inline")), None)
    chosen = options.get("values", [options["value"]] if options.get("value") else [])
    chosen = chosen + [item["value"] for item in options["items"] if item and item.get("checked")]
    return legend(options) | {
        "id": options.get("idPrefix", options["name"]),
        "name": options["name"],
        "options": [option(item) for item in options["items"] if item],
        "hint": words(options.get("hint")),
        "error": words(options.get("errorMessage")),
        "small": bool(small),
        "classes": " ".join(name for name in classes if name not in (small, inline)),
        "described_by_also": options.get("fieldset", options).get("describedBy"),
        "chosen": [value for value in chosen if value],
        "inline": bool(inline),
    }


def option(item: Options) -> dict[str, Any]:
    conditional = item.get("conditional") or {}
    return {
        "value": item.get("value", ""),
        "text": words(item),
        "hint": words(item.get("hint")),
        "conditional": words(conditional) if conditional.get("html") else None,
        "exclusive": item.get("behaviour") == "exclusive",
        **pick(item, divider="divider", disabled="disabled"),
    }


def radios(options: Options) -> dict[str, Any]:
    arguments = choices(options)
    chosen = arguments.pop("chosen")
    return arguments | {"value": chosen[0] if chosen else None}


def checkboxes(options: Options) -> dict[str, Any]:
    arguments = choices(options)
    arguments.pop("inline")
    return arguments | {"values": arguments.pop("chosen")}


def not_unchecked(options: Options) -> bool:
    """`checked: false` against the chosen value has no counterpart: our value alone decides."""
    return not any(item and item.get("checked") is False for item in options["items"])


CHOICES = (
    "name idPrefix value values items items.value items.text items.html items.hint.text items.conditional.html"
    " items.divider items.disabled items.checked items.behaviour hint.text errorMessage.text classes"
    " fieldset.legend.text fieldset.legend.html fieldset.legend.classes fieldset.legend.isPageHeading"
    " fieldset.describedBy describedBy"
)


PARTS = ("day", "month", "year")


def date_input(options: Options) -> dict[str, Any]:
    prefix = f"{options['namePrefix']}-" if options.get("namePrefix") else ""
    names = [f"{prefix}{part}" for part in PARTS]
    values = options.get("values", {})
    boxes = date_boxes(options)
    wrong = tuple(part for part, box in zip(PARTS, boxes, strict=True) if is_wrong(box))
    omitted = [box.get("error") is False for box in boxes]
    return legend(options) | {
        "id": options["id"],
        "names": names,
        "values": [box.get("value", values.get(name, "")) for box, name in zip(boxes, names, strict=True)],
        "hint": words(options.get("hint")),
        "error": words(options.get("errorMessage")),
        "error_parts": wrong or [part for part, out in zip(PARTS, omitted, strict=True) if not out],
        "autocomplete": boxes[0].get("autocomplete", "").removesuffix("-day"),
        **pick(options, classes="classes"),
    }


def date_boxes(options: Options) -> list[Options]:
    return options.get("items") or [options.get(part, {}) for part in PARTS]


def is_wrong(box: Options) -> bool:
    return box.get("error") is True or "govuk-input--error" in box.get("classes", "")


def plain_date(options: Options) -> bool:
    """Day, month and year in that order, of the usual widths, and nothing wrong without a message."""
    boxes = date_boxes(options)
    widths = {"", "govuk-input--error", "govuk-input--width-2", "govuk-input--width-4"}
    usual = all(set(box.get("classes", "").split(" ")) <= widths for box in boxes)
    names = [box.get("name", part) for box, part in zip(boxes, PARTS, strict=False)]
    return usual and names == list(PARTS) and ("errorMessage" in options or not any(map(is_wrong, boxes)))


def select(options: Options) -> dict[str, Any]:
    items = options.get("items", [])
    chosen = [item["value"] for item in items if item.get("selected")] or [options.get("value")]
    return labelled(options) | {"options": items, "value": chosen[0]}


def plain_select(options: Options) -> bool:
    """Each option has a value of text or number, and none says `selected: false` against the chosen value."""
    items = options.get("items", [])
    values = all(type(item.get("value")) in (str, int) for item in items)
    return values and not any(item.get("selected") is False for item in items)


def table(options: Options) -> dict[str, Any]:
    return common(options) | {
        "head": [cell(column) for column in options.get("head", [])],
        "rows": [[cell(given) for given in row] for row in options["rows"] if row],
        **pick(options, caption="caption", caption_class="captionClasses"),
        **pick(options, first_cell_is_header="firstCellIsHeader"),
    }


def cell(given: Options) -> dict[str, Any]:
    numeric = given.get("format") == "numeric"
    return {"text": words(given), "numeric": numeric, "classes": given.get("classes")}


def action(given: Options) -> dict[str, Any]:
    return {
        "text": words(given),
        **pick(given, href="href", hidden_text="visuallyHiddenText", classes="classes"),
    }


def summary_rows(options: Options) -> list[dict[str, Any]]:
    return [
        {
            "key": words(row["key"]),
            "value": words(row["value"]),
            "actions": [action(given) for given in row.get("actions", {}).get("items", [])],
            "classes": row.get("classes"),
        }
        for row in options["rows"]
        if row
    ]


ROWS = (
    "rows rows.key.text rows.key.html rows.value.text rows.value.html rows.classes rows.actions.items"
    " rows.actions.items.href rows.actions.items.text rows.actions.items.html"
    " rows.actions.items.visuallyHiddenText rows.actions.items.classes classes attributes"
)


def summary_card(options: Options) -> dict[str, Any]:
    card = options["card"]
    return common(card) | {
        "title": words(card["title"]),
        "heading_level": card["title"].get("headingLevel", 2),
        "actions": [action(given) for given in card.get("actions", {}).get("items", [])],
        "rows": summary_rows(options),
    }


def task(given: Options) -> dict[str, Any]:
    tag = given["status"].get("tag")
    colour = (tag or {}).get("classes", "").removeprefix("govuk-tag--")
    return {
        "title": words(given["title"]),
        "hint": words(given.get("hint")),
        "status": words(given["status"]),
        "status_classes": given["status"].get("classes"),
        "tag": {"text": words(tag), "colour": colour} if tag else None,
        **pick(given, href="href", classes="classes"),
    }


def pagination(options: Options) -> dict[str, Any]:
    """Their short wording is given as text: ours is longer, so that Welsh can put its words in order."""
    arguments = pick(options, label="landmarkLabel", classes="classes", attributes="attributes")
    for ours, default in (("previous", "Previous"), ("next", "Next")):
        link = options.get(ours)
        if link:
            arguments[f"{ours}_href"] = link["href"]
            arguments[f"{ours}_label"] = link.get("labelText")
            hidden = Markup('{}<span class="govuk-visually-hidden"> page</span>').format(default)
            arguments[f"{ours}_text"] = words(link) or hidden
    return arguments

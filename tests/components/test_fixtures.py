"""Our macros write what GOV.UK Frontend writes, on every fixture its npm package ships within the options we support.

A fixture is outside the supported subset if it uses an option that its component's mapping below does not name: that,
and nothing else, leaves it out. Wordings in `data-i18n` are ours in every case (the page may be Welsh) and not compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from tests.components import govuk_options as given
from tests.components.conftest import ROOT
from tests.components.govuk_options import CHOICES, LABELLED, ROWS, Options, common, paths, pick, words

PACKAGE = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components"


@dataclass(frozen=True)
class Component:
    """Which of our macros draws it, which options (dotted paths) it supports, and how they become arguments."""

    file: str
    macro: str
    options: str
    arguments: Callable[[Options], dict[str, Any]]
    also: Callable[[Options], bool] = field(default=lambda options: True)

    def supports(self, options: Options) -> bool:
        allowed = set(self.options.split())
        gaps = any(not item for item in options.get("items") or ())
        return not gaps and all(path in allowed for path in paths(options)) and self.also(options)


COMPONENTS: dict[str, Component] = {
    "back-link": Component(
        "navigation",
        "back_link",
        "href text html classes attributes",
        lambda o: common(o) | {"href": o.get("href", "#"), "text": words(o)},
    ),
    "breadcrumbs": Component(
        "navigation",
        "breadcrumbs",
        "items items.text items.html items.href collapseOnMobile classes attributes labelText",
        lambda o: (
            common(o)
            | {"trail": [{"text": words(item), "href": item.get("href")} for item in o["items"]]}
            | pick(o, collapse_on_mobile="collapseOnMobile", label="labelText")
        ),
    ),
    "button": Component(
        "actions",
        "button",
        "text html href type name value id disabled isStartButton preventDoubleClick classes attributes",
        lambda o: (
            common(o)
            | pick(o, href="href", type="type", name="name", value="value", disabled="disabled", text="text")
            | pick(o, start="isStartButton", prevent_double_click="preventDoubleClick")
            | {"html": words(o) if "html" in o else None}
        ),
    ),
    "character-count": Component(
        "inputs",
        "textarea",
        f"{LABELLED} maxlength rows spellcheck",
        given.labelled,
        lambda o: "maxlength" in o,
    ),
    "checkboxes": Component("choices", "checkboxes", CHOICES, given.checkboxes, given.not_unchecked),
    "date-input": Component(
        "choices",
        "date_input",
        "id namePrefix values hint.text errorMessage.text classes fieldset.legend.text fieldset.legend.html"
        " fieldset.legend.classes fieldset.legend.isPageHeading items items.name items.classes items.error"
        " items.autocomplete items.value day.error day.classes month.error month.classes year.error year.classes"
        " year.value",
        given.date_input,
        given.plain_date,
    ),
    "details": Component(
        "messages",
        "details",
        "summaryText summaryHtml text html id open classes attributes",
        lambda o: (
            common(o) | {"summary": words(o, "summaryText"), "text": words(o), "open": o.get("open", False)}
        ),
    ),
    "error-summary": Component(
        "messages",
        "error_summary",
        "titleText titleHtml descriptionText descriptionHtml errorList errorList.text errorList.html errorList.href"
        " disableAutoFocus classes attributes",
        lambda o: (
            common(o)
            | {"errors": [(words(error), error.get("href")) for error in o.get("errorList", [])]}
            | {"title": words(o, "titleText"), "description": words(o, "descriptionText")}
            | pick(o, disable_auto_focus="disableAutoFocus")
        ),
    ),
    "file-upload": Component("inputs", "file_upload", LABELLED, given.labelled, lambda o: "value" not in o),
    "input": Component(
        "inputs",
        "input",
        f"{LABELLED} type inputmode autocomplete autocapitalize spellcheck prefix.text prefix.html suffix.text"
        " suffix.html",
        given.boxed,
    ),
    "inset-text": Component(
        "messages", "inset_text", "text html id classes attributes", lambda o: common(o) | {"text": words(o)}
    ),
    "notification-banner": Component(
        "messages",
        "notification_banner",
        "text type titleText titleHtml titleId titleHeadingLevel role disableAutoFocus classes attributes",
        lambda o: (
            common(o)
            | pick(
                o,
                text="text",
                type="type",
                title_id="titleId",
                heading_level="titleHeadingLevel",
                role="role",
            )
            | pick(o, disable_auto_focus="disableAutoFocus")
            | {"title": words(o, "titleText")}
        ),
    ),
    "pagination": Component(
        "navigation",
        "pagination",
        "previous.href previous.text previous.html previous.labelText next.href next.text next.html next.labelText"
        " landmarkLabel classes attributes",
        given.pagination,
    ),
    "panel": Component(
        "messages",
        "panel",
        "titleText titleHtml text html headingLevel classes attributes",
        lambda o: (
            common(o)
            | {"title": words(o, "titleText"), "text": words(o)}
            | pick(o, heading_level="headingLevel")
        ),
        lambda o: "interruption" not in o.get("classes", ""),
    ),
    "password-input": Component(
        "inputs",
        "password_input",
        f"{LABELLED} autocomplete",
        given.labelled,
    ),
    "phase-banner": Component(
        "messages",
        "phase_banner",
        "tag.text tag.html text html classes attributes",
        lambda o: common(o) | {"tag_text": words(o.get("tag")) or "", "text": words(o)},
    ),
    "radios": Component("choices", "radios", CHOICES, given.radios, given.not_unchecked),
    "select": Component(
        "inputs",
        "select",
        f"{LABELLED} items items.value items.text items.disabled items.selected",
        given.select,
        given.plain_select,
    ),
    "summary-list": Component(
        "lists", "summary_list", ROWS, lambda o: common(o) | {"rows": given.summary_rows(o)}
    ),
    "summary-list card": Component(
        "lists",
        "summary_card",
        f"{ROWS} card card.title.text card.title.html card.title.headingLevel card.classes card.attributes"
        " card.actions.items card.actions.items.text card.actions.items.href"
        " card.actions.items.visuallyHiddenText",
        given.summary_card,
        lambda o: "title" in o.get("card", {}),
    ),
    "table": Component(
        "lists",
        "table",
        "rows rows.text rows.html rows.format rows.classes head head.text head.html head.format head.classes"
        " caption captionClasses firstCellIsHeader classes attributes",
        given.table,
    ),
    "tag": Component(
        "messages", "tag", "text html classes attributes", lambda o: common(o) | {"text": words(o)}
    ),
    "task-list": Component(
        "lists",
        "task_list",
        "items items.title.text items.title.html items.href items.hint.text items.hint.html items.status.text"
        " items.status.html items.status.classes items.status.tag.text items.status.tag.html"
        " items.status.tag.classes items.classes idPrefix classes attributes",
        lambda o: (
            common(o)
            | {"tasks": [given.task(item) for item in o["items"] if item]}
            | pick(o, id_prefix="idPrefix")
        ),
    ),
    "textarea": Component("inputs", "textarea", f"{LABELLED} rows spellcheck autocomplete", given.labelled),
    "warning-text": Component(
        "messages",
        "warning_text",
        "text html iconFallbackText classes attributes",
        lambda o: common(o) | {"text": words(o)} | pick(o, icon_text="iconFallbackText"),
        lambda o: bool(words(o)),
    ),
}


def shipped(component: str) -> list[dict[str, Any]]:
    folder = component.partition(" ")[0]
    fixtures: list[dict[str, Any]] = json.loads((PACKAGE / folder / "fixtures.json").read_text())["fixtures"]
    return fixtures


def supported(component: str) -> list[dict[str, Any]]:
    return [case for case in shipped(component) if COMPONENTS[component].supports(case["options"])]


CASES = [(name, case["name"], case) for name in COMPONENTS for case in supported(name)]


def tree(node: Tag) -> list[Any]:
    """A comparable form: names, attributes (classes without order), and text with its spaces run together."""
    parts: list[Any] = []
    for child in node.children:
        if isinstance(child, Tag):
            attributes: dict[str, Any] = {
                key: value for key, value in child.attrs.items() if not key.startswith("data-i18n")
            }
            attributes["class"] = sorted(set(child.get_attribute_list("class")) - {None})
            parts.append((child.name, attributes, tree(child)))
        elif type(child) is NavigableString and child.strip():
            parts.append(" ".join(child.split()))
    return parts


def parsed(html: str) -> list[Any]:
    return tree(BeautifulSoup(html, "html.parser"))


@pytest.mark.parametrize(
    ("name", "case"), [(a, c) for a, _, c in CASES], ids=[f"{a}: {b}" for a, b, _ in CASES]
)
def test_a_macro_writes_what_the_fixture_shows(
    name: str, case: dict[str, Any], macro: Callable[[str, str], Any]
) -> None:
    component = COMPONENTS[name]
    html = macro(component.file, component.macro)(**component.arguments(case["options"]))
    assert parsed(html) == parsed(case["html"])


@pytest.mark.parametrize("name", COMPONENTS)
def test_most_fixtures_of_a_component_are_within_the_subset(name: str) -> None:
    assert len(supported(name)) >= 3

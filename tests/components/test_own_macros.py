"""The macros for which GOV.UK Frontend ships no fixture: the Ministry of Justice's components, and our additions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag
from markupsafe import Markup

Macro = Callable[[str, str], Any]


def drawn(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def only(soup: Tag, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, selector
    return found[0]


def test_tabs_are_links_with_counts_of_which_one_is_current(macro: Macro) -> None:
    tabs = [
        {"text": "New", "href": "?tab=new", "count": 0, "current": True},
        {"text": "All", "href": "?tab=all", "count": "99+"},
        {"text": "Closed", "href": "?tab=closed"},
    ]
    soup = drawn(macro("navigation", "tabs")(tabs, label="Referrals"))
    assert only(soup, "nav")["aria-label"] == "Referrals"
    assert [" ".join(link.get_text().split()) for link in soup.select("a")] == ["New 0", "All 99+", "Closed"]
    assert only(soup, "[aria-current=page]")["href"] == "?tab=new"


def test_a_timeline_says_what_by_whom_and_when(macro: Macro) -> None:
    events = [
        {
            "title": "Sent",
            "by": "Rhys Parry",
            "when": "20 November 2026",
            "at": "2026-11-20T16:40",
            "text": "<b>",
        },
        {"title": "Closed", "when": "21 November 2026", "at": "2026-11-21"},
    ]
    soup = drawn(macro("lists", "timeline")(events))
    assert [title.get_text() for title in soup.select("h3")] == ["Sent", "Closed"]
    assert only(soup, ".moj-timeline__byline").get_text() == "by Rhys Parry"
    assert soup.select("time")[0]["datetime"] == "2026-11-20T16:40"
    assert only(soup, ".moj-timeline__description").get_text() == "<b>"


def test_the_identity_bar_names_the_person_with_facts(macro: Macro) -> None:
    html = macro("navigation", "identity_bar")(
        "Cerys <Morgan>", [("Born", "27 March 1990"), ("CRN", "X320741")]
    )
    soup = drawn(html)
    assert "Cerys <Morgan>" in only(soup, ".moj-identity-bar__title").get_text()
    assert [fact.get_text() for fact in soup.select("dd")] == ["27 March 1990", "X320741"]
    assert not soup.select(".moj-identity-bar__actions")


def test_what_a_list_is_filtered_by_can_be_removed_one_by_one(macro: Macro) -> None:
    groups = [
        {
            "heading": "Need",
            "chips": [{"text": "Housing", "href": "?need=m"}, {"text": "Mental", "href": "?"}],
        }
    ]
    soup = drawn(
        macro("filters", "filter_panel")(groups, clear_href="/list", caller=lambda: Markup("<i></i>"))
    )
    assert [chip["href"] for chip in soup.select(".moj-filter__tag")] == ["?need=m", "?"]
    assert "Remove this filter" in soup.select(".moj-filter__tag")[0].get_text()
    assert only(soup, "form[method=get] i") is not None
    assert only(soup, ".moj-filter__heading-action a")["href"] == "/list"


def test_a_list_that_is_not_filtered_shows_no_chips(macro: Macro) -> None:
    soup = drawn(macro("filters", "filter_panel")(caller=lambda: ""))
    assert not soup.select(".moj-filter__selected")
    assert not only(soup, "details").has_attr("open")


def test_the_first_action_is_the_green_one(macro: Macro) -> None:
    actions = [
        {"text": "Accept", "href": "/a"},
        {"text": "Ask", "href": "/b"},
        {"text": "Decline", "href": "/c"},
    ]
    links = drawn(macro("actions", "action_menu")(actions)).select("a.govuk-button")
    assert ["govuk-button--secondary" in link["class"] for link in links] == [False, True, True]


def test_a_post_button_is_a_form_with_its_token(macro: Macro) -> None:
    soup = drawn(macro("actions", "post_button")("Withdraw", "/withdraw", "the-token", name="go", value="1"))
    form = only(soup, "form[method=post][action='/withdraw']")
    assert only(form, "input[name=csrf_token]")["value"] == "the-token"
    assert len(str(only(form, "input[name=once]")["value"])) == 22
    assert only(form, "button[name=go][value='1']")["data-prevent-double-click"] == "true"


HEAD = [
    {"text": "Reference"},
    {"text": "Due", "sort_href": "?sort=-due", "sort": "ascending"},
    {"text": "Days", "numeric": True, "sort_href": "?sort=days"},
]


def test_a_table_is_sorted_by_links_and_says_by_which(macro: Macro) -> None:
    soup = drawn(macro("lists", "table")(HEAD, [["KD 4821 PT", "Today", 3]], caption="Referrals"))
    assert [link["href"] for link in soup.select("th a")] == ["?sort=-due", "?sort=days"]
    assert only(soup, "[aria-sort]")["aria-sort"] == "ascending"
    assert only(soup, "td.govuk-table__cell--numeric").get_text() == "3"


def test_a_stacked_table_says_in_each_cell_which_column_it_is_of(macro: Macro) -> None:
    rows = [["KD 4821 PT", Markup("<b>Today</b>"), 3]]
    soup = drawn(macro("lists", "table")(HEAD, rows, first_cell_is_header=True, stacked=True))
    assert [label.get_text() for label in soup.select(".portal-table__heading")] == ["Due", "Days"]
    assert all(label["aria-hidden"] == "true" for label in soup.select(".portal-table__heading"))
    assert [cell["role"] for cell in soup.select("tbody tr > *")] == ["rowheader", "cell", "cell"]
    assert only(soup, ".portal-table__value b").get_text() == "Today"


def test_a_table_may_be_given_its_rows_as_they_are(macro: Macro) -> None:
    soup = drawn(macro("lists", "table")(HEAD, caller=lambda: Markup("<tr><td>Own</td></tr>")))
    assert only(soup, "tbody td").get_text() == "Own"


def test_choices_are_grouped_under_what_they_have_in_common(macro: Macro) -> None:
    options = [
        {"heading": "Agency"},
        {"value": "a", "text": "No capacity"},
        {"heading": "Person"},
        {"value": "b", "text": "Not eligible"},
    ]
    soup = drawn(macro("choices", "radios")("reason", "reason", options, value="b", legend="Why?"))
    groups = soup.select("[role=group]")
    assert [only(soup, f"#{group['aria-labelledby']}").get_text() for group in groups] == ["Agency", "Person"]
    assert [only(group, "input")["value"] for group in groups] == ["a", "b"]
    assert only(soup, "input#reason")["value"] == "a"
    assert only(soup, "input[checked]")["value"] == "b"


def test_text_given_to_a_macro_is_escaped(macro: Macro) -> None:
    hostile = '"><script>x</script>'
    pages = [
        macro("messages", "tag")(hostile),
        macro("messages", "error_summary")([(hostile, "#x")]),
        macro("lists", "table")([{"text": hostile}], [[hostile]], caption=hostile, stacked=True),
        macro("lists", "summary_card")(hostile, [{"key": hostile, "value": hostile}]),
        macro("inputs", "input")(hostile, "x", "x", value=hostile, hint=hostile, error=hostile),
        macro("inputs", "textarea")(hostile, "x", "x", value=hostile),
        macro("navigation", "identity_bar")(hostile, [(hostile, hostile)]),
        macro("navigation", "pagination")(next_href=hostile, next_label=hostile),
    ]
    assert not any(drawn(page).select("script") for page in pages)

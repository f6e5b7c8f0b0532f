"""The page around every page, and the error pages, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, flash, render_template, render_template_string

from portal.fields import PortalForm, Required, TextField
from portal.web import draw_parts

PAGE = "{% extends 'base.html' %}{% block title %}Referrals{% endblock %}{% block main %}<h1>Here</h1>{% endblock %}"


class Named(PortalForm):
    name = TextField("Name", [Required("Enter a name")])


ERROR_PAGES = (400, 401, 403, 404, 405, 409, 413, 429, 500, 503)


def page(look: Flask, source: str = PAGE, language: str = "en", **context: Any) -> BeautifulSoup:
    with look.test_request_context(f"/referrals?lang={language}"):
        return BeautifulSoup(render_template_string(source, **context), "html.parser")


def text(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    assert found is not None, selector
    return " ".join(found.get_text().split())


def test_a_page_says_its_language_and_offers_the_other(look: Flask) -> None:
    for language, other, name in (("en", "cy", "Cymraeg"), ("cy", "en", "English")):
        soup = page(look, language=language)
        assert soup.html is not None
        assert soup.html["lang"] == language
        link = soup.select_one(f"a[hreflang={other}]")
        assert link is not None
        assert (link.get_text(), link["lang"], link["href"]) == (name, other, f"?lang={other}")


def test_the_title_names_the_page_and_says_when_there_is_an_error(look: Flask) -> None:
    assert text(page(look), "title") == "Referrals – Blaenoriaeth"

    with look.test_request_context("/", method="POST"):
        form = Named()
        assert not form.validate()
        soup = BeautifulSoup(render_template_string(PAGE, form=form), "html.parser")
    assert text(soup, "title") == "Error: Referrals – Blaenoriaeth"
    assert text(soup, "main > .govuk-error-summary a[href='#name']") == "Enter a name"


def test_the_section_one_is_in_is_marked(look: Flask) -> None:
    current = page(look).select(".govuk-service-navigation [aria-current=true]")
    assert [link["href"] for link in current] == ["/referrals"]


def test_signing_out_is_a_post_with_its_token(look: Flask) -> None:
    form = page(look).select_one("header form[method=post][action='/sign-out']")
    assert form is not None
    token = form.select_one("input[name=csrf_token]")
    assert token is not None
    assert len(str(token["value"])) > 20


def test_a_visitor_has_no_account_and_no_sections(look: Flask) -> None:
    with look.test_request_context("/"):
        nobodys = draw_parts([], demo=True)
    soup = page(look, current_user=None, kept=nobodys)
    assert soup.select_one("form, .govuk-service-navigation") is None


def test_the_demonstration_says_that_it_is_fictional(look: Flask) -> None:
    assert "fictional" in text(page(look), ".govuk-phase-banner")
    with look.test_request_context("/"):
        real = draw_parts([], demo=False)
    assert "fictional" not in text(page(look, kept=real), ".govuk-phase-banner")
    assert "ddychmygol" in text(page(look, language="cy"), ".govuk-phase-banner")


def test_messages_are_shown_once_and_escaped(look: Flask) -> None:
    with look.test_request_context("/"):
        flash("Sent to <Nacro>", "success")
        flash("Read this")
        soup = BeautifulSoup(render_template_string(PAGE), "html.parser")
    banners = soup.select("main .govuk-notification-banner")
    assert [banner["role"] for banner in banners] == ["alert", "region"]
    assert "Sent to <Nacro>" in banners[0].get_text()
    titles = [banner["aria-labelledby"] for banner in banners]
    assert len(set(titles)) == 2


def test_no_page_carries_inline_style_or_script(look: Flask) -> None:
    soup = page(look)
    assert soup.select("style, [style]") == []
    assert all(script.get("src") and not script.get_text() for script in soup.select("script"))
    assert not any(name.startswith("on") for element in soup.find_all(True) for name in element.attrs)


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("code", ERROR_PAGES)
def test_an_error_page_says_what_happened_and_what_to_do(look: Flask, code: int, language: str) -> None:
    with look.test_request_context(f"/?lang={language}"):
        soup = BeautifulSoup(render_template(f"errors/{code}.html"), "html.parser")
    heading = text(soup, "main h1")
    assert text(soup, "title") == f"{heading} – Blaenoriaeth"
    assert soup.select("main p.govuk-body")
    assert soup.select("main a[href]")
    if language == "cy":
        with look.test_request_context("/"):
            english = BeautifulSoup(render_template(f"errors/{code}.html"), "html.parser")
        spoken = {line.get_text() for line in soup.select("main h1, main p")}
        assert spoken.isdisjoint(line.get_text() for line in english.select("main h1, main p"))


class OutOfReach:
    """Stands for what only the database knows: touching it fails."""

    def __getattr__(self, name: str) -> Any:
        raise ConnectionError(name)

    def __bool__(self) -> bool:
        raise ConnectionError

    def __iter__(self) -> Any:
        raise ConnectionError


@pytest.mark.parametrize("code", [500, 503])
def test_the_pages_of_last_resort_ask_nobody_who_is_there(look: Flask, code: int) -> None:
    with look.test_request_context("/"):
        away = OutOfReach()
        html = render_template(f"errors/{code}.html", current_user=away)
    assert "Sorry" in html

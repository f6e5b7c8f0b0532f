"""The form as a whole: required answers, errors and where they lead, languages, what is no form at all."""

from __future__ import annotations

import io
from datetime import date

from bs4 import BeautifulSoup
from flask import Flask, request
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from portal.fields import (
    CheckboxesField,
    IntegerField,
    PortalForm,
    Required,
    YesNoField,
)
from tests.fields.every_field import Cohort, Everything, drawn, posted, shown


def test_a_required_field_asks_in_its_own_words_once() -> None:
    assert posted(name="   ").error_summary == [("Enter the full name", "#name")]
    assert posted(name="\0").errors == {"name": ["Remove the characters that cannot be shown"]}


def test_a_required_question_accepts_no_and_nought_as_answers() -> None:
    class Asked(PortalForm):
        known = YesNoField("Known?", [Required("Say")])
        count = IntegerField("How many?", [Required("Enter")])
        some = CheckboxesField("Which?", [Required("Select")], choices=[("a", "A")])

    answered = Asked(MultiDict({"known": "no", "count": "0", "some": "a"}))
    assert answered.validate()
    assert (answered.known.data, answered.count.data) == (False, 0)
    empty = Asked(MultiDict())
    assert not empty.validate()
    assert [text for text, _ in empty.error_summary] == ["Say", "Enter", "Select"]


def test_every_error_address_is_the_id_of_a_box() -> None:
    form = posted(name="", email="x", days="x", born_month="3", need="9", cohort="9", share=["9"], told="9")
    page = drawn(form)
    assert len(form.error_summary) == 8
    for _, href in form.error_summary:
        box = page.find(id=str(href)[1:])
        assert box is not None
        assert box.name in ("input", "select")


def test_hint_and_error_describe_their_box() -> None:
    page = drawn(posted(born_day="27"))
    described = page.find("fieldset", {"role": "group"})["aria-describedby"]  # type: ignore[index]
    assert described == "born-hint born-error"
    assert all(page.find(id=part) is not None for part in str(described).split())


def test_values_of_an_object_are_shown() -> None:
    form = Everything(
        formdata=None, name="Cerys", born=date(1990, 3, 27), cohort=Cohort.FLEX, told=True, share=["risk"]
    )
    page = drawn(form)
    assert shown(form, "born-month") == "3"
    checked = {box["value"] for box in page.find_all("input", checked=True)}
    assert checked == {"flex", "yes", "risk"}


def test_files_and_json_under_the_names_of_text_fields_are_no_answers(app: Flask) -> None:
    file = {
        "name": (io.BytesIO(b"x"), "x.txt"),
        "born-day": (io.BytesIO(b"x"), "y"),
        "share": (io.BytesIO(b"x"), "z"),
    }
    with app.test_request_context("/", method="POST", data=file):
        assert request.files
        assert Everything().errors == {}
        assert not Everything().validate()
    with app.test_request_context("/", method="POST", json={"name": {"a": 1}, "days": [3]}):
        form = Everything(data={"name": "kept out"})
        assert not form.validate()
        assert form.error_summary == [("Enter the full name", "#name")]


def test_an_empty_post_does_not_pass_with_the_values_of_the_object(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        assert not Everything(data={"name": "Cerys"}).validate()


def test_errors_are_in_welsh_on_a_welsh_page() -> None:
    with force_locale("cy"):
        form = posted(days="x", born_day="1")
        assert [text for text, _ in form.error_summary] == [
            "Rhowch rif cyfan",
            "Rhaid i’r dyddiad gynnwys mis a blwyddyn",
        ]
        assert "Gwall:" in str(form.days())
        assert "Nac ydy" in str(form.told())


def test_look_goes_to_the_macro_and_the_rest_becomes_attributes() -> None:
    form = posted()
    box = BeautifulSoup(str(form.name(width="x", autocomplete="name", maxlength=20)), "html.parser").find(
        "input"
    )
    assert box is not None
    assert (box["autocomplete"], box["maxlength"]) == ("name", "20")
    legend = BeautifulSoup(
        str(form.born(label_class="govuk-fieldset__legend--l", page_heading=True)), "html.parser"
    )
    assert legend.select_one("legend.govuk-fieldset__legend--l > h1") is not None


def test_answers_are_read_back_in_the_words_of_their_choices() -> None:
    form = posted(need="2", cohort="flex", share=["phone", "risk"], told="no", born_day="31", born_month="2")
    names = ("need", "cohort", "share", "told", "born", "why")
    said = " / ".join(form[name].in_words() for name in names)
    assert said == "Mental health / Flex / Risk; Phone / No / 31 2 / "

"""Whatever is posted, a form never fails, and what was typed is shown again as text."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.fields.every_field import Everything, drawn, posted, shown

NAMES = (
    *("name", "email", "password", "notes", "days", "need", "cohort", "why", "share", "told", "version"),
    *("born-day", "born-month", "born-year"),
)


HOSTILE = st.one_of(
    st.text(st.characters(categories=None), max_size=60),
    st.sampled_from(
        [
            "\0",
            "a\0b",
            "\ud800",
            "\udfff",
            "٣",
            "３",
            "1" * 5000,
            "-1",
            "1e9",
            "0x10",
            "²",
            "½",
            "\r\n",
            "\u202e",
            "\x85",
        ]
    ),
    st.sampled_from(
        ["<script>alert(1)</script>", '" onfocus="x', "'><img src=x>", "{{ 7*7 }}", "%s%n", "${x}"]
    ),
    st.integers().map(str),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(HOSTILE, max_size=3), max_size=8))
@example({"born-day": ["٣"], "born-month": ["\0"], "born-year": ["9" * 400]})
@example({"days": ["9" * 5000]})
@example({"share": ["risk", "\ud800"]})
def test_nothing_that_is_posted_makes_a_form_fail(values: dict[str, list[str]]) -> None:
    form = Everything(MultiDict([(key, value) for key, several in values.items() for value in several]))
    valid = form.validate()
    html = "".join(str(field()) for field in form)
    assert html.encode()
    assert valid == (form.error_summary == [])
    assert "\0" not in html
    assert "<script>" not in html
    assert "<img" not in html
    assert all(
        isinstance(field.data, str) and "\0" not in field.data for field in (form.name, form.notes, form.why)
    )
    assert form.days.data is None or 1 <= form.days.data <= 60 or form.days.errors
    assert form.born.data is None or isinstance(form.born.data, date)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_what_was_typed_is_shown_again_and_cannot_become_markup(text: str) -> None:
    form = posted(why=text, notes=text)
    for field, box in ((form.why, "why"), (form.notes, "notes")):
        assert shown(form, box) == field._value()
    box_names = {element.name for element in drawn(form).find_all(True)}
    assert box_names.isdisjoint({"script", "img"})

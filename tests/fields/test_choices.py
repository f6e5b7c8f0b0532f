"""Answers chosen from those offered."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.fields.every_field import Cohort, posted


def test_a_choice_is_the_value_that_was_offered() -> None:
    form = posted(cohort="flex", need="2", share=["phone", "risk", "phone"], told="no")
    assert form.errors == {}
    assert form.cohort.data is Cohort.FLEX
    assert form.need.data == 2
    assert form.share.data == ["risk", "phone"]
    assert form.told.data is False


@pytest.mark.parametrize("field", ["cohort", "need", "share", "told"])
def test_a_choice_that_was_not_offered_is_refused(field: str) -> None:
    form = posted(**{field: "another's"})
    assert form.error_summary == [("Select an answer from the list", f"#{field}")]


def test_the_first_line_of_a_select_is_no_answer() -> None:
    assert posted(need="").need.data is None


def test_a_revealed_field_stands_within_its_choice() -> None:
    page = BeautifulSoup(str(posted().cohort()), "html.parser")
    assert page.select_one(".govuk-radios__conditional #why") is not None

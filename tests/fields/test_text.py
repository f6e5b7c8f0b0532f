"""Typed text and whole numbers."""

from __future__ import annotations

import pytest

from tests.fields.every_field import posted, shown


def test_text_is_stripped_composed_and_keeps_to_its_lines() -> None:
    form = posted(name="  Siân\tRees \r\n", notes=" one\r\ntwo\rthree\n", why="e\u0301")
    assert form.name.data == "Siân Rees"
    assert form.notes.data == "one\ntwo\nthree"
    assert form.why.data == "é"


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x7f", "a\ud800"])
def test_characters_that_cannot_be_shown_are_refused_beside_the_field(text: str) -> None:
    form = posted(name=text, notes=text, password=text, version=text)
    refusal = "Remove the characters that cannot be shown"
    assert [error for error, _ in form.error_summary] == [refusal] * 4
    assert form.name.data == ""
    assert shown(form, "name").startswith("a\ufffd")


def test_text_that_is_too_long_is_refused_and_kept() -> None:
    form = posted(name="x" * 21)
    assert form.error_summary == [("Enter no more than 20 characters", "#name")]
    assert shown(form, "name") == "x" * 21


@pytest.mark.parametrize("address", ["a@b.cymru", "o'neil+iom@heddlu.police.uk", "siân@gwasanaeth.cymru"])
def test_an_email_address_is_taken_as_typed(address: str) -> None:
    assert posted(email=f" {address} ").email.data == address


@pytest.mark.parametrize(
    "address", ["a", "a@b", "a b@c.uk", "a@b..uk", "@b.uk", "a@b.uk\nBcc: x@y.uk", "a@@b.uk"]
)
def test_an_address_in_another_format_is_refused(address: str) -> None:
    assert posted(email=address).error_summary[0][1] == "#email"


def test_a_password_keeps_its_spaces_and_is_never_shown_again() -> None:
    form = posted(password=" correct horse ")
    assert form.password.data == " correct horse "
    assert "correct horse" not in str(form.password())


@pytest.mark.parametrize(("typed", "number"), [("7", 7), (" 7 ", 7), ("0012", 12), ("6 0", 60), ("", None)])
def test_a_whole_number_is_read(typed: str, number: int | None) -> None:
    form = posted(days=typed)
    assert form.errors == {}
    assert form.days.data == number


@pytest.mark.parametrize("typed", ["seven", "7.5", "٣", "３", "1e1", "²", "--1", "0x7"])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    form = posted(days=typed)
    assert form.error_summary == [("Enter a whole number", "#days")]
    assert form.days.data is None
    assert shown(form, "days") == typed


@pytest.mark.parametrize("typed", ["0", "61", "-5", "9" * 13, "9" * 150])
def test_a_number_out_of_its_bounds_is_refused(typed: str) -> None:
    assert posted(days=typed).error_summary == [("Enter a number from 1 to 60", "#days")]

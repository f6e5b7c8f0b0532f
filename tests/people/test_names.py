"""Names are compared without accents and as they sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Siân", "sian"),
        ("SIÂN", "sian"),
        ("Sia\u0302n", "sian"),
        ("O’Brien", "obrien"),
        ("O'Brien", "obrien"),
        ("Łukasz", "lukasz"),
        ("Bjørn", "bjorn"),
        ("Straße", "strasse"),
        ("Ŵyn Ŷ", "wyn y"),
    ],
)
def test_accents_capitals_and_apostrophes_do_not_count(typed: str, kept: str) -> None:
    assert names.fold(typed) == kept


@pytest.mark.parametrize(
    "alike",
    [
        "Siân Sian Shân Shan",
        "Llewelyn Llywelyn Llewellyn Lewelyn",
        "Lloyd Llwyd Loyd",
        "Rhys Rees Reece Rhŷs",
        "Dafydd David Davydd Dafudd",
        "Catrin Katrin Catherine Kathryn",
        "Gruffydd Griffith Gruffudd Grufydd",
        "Hughes Huws Hews",
        "Price Prys Preece",
        "Ieuan Iwan Ewan Euan",
        "Owain Owen",
        "Ifan Evan",
        "Thomas Tomos",
        "Geoffrey Jeffrey",
        "Pritchard Prichard",
        "Meredydd Meredith Maredudd",
        "Stephen Steffan",
        "Alice Alys",
        "Matthew Mathew",
        "Ann Anne",
        "Mohammed Muhammad Mohamed",
    ],
)
def test_spellings_that_are_heard_alike_sound_alike(alike: str) -> None:
    assert len({names.sound(names.fold(name)) for name in alike.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("sian", "ffion"), ("rhys", "rhiannon"), ("jones", "james"), ("dafydd", "dewi")]
)
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert names.sound(one) != names.sound(other)


@pytest.mark.parametrize(
    ("name", "found_as"),
    [
        ("Anne-Marie", {"anne", "marie", "annemarie"}),
        ("O’Brien", {"obrien", "o", "brien"}),
        ("O Brien", {"obrien", "o", "brien"}),
        ("ap Rhys", {"ap", "rhys", "aprhys"}),
        ("", set()),
        ("—", set()),
    ],
)
def test_a_name_is_found_by_its_parts_and_as_one_word(name: str, found_as: set[str]) -> None:
    assert names.indexed_words(name) == found_as


def test_lists_are_ordered_by_last_name_whatever_its_capitals_and_accents() -> None:
    people = [
        ("Ôl", "Zoë"),
        ("owen", "Siân"),
        ("Owen", "Alun"),
        ("ap Rhys", "Ben"),
        ("Smithson", "A"),
        ("Smith", "B"),
    ]
    assert sorted(people, key=lambda one: names.sort_key(*one)) == [
        ("ap Rhys", "Ben"),
        ("Ôl", "Zoë"),
        ("Owen", "Alun"),
        ("owen", "Siân"),
        ("Smith", "B"),
        ("Smithson", "A"),
    ]


def test_a_person_is_alike_by_forename_and_surname_both() -> None:
    assert names.alike(("Siân Mair", "Rees"), ("Sian", "Rhys"))
    assert not names.alike(("Siân", "Rees"), ("Dafydd", "Rhys"))
    assert not names.alike(("", "Rees"), ("Siân", "Rees"))


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = names.words(text)
    assert names.words(" ".join(once)) == once


@given(st.text(), st.text())
def test_every_word_of_a_name_is_found_and_sounds_of_something(forenames: str, surname: str) -> None:
    rows = names.index(forenames, surname)
    assert {*names.words(forenames), *names.words(surname)} <= {word for word, _sound, _whole in rows}
    for word, sound, whole in rows:
        assert sound
        assert f" {word} ~{sound} " in whole


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1), st.data())
def test_a_doubled_letter_is_heard_as_one(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    assert names.sound(word[: at + 1] + word[at:]) == names.sound(word)

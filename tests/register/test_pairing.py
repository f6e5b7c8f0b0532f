"""What two cards say for and against being one person, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.register.blocking import kept_under, looked_under
from portal.register.comparing import compare_prepared
from portal.register.pairing import Card, Pair, compare
from portal.register.prepared import prepare
from portal.register.weights import DOUBT, LEVELS, MARGIN, SURE
from tests.register.cards import delius, niche, pnc, wrong_letter

PNC = pnc(123)
OTHER_DAY = date(1961, 11, 30)


def fate(pair: Pair | None) -> str:
    return "nothing" if pair is None else "sure" if pair.weight >= SURE else "asked"


def grounds(one: Card, other: Card) -> tuple[str, ...]:
    """Of two cards that share a PNC ID, so that they are told even where the rest speaks against."""
    pair = compare_prepared(*(prepare(card) for card in (one, other)))
    assert pair is not None
    return pair.grounds


def names(one: str, other: str) -> tuple[str, ...]:
    """The grounds of two names, each `Surname, Forenames`."""
    rows = []
    for make, name in ((delius, one), (niche, other)):
        surname, _, forenames = name.partition(", ")
        rows.append(make(surname=surname, forenames=forenames, pnc_id=PNC))
    return tuple(ground for ground in grounds(*rows) if "name" in ground)


def test_the_same_card_of_both_sources_is_sure() -> None:
    pair = compare(delius(), niche())
    assert fate(pair) == "sure"
    assert pair is not None
    assert pair.ids == (1, 2)
    assert pair.grounds == (
        "surname:same",
        "forenames:same",
        "sex:same",
        "date_of_birth:same",
        "place:local_authority",
    )


def test_two_people_with_nothing_in_common_are_no_pair() -> None:
    assert compare(delius(), niche(surname="Jones", forenames="Owain", born=OTHER_DAY)) is None


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({}, "sure"),
        ({"surname": "Jones", "forenames": "Owain"}, "sure"),
        ({"born": OTHER_DAY}, "sure"),
        ({"born": OTHER_DAY, "surname": "Jones"}, "asked"),
        ({"born": OTHER_DAY, "forenames": "Owain"}, "asked"),
        (
            {"born": OTHER_DAY, "surname": "Jones", "forenames": "Owain", "sex": "female", "area_id": 2},
            "asked",
        ),
    ],
)
@pytest.mark.parametrize("number", [{"pnc_id": PNC}, {"noms_number": "A1234BC"}, {"crn": "X123456"}])
def test_a_shared_number_is_sure_unless_name_and_birth_deny_it(
    number: dict[str, str], says: dict[str, Any], expected: str
) -> None:
    other = niche(**{**number, **says})
    assert fate(compare(delius(**number), other)) == expected


def test_a_shared_pnc_id_with_a_wrong_letter_is_not_sure_by_itself() -> None:
    wrong = wrong_letter(PNC)
    rest = {"surname": "Jones", "forenames": "Owain", "born": OTHER_DAY}
    assert fate(compare(delius(pnc_id=PNC), niche(pnc_id=PNC, surname="Jones"))) == "sure"
    assert compare(delius(pnc_id=wrong), niche(pnc_id=wrong, **rest)) is None


@pytest.mark.parametrize(
    "number",
    [
        ({"pnc_id": pnc(1)}, {"pnc_id": pnc(2)}),
        ({"noms_number": "A1234BC"}, {"noms_number": "A1234BD"}),
        ({"crn": "X000001"}, {"crn": "X000002"}),
    ],
)
def test_another_number_speaks_strongly_against_and_is_never_sure(
    number: tuple[dict[str, str], dict[str, str]],
) -> None:
    mine, theirs = number
    assert fate(compare(delius(**mine), niche(**theirs))) == "asked"
    common = {"surname": "Jones", "forenames": "David"}
    assert fate(compare(delius(**common), niche(**common))) == "sure"
    assert compare(delius(**common, **mine), niche(**common, **theirs)) is None


def test_one_number_the_same_and_another_not_is_asked() -> None:
    found = compare(delius(pnc_id=PNC, noms_number="A1234BC"), niche(pnc_id=PNC, noms_number="A1234BD"))
    assert fate(found) == "asked"


def test_a_pnc_id_a_character_off_speaks_for_where_a_letter_says_that_one_is_wrong() -> None:
    off = PNC[:9] + ("7" if PNC[9] != "7" else "8") + PNC[10:]
    assert "pnc_id:near" in grounds_without_rule(delius(pnc_id=PNC), niche(pnc_id=off))
    assert "pnc_id:near" in grounds_without_rule(delius(pnc_id=PNC), niche(pnc_id=wrong_letter(PNC)))
    assert "pnc_id:unlike" in grounds_without_rule(
        delius(pnc_id=PNC), niche(pnc_id=wrong_letter(pnc(987654)))
    )


def grounds_without_rule(one: Card, other: Card) -> tuple[str, ...]:
    pair = compare(one, other)
    return pair.grounds if pair else ()


@pytest.mark.parametrize("source", ["delius", "niche", "portal"])
def test_two_rows_of_one_extract_are_a_pair_only_where_a_number_agrees(source: str) -> None:
    one, other = delius(source=source, crn=None), niche(source=source, niche_ref=None)
    assert compare(one, other) is None
    one, other = (
        delius(source=source, crn=None, pnc_id=PNC),
        niche(source=source, niche_ref=None, pnc_id=PNC),
    )
    assert fate(compare(one, other)) == "sure"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Jones, Siân", "JONES, SIAN", "same"),
        ("O’Brien, Sean", "O Brien, Sean", "same"),
        ("McDonald, Sean", "Mac Donald, Sean", "same"),
        ("MacDonald, Sean", "Mc Donald, Sean", "same"),
        ("Jones-Evans, Siân", "Jones Evans, Siân", "same"),
        ("ap Rhys, Owain", "Rhys, Owain", "form"),
        ("ap Rhys, Owain", "Rees, Owain", "form"),
        ("Rhys, Owain", "Rees, Owain", "form"),
        ("Prys, Owain", "Price, Owain", "form"),
        ("ap Rhys, Owain", "Price, Owain", "form"),
        ("Ifans, Owain", "Evans, Owain", "form"),
        ("Gruffydd, Owain", "Griffiths, Owain", "form"),
        ("Wojciechowski, Owain", "Wojchiechowski, Owain", "near"),
        ("Jones, Owain", "Jnoes, Owain", "near"),
        ("Jones-Evans, Siân", "Jones, Siân", "part"),
        ("Jones-Evans, Siân", "Evans Price, Siân", "part"),
        ("Evans, Siân", "Bevan, Siân", "differs"),
        ("Parry, Siân", "Harris, Siân", "differs"),
        ("Li, Siân", "Lo, Siân", "differs"),
    ],
)
def test_surnames(one: str, other: str, level: str) -> None:
    assert f"surname:{level}" in names(one, other)
    assert names(other, one) == names(one, other)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Jones, Dafydd", "Jones, David", "form"),
        ("Jones, Ieuan", "Jones, Evan", "form"),
        ("Jones, Dai", "Jones, Dafydd", "form"),
        ("Jones, Bob", "Jones, Rhobert", "form"),
        ("Jones, Alex", "Jones, Sandra", "form"),
        ("Jones, Anne-Marie", "Jones, Annemarie", "same"),
        ("Jones, Anne Marie", "Jones, Anne-Marie", "same"),
        ("Jones, Christopher", "Jones, Christohper", "near"),
        ("Jones, Meurig", "Jones, Meirig", "near"),
        ("Jones, D", "Jones, David", "initial"),
        ("Jones, Owain Dafydd", "Jones, David", "order"),
        ("Jones, Carl", "Jones, Gethin", "differs"),
    ],
)
def test_forenames(one: str, other: str, level: str) -> None:
    assert f"forenames:{level}" in names(one, other)
    assert names(other, one) == names(one, other)


def test_what_somebody_is_called_counts_as_a_forename() -> None:
    found = grounds(delius(pnc_id=PNC, preferred_name="Dai"), niche(pnc_id=PNC, forenames="David"))
    assert "forenames:form" in found


def test_middle_names_speak_only_where_both_have_one() -> None:
    assert names("Jones, Owain", "Jones, Owain Rhys") == ("surname:same", "forenames:same")
    assert "middle_names:same" in names("Jones, Owain Rhys", "Jones, Owain Rees Emyr")
    assert "middle_names:differs" in names("Jones, Owain Rhys", "Jones, Owain Gethin")


def test_surname_and_forename_in_each_others_place() -> None:
    assert names("Jones, Gethin", "Gethin, Jones") == ("names:swapped",)
    assert names("Jones, Gethin", "Gethinn, Jones") == ("names:swapped",)
    assert fate(compare(delius(), niche(surname="Gwilym", forenames="Wojciechowski"))) == "sure"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (date(1988, 4, 23), date(1988, 4, 23), "same"),
        (date(1988, 1, 1), date(1988, 1, 1), "new_year"),
        (date(1988, 4, 3), date(1988, 3, 4), "swapped"),
        (date(1988, 4, 23), date(1988, 4, 28), "near"),
        (date(1988, 4, 23), date(1998, 4, 23), "near"),
        (date(1987, 4, 23), date(1978, 4, 23), "near"),
        (date(1988, 4, 23), date(1988, 1, 1), "year"),
        (date(1988, 4, 23), date(1962, 4, 23), "part"),
        (date(1988, 4, 23), date(1988, 4, 9), "part"),
        (date(1988, 4, 23), date(1962, 11, 9), "differs"),
    ],
)
def test_dates_of_birth(one: date, other: date, level: str) -> None:
    for mine, theirs in ((one, other), (other, one)):
        assert f"date_of_birth:{level}" in grounds(
            delius(pnc_id=PNC, born=mine), niche(pnc_id=PNC, born=theirs)
        )


def test_a_date_of_birth_that_is_not_known_says_nothing_and_names_alone_are_never_sure() -> None:
    one, other = delius(born=None, forenames="Gwilym Huw"), niche(forenames="Gwilym Huw")
    assert not [ground for ground in grounds_without_rule(one, other) if "birth" in ground]
    assert fate(compare(one, other)) == "asked"


def test_a_common_name_weighs_less_than_a_rare_one() -> None:
    common = compare(delius(surname="Jones", forenames="David"), niche(surname="Jones", forenames="David"))
    rare = compare(delius(), niche())
    assert common is not None
    assert rare is not None
    assert common.weight < rare.weight - 5


def test_namesakes_born_on_another_day_are_two() -> None:
    assert compare(delius(), niche(born=date(1958, 9, 17))) is None
    david = {"surname": "Jones", "forenames": "David"}
    assert compare(delius(**david), niche(**david, born=date(1958, 9, 17))) is None


def test_twins_are_asked_and_not_where_each_has_a_pnc_id() -> None:
    assert fate(compare(delius(), niche(forenames="Macsen"))) == "asked"
    assert compare(delius(pnc_id=pnc(1)), niche(forenames="Macsen", pnc_id=pnc(2))) is None


def test_a_married_name_is_asked_or_sure_by_what_else_agrees() -> None:
    woman = {"forenames": "Gwenllian Haf", "sex": "female"}
    assert fate(compare(delius(**woman), niche(**woman, surname="Probert"))) == "sure"
    sarah = {"forenames": "Sarah", "sex": "female"}
    assert fate(compare(delius(**sarah), niche(**sarah, surname="Probert", area_id=None))) != "nothing"


def test_sex_and_place_speak_for_and_against() -> None:
    best = compare(delius(), niche())
    assert best is not None
    for says in ({"sex": "female"}, {"local_authority_id": 12}, {"local_authority_id": 22, "area_id": 2}):
        found = compare(delius(), niche(**says))
        assert found is not None
        assert found.weight < best.weight - 3


def test_a_name_that_is_missing_says_nothing() -> None:
    nameless = niche(surname="-", forenames="’")
    assert not [
        ground for ground in grounds(delius(pnc_id=PNC), replace(nameless, pnc_id=PNC)) if "name" in ground
    ]
    assert fate(compare(delius(surname="", forenames=""), nameless)) != "sure"
    assert fate(compare(delius(), niche(forenames=""))) == "asked"
    assert fate(compare(delius(), niche(forenames="G"))) == "asked"


def test_weights_keep_their_value_in_the_database_and_grounds_stand_in_the_table() -> None:
    pair = compare(delius(), niche(forenames="Gwil", local_authority_id=12))
    assert pair is not None
    assert (pair.weight * 16).is_integer()
    assert set(pair.grounds) <= set(LEVELS)
    assert all((limit * 16).is_integer() for limit in (DOUBT, SURE, MARGIN))


@pytest.mark.parametrize(
    "says",
    [
        {"surname": "Probert", "born": date(1988, 4, 3)},  # where the other is 1988-03-04
        {"surname": "Wojciechowsky", "forenames": "Gwylim", "born": date(1988, 3, 4)},
        {"surname": "Probert", "born": date(1988, 3, 14)},
        {"forenames": "Macsen", "born": date(1989, 3, 4)},
        {"born": date(1988, 1, 1)},
        {"born": None},
        {"surname": "Gwilym", "forenames": "Wojciechowski", "born": None},
        {"surname": "Probert", "forenames": "Macsen", "born": OTHER_DAY, "pnc_id": PNC},
        {"surname": "Probert", "forenames": "Macsen", "born": OTHER_DAY, "noms_number": "A1234BC"},
    ],
)
def test_cards_that_may_be_one_person_share_a_key_whichever_is_new(says: dict[str, Any]) -> None:
    one = prepare(delius(born=date(1988, 3, 4), pnc_id=PNC, noms_number="A1234BC"))
    other = prepare(niche(**says))
    assert not set(kept_under(one)).isdisjoint(looked_under(other))
    assert not set(kept_under(other)).isdisjoint(looked_under(one))


def test_namesakes_with_dates_of_birth_apart_are_not_even_compared() -> None:
    one, other = prepare(delius()), prepare(niche(born=OTHER_DAY))
    assert set(kept_under(one)).isdisjoint(looked_under(other))

"""What stands of a person, by hand for each rule."""

from __future__ import annotations

from typing import Any

from portal.register.resolving import Edit, Resolved, Voice, resolve
from tests.register.extracts import pnc

SOUTH, GWENT, CARDIFF, NEWPORT = 1, 2, 10, 20
FORCES = {SOUTH: None, GWENT: None, CARDIFF: SOUTH, NEWPORT: GWENT}
KNOWN = {"surname": "Enghraifft", "forenames": "Siân", "area_id": SOUTH}


def voice(source: str, ref: str = "1", since: str = "2026-01-01", **stated: Any) -> Voice:
    facts = KNOWN | stated
    return Voice(source, ref, 1, facts, dict.fromkeys(facts, since))


def stands(*voices: Voice, **edits: Edit) -> Resolved:
    one = resolve(voices, edits, FORCES)
    assert one == resolve(voices[::-1], edits, FORCES)
    return one


def test_what_one_source_says_stands_and_differs_from_nothing() -> None:
    found = stands(voice("delius", crn="X100001", language="cy"), voice("niche", niche_ref="N1", sex="male"))
    assert (found.values["crn"], found.values["niche_ref"]) == ("X100001", "N1")
    assert (found.values["language"], found.values["sex"]) == ("cy", "male")
    assert found.values["date_of_birth"] is None
    assert found.differs == []


def test_where_sources_differ_probation_is_believed_of_the_person() -> None:
    found = stands(
        voice("delius", surname="Rees", date_of_birth="1990-05-04"),
        voice("niche", surname="Prys", date_of_birth="1990-04-05"),
    )
    assert (found.values["surname"], found.values["date_of_birth"]) == ("Rees", "1990-05-04")
    assert found.differs == ["surname", "date_of_birth"]
    assert found.other_names == ["Siân Prys"]


def test_accents_and_capitals_make_no_difference() -> None:
    found = stands(voice("delius", forenames="SIAN"), voice("niche"))
    assert found.differs == []
    assert found.other_names == []


def test_the_police_are_believed_of_the_pnc_id_if_its_letter_is_right() -> None:
    right, other = pnc(1), pnc(2)
    wrong = other[:-1] + ("A" if other[-1] != "A" else "B")
    assert stands(voice("delius", pnc_id=right), voice("niche", pnc_id=other)).values["pnc_id"] == other
    found = stands(voice("delius", pnc_id=right), voice("niche", pnc_id=wrong))
    assert (found.values["pnc_id"], found.differs) == (right, ["pnc_id"])


def test_each_names_its_own_offender_manager() -> None:
    found = stands(voice("delius", probation_om_id=5), voice("niche", police_om_id=6))
    assert (found.values["probation_om_id"], found.values["police_om_id"]) == (5, 6)


def test_a_local_authority_of_another_force_than_the_one_that_stands_is_none() -> None:
    found = stands(voice("delius", area_id=SOUTH), voice("niche", area_id=GWENT, local_authority_id=NEWPORT))
    assert (found.values["area_id"], found.values["local_authority_id"]) == (SOUTH, None)
    assert found.differs == ["area_id"]


def test_either_source_can_raise_a_flag_and_wisdom_is_free() -> None:
    found = stands(
        voice("delius", wisdom=False, cohort={"cohort": "fixed", "from": "2026-02-01"}),
        voice("niche", wisdom=True, mappa=True, since="2026-03-01"),
    )
    assert (found.values["wisdom"], found.values["mappa"], found.values["y2a"]) == (True, True, None)
    assert found.values["cohort"] == {"cohort": "free", "from": "2026-02-01"}
    assert found.differs == ["cohort", "wisdom"]


def test_wisdom_alone_puts_somebody_on_iom() -> None:
    found = stands(voice("niche", wisdom=True, since="2026-03-01"))
    assert found.values["cohort"] == {"cohort": "free", "from": "2026-03-01"}
    assert found.differs == []


def test_a_cohort_begins_when_its_source_says_or_first_said_it() -> None:
    found = stands(voice("delius", cohort={"cohort": "flex", "from": None}, since="2026-04-01"))
    assert found.values["cohort"] == {"cohort": "flex", "from": "2026-04-01"}
    both = stands(
        voice("delius", cohort={"cohort": "flex", "from": "2026-01-05"}),
        voice("niche", cohort={"cohort": "flex", "from": "2026-02-05"}),
    )
    assert both.differs == []


def test_what_was_typed_stands_as_long_as_the_sources_say_nothing_new() -> None:
    sources = voice("delius", "X1", surname="Rees"), voice("niche", "N1", surname="Prys")
    seen = {"delius X1": "Rees", "niche N1": "Prys"}
    settled = stands(*sources, surname=Edit("Price", seen))
    assert (settled.values["surname"], settled.differs) == ("Price", [])
    renewed = stands(voice("delius", "X1", surname="Preece"), sources[1], surname=Edit("Price", seen))
    assert (renewed.values["surname"], renewed.differs) == ("Price", ["surname"])
    agreed = stands(voice("delius", "X1", surname="Price"), sources[1], surname=Edit("Price", seen))
    assert agreed.differs == []


def test_somebody_added_here_keeps_what_was_typed_and_the_difference_is_told() -> None:
    found = stands(voice("portal", "7", language="en"), voice("delius", language="cy", sex="male"))
    assert (found.values["language"], found.values["sex"]) == ("en", "male")
    assert found.differs == ["language"]


def test_a_cohort_ended_here_is_not_opened_by_what_a_source_said_then() -> None:
    fact = {"cohort": "free", "from": "2026-01-05"}
    found = stands(voice("delius", "X1", cohort=fact, wisdom=True), cohort=Edit(None, {"delius X1": fact}))
    assert (found.values["cohort"], found.differs) == (None, [])


def test_needs_taken_off_here_stay_off_until_probation_says_them_anew() -> None:
    off = Edit({"removed": ["housing", "health"]}, {"delius X1": ["housing"]})
    said = voice("delius", "X1", needs=["health", "housing", "substance_misuse"])
    assert stands(said, needs=off).needs == ["health", "substance_misuse"]

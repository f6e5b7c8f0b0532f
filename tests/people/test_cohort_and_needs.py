"""Cohort spells and needs, as staff set them and as the database keeps them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.agencies.models import Area
from portal.db import db
from portal.people import actions
from portal.people.models import CohortSpell, Person, PersonNeed
from portal.people.queries import person_facts
from portal.people.wording import today
from tests.factories import CARDIFF, SOUTH_WALES, area, make_person, make_user
from tests.people.scenes import ClientFor, filled, saved, trace

BEGAN = date(2026, 1, 5)  # of the spell that make_person gives
WISDOM = "Every WISDOM case is an IOM case in the Free category."


def day(name: str, on: date | None) -> dict[str, str]:
    parts = (on.day, on.month, on.year) if on else ("", "", "")
    return {f"{name}-{part}": str(value) for part, value in zip(("day", "month", "year"), parts, strict=True)}


def set_cohort(client_for: ClientFor, person: Person, cohort: str, **changes: Any) -> Any:
    form = {
        "version": person.version,
        "cohort": cohort,
        "why": "",
        **day("from_on", None),
        **day("review_on", None),
    }
    return client_for(make_user()).post(f"/people/{person.id}/cohort", data=form | changes)


def spells(person_id: int) -> list[tuple[str, date, date | None]]:
    """Oldest first."""
    return [(spell.cohort, spell.from_on, spell.to_on) for spell in reversed(saved(person_id).spells)]


def test_the_first_cohort_begins_today_unless_a_day_is_entered(client_for: ClientFor) -> None:
    one, two = make_person(cohort=None), make_person(cohort=None)
    assert set_cohort(client_for, one, "flex").status_code == 302
    entered = day("from_on", BEGAN) | day("review_on", date(2027, 1, 5)) | {"why": "Risg uwch"}
    assert set_cohort(client_for, two, "free", **entered).status_code == 302
    assert spells(one.id) == [("flex", today(), None)]
    assert spells(two.id) == [("free", BEGAN, None)]
    assert (saved(two.id).spells[0].why, saved(two.id).spells[0].review_on) == ("Risg uwch", date(2027, 1, 5))
    assert [entry.detail for entry in trace("person.cohort_set")] == [{"cohort": "flex"}, {"cohort": "free"}]


def test_another_cohort_ends_the_present_one(client_for: ClientFor) -> None:
    person = make_person()
    assert set_cohort(client_for, person, "flex", **day("from_on", date(2026, 3, 2))).status_code == 302
    assert spells(person.id) == [("fixed", BEGAN, date(2026, 3, 2)), ("flex", date(2026, 3, 2), None)]


def test_the_same_cohort_keeps_its_first_day_and_takes_the_new_review(client_for: ClientFor) -> None:
    person = make_person()
    assert set_cohort(client_for, person, "fixed", **day("review_on", date(2027, 2, 1))).status_code == 302
    assert spells(person.id) == [("fixed", BEGAN, None)]
    assert saved(person.id).spells[0].review_on == date(2027, 2, 1)


def test_another_cohort_from_the_same_day_corrects_the_present_one(client_for: ClientFor) -> None:
    person = make_person()
    assert set_cohort(client_for, person, "free", **day("from_on", BEGAN)).status_code == 302
    assert spells(person.id) == [("free", BEGAN, None)]


def test_the_page_explains_the_cohorts_where_one_is_chosen(client_for: ClientFor) -> None:
    page = client_for(make_user()).get(f"/people/{make_person().id}/cohort").text
    for words in (
        "Fixed: neighbourhood crime, high risk of reoffending. National rules are strict.",
        "Flex: other people at raised risk of reoffending, chosen by the area under national guidance.",
        "Free: people chosen for local priorities, including serious violence and WISDOM.",
        WISDOM,
        "The present cohort began on 5 January 2026",
    ):
        assert words in page


TOMORROW = today() + timedelta(days=1)
WRONG = [
    ("", {}, "Select a cohort"),
    ("flexible", {}, "Select an answer from the list"),
    ("flex", day("from_on", TOMORROW), "The date must be today or in the past"),
    ("flex", day("from_on", BEGAN - timedelta(days=1)), "The present cohort began on 5 January 2026"),
    ("flex", day("from_on", date(1990, 5, 4)), "The date must be after the person’s date of birth"),
    ("fixed", day("review_on", BEGAN), "The review must be after the first day"),
    ("fixed", {"from_on-day": "31", "from_on-month": "6", "from_on-year": "2026"}, "Enter a real date"),
    ("fixed", {"why": "x" * 2001}, "Enter no more than 2000 characters"),
]


@pytest.mark.parametrize(
    ("cohort", "changes", "said"), WRONG, ids=[said for _cohort, _changes, said in WRONG]
)
def test_an_impossible_cohort_is_refused_beside_its_box(
    client_for: ClientFor, cohort: str, changes: dict[str, str], said: str
) -> None:
    person = make_person()
    response = set_cohort(client_for, person, cohort, **({"why": "Oherwydd"} | changes))
    assert response.status_code == 422
    assert response.text.count(said) >= 2
    assert "Oherwydd" in response.text or "why" in changes
    assert spells(person.id) == [("fixed", BEGAN, None)]


def test_a_new_cohort_cannot_begin_before_the_last_one_ended(client_for: ClientFor) -> None:
    person = make_person()
    actions.end_cohort(person, date(2026, 6, 1))
    response = set_cohort(client_for, person, "flex", **day("from_on", date(2026, 5, 31)))
    assert response.status_code == 422
    assert "The cohort before ended on 1 June 2026" in response.text
    assert set_cohort(client_for, person, "flex", **day("from_on", date(2026, 6, 1))).status_code == 302


@pytest.mark.parametrize("cohort", ["fixed", "flex"])
def test_a_wisdom_case_is_in_no_other_cohort_than_free(client_for: ClientFor, cohort: str) -> None:
    person = make_person(cohort=None, wisdom=True)
    response = set_cohort(client_for, person, cohort)
    assert response.status_code == 422
    assert f"{WISDOM} This person is a WISDOM case, so the cohort must be Free." in response.text
    with pytest.raises(ValueError, match="WISDOM"):
        actions.set_cohort(person, cohort, why="", from_on=BEGAN, review_on=None)
    assert set_cohort(client_for, saved(person.id), "free").status_code == 302


@pytest.mark.parametrize(("cohort", "status"), [("fixed", 422), ("flex", 422), ("free", 302), (None, 302)])
def test_nobody_in_another_cohort_becomes_a_wisdom_case(
    client_for: ClientFor, cohort: str | None, status: int
) -> None:
    person = make_person(cohort=cohort)
    form = filled(version=person.version, flags="wisdom")
    response = client_for(make_user()).post(f"/people/{person.id}/edit", data=form)
    assert response.status_code == status
    assert (f"{WISDOM} Change the cohort to Free first." in response.text) == (status == 422)
    assert saved(person.id).wisdom == (status == 302)


def test_the_cohort_is_ended(client_for: ClientFor) -> None:
    person = make_person()
    client = client_for(make_user())
    path = f"/people/{person.id}/cohort/end"
    for wrong in (TOMORROW, BEGAN - timedelta(days=1), None):
        answer = client.post(path, data={"version": person.version, **day("to_on", wrong)})
        assert answer.status_code == 422
    assert client.post(path, data={"version": person.version, **day("to_on", BEGAN)}).status_code == 302
    assert spells(person.id) == [("fixed", BEGAN, BEGAN)]
    again = client.get(path)
    assert (again.status_code, again.location) == (302, f"/people/{person.id}/cohort")


def test_the_database_keeps_one_open_spell(database: None) -> None:
    person = make_person()
    db.session.add(CohortSpell(person_id=person.id, cohort="free", from_on=BEGAN))
    with pytest.raises(IntegrityError, match="uq_cohort_spell_open"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize("page", ["cohort", "cohort/end", "needs"])
def test_of_two_editors_the_second_is_told(client_for: ClientFor, page: str) -> None:
    person = make_person()
    client = client_for(make_user())
    old = {
        "version": person.version - 1,
        "cohort": "flex",
        "why": "Oherwydd",
        **day("to_on", BEGAN),
        "needs": "housing",
    }
    response = client.post(f"/people/{person.id}/{page}", data=old)
    assert response.status_code == 409
    assert "Someone else has saved a change" in response.text
    assert spells(person.id) == [("fixed", BEGAN, None)]
    assert saved(person.id).needs == []


@pytest.mark.parametrize(
    ("page", "form"),
    [("cohort", {"cohort": "flex"}), ("cohort/end", day("to_on", BEGAN)), ("needs", {"needs": "housing"})],
)
def test_each_change_makes_older_forms_stale(client_for: ClientFor, page: str, form: dict[str, str]) -> None:
    person = make_person()
    version = person.version
    client = client_for(make_user())
    assert client.post(f"/people/{person.id}/{page}", data={"version": version, **form}).status_code == 302
    assert (
        client.post(f"/people/{person.id}/needs", data={"version": version, "needs": "health"}).status_code
        == 409
    )


def needs(person_id: int) -> dict[str, tuple[str, date]]:
    return {need.need_code: (need.state, need.identified_on) for need in saved(person_id).needs}


def test_needs_are_added_and_taken_away(client_for: ClientFor) -> None:
    person = make_person()
    client = client_for(make_user())
    path = f"/people/{person.id}/needs"
    identified = day("identified_on", date(2026, 2, 3))
    first = {"version": person.version, "needs": ["housing", "mental_health"], **identified}
    assert client.post(path, data=first).status_code == 302
    assert needs(person.id) == dict.fromkeys(["housing", "mental_health"], ("identified", date(2026, 2, 3)))
    assert 'value="housing" checked' in client.get(path).text
    second = {"version": saved(person.id).version, "needs": ["mental_health", "finance"]}
    assert client.post(path, data=second).status_code == 302
    assert needs(person.id) == {
        "mental_health": ("identified", date(2026, 2, 3)),
        "finance": ("identified", today()),
    }
    assert trace("person.needs_set")[-1].detail == {"added": ["finance"], "removed": ["housing"]}


@pytest.mark.parametrize("state", ["met", "not_met", "declined_by_person"])
def test_a_need_about_which_something_was_done_stays(client_for: ClientFor, state: str) -> None:
    person = make_person()
    db.session.add(
        PersonNeed(
            person_id=person.id, need_code="housing", state=state, identified_on=BEGAN, changed_on=BEGAN
        )
    )
    db.session.flush()
    client, path = client_for(make_user()), f"/people/{person.id}/needs"
    refused = client.post(path, data={"version": person.version, "needs": "health"})
    assert refused.status_code == 422
    assert "so they stay on the record: Housing" in refused.text
    kept = client.post(path, data={"version": person.version, "needs": ["housing", "health"]})
    assert kept.status_code == 302
    assert needs(person.id)["housing"] == (state, BEGAN)


def test_unknown_needs_and_future_days_are_refused(client_for: ClientFor) -> None:
    person = make_person()
    client, path = client_for(make_user()), f"/people/{person.id}/needs"
    for wrong in ({"needs": "nonsense"}, {"needs": "housing", **day("identified_on", TOMORROW)}):
        assert client.post(path, data={"version": person.version, **wrong}).status_code == 422
    assert needs(person.id) == {}


def test_facts_hold_every_area_that_holds_the_person(database: None) -> None:
    person = make_person(local_authority=area(CARDIFF), date_of_birth=date(2000, 2, 29))
    facts = person_facts(person, "housing", date(2026, 2, 28))
    codes = set(db.session.scalars(sa.select(Area.code).where(Area.id.in_(facts.area_ids))))
    cardiff = area(CARDIFF)
    larger = db.session.scalars(
        sa.select(Area.code).where(Area.id.in_([cardiff.health_board_id, cardiff.delivery_unit_id]))
    )
    assert codes == {CARDIFF, SOUTH_WALES, "W92000004", *larger}
    assert (facts.sex, facts.age, facts.need) == ("female", 25, "housing")
    assert person_facts(person, None, date(2026, 3, 1)).age == 26


def test_facts_of_someone_without_a_local_authority_hold_all_of_the_force(database: None) -> None:
    facts = person_facts(make_person(date_of_birth=None, sex=None), None, today())
    assert {area().id, area(CARDIFF).id, area("W92000004").id} <= facts.area_ids
    assert (facts.sex, facts.age) == (None, None)

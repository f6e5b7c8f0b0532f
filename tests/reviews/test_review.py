"""The review of one person: what it asks and shows, what it keeps and changes, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from portal.access import Role
from portal.db import db
from portal.people import actions, criteria
from portal.people.cohort_models import CohortReview
from portal.people.cohort_time import add_months
from portal.people.models import Person
from portal.people.wording import today
from tests.factories import area, make_person, make_sent, make_service, make_user
from tests.people.scenes import FORM, ClientFor, encoded, make_restricted, saved, standing_as, trace
from tests.people.test_cohort_and_needs import BEGAN, day
from tests.referrals.test_lists import statements
from tests.referring.journey import errors, soup, words

pytestmark = pytest.mark.usefixtures("database")
SOON = add_months(today(), 3)


def reviewed(client_for: ClientFor, person: Person, **changes: Any) -> Any:
    """The answer to a whole and valid review with these changes."""
    form: dict[str, Any] = {
        "version": person.version,
        "cohort": "stays",
        "cohort_words": "",
        **{f"need_{need.need_code}": "stays" for need in person.needs},
        "contacts": "right",
        "engagement": "mostly",
        "engagement_words": "Yn dod bob wythnos",
        "travel": "help",
        "travel_words": "Costau bws",
        "agreed": "Ymweld bob dydd Llun",
        **day("held_on", today()),
        **day("next_on", SOON),
    }
    return client_for(make_user(name="Gwen Adolygu")).post(f"/people/{person.id}/review", data=form | changes)


def reviews(person_id: int) -> list[CohortReview]:
    db.session.expire_all()
    query = sa.select(CohortReview).where(CohortReview.person_id == person_id).order_by(CohortReview.id)
    return list(db.session.scalars(query))


def with_needs(*codes: str, **values: Any) -> Person:
    person = make_person(**values)
    actions.set_needs(person, codes, identified_on=BEGAN, today=today())
    return person


def test_a_review_is_kept_moves_the_next_one_and_changes_nothing_else(client_for: ClientFor) -> None:
    person = with_needs("housing", "health")
    answer = reviewed(client_for, person, need_housing="changed", need_housing_words="Wedi cael fflat")
    (kept,) = reviews(person.id)
    assert (answer.status_code, answer.location) == (302, f"/people/{person.id}/reviews/{kept.id}")
    assert (kept.held_on, kept.next_on, kept.by.name) == (today(), SOON, "Gwen Adolygu")
    assert kept.answers["cohort"] == {"now": "fixed", "answer": "stays", "to": None, "words": ""}
    state = {"state": "identified", "referrals": []}
    assert kept.answers["needs"] == [
        {"code": "housing", "answer": "changed", "words": "Wedi cael fflat", **state},
        {"code": "health", "answer": "stays", "words": "", **state},
    ]
    assert kept.answers["engagement"] == {"answer": "mostly", "words": "Yn dod bob wythnos"}
    now = saved(person.id)
    assert (now.cohort, now.spells[0].from_on, now.spells[0].review_on) == ("fixed", BEGAN, SOON)
    assert {need.state for need in now.needs} == {"identified"}
    assert [entry.detail for entry in trace("person.reviewed")] == [{"review": kept.id}]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "Takes part most of the time",
                "Yes, with help",
                "Is Fixed still the right cohort?",
                "Review of",
            ),
        ),
        (
            "cy",
            (
                "Yn cymryd rhan y rhan fwyaf o’r amser",
                "Gall, gyda chymorth",
                "Ai Sefydlog yw’r garfan gywir",
                "Adolygiad",
            ),
        ),
    ],
)
def test_what_was_said_is_read_again_in_both_languages_and_stands_in_the_history(
    client_for: ClientFor, language: str, said: tuple[str, ...]
) -> None:
    person = with_needs("housing")
    reviewed(client_for, person, need_housing="changed", need_housing_words="Wedi cael fflat")
    (kept,) = reviews(person.id)
    client = client_for(make_user())
    page = words(client.get(f"/people/{person.id}/reviews/{kept.id}?lang={language}"))
    for text in (*said, "Wedi cael fflat", "Costau bws", "Ymweld bob dydd Llun", "Gwen Adolygu"):
        assert text in page, text
    history = client.get(f"/people/{person.id}?lang={language}")
    assert len(soup(history).select(f'a[href="/people/{person.id}/reviews/{kept.id}"]')) == 2
    assert "Ymweld bob dydd Llun" in words(history)


def test_the_page_shows_each_need_with_its_live_referral_and_who_is_in_touch(client_for: ClientFor) -> None:
    mair = make_user(name="Mair Heddlu", email="mair@police.example")
    person = with_needs("housing", "health", police_om_id=mair.id, mappa=True)
    referral = make_sent(make_service(name="Tŷ Enghraifft"), person)
    criteria.add_version(
        area(), review_months=4, texts={"free": {"en": "Lleol", "cy": "Lleol"}}, by_id=mair.id
    )
    page = client_for(make_user()).get(f"/people/{person.id}/review")
    assert soup(page).select(f'a[href="/referrals/{referral.reference}"]')
    shown = words(page)
    for text in (
        "Tŷ Enghraifft",
        "Mair Heddlu",
        "mair@police.example",
        "Nobody yet",
        "agree who leads",
        "Lleol",
    ):
        assert text in shown, text
    assert shown.count("No live referral.") == 1
    assert page.text.count(f'value="{add_months(today(), 4).month}"') >= 1
    reviewed(client_for, saved(person.id))
    assert reviews(person.id)[0].answers["needs"][0]["referrals"] == [referral.reference]


def test_a_review_adds_a_need_that_was_not_on_record(client_for: ClientFor) -> None:
    person = with_needs("housing")
    assert reviewed(client_for, person, new_needs=["finance", "family"]).status_code == 302
    assert {need.need_code for need in saved(person.id).needs} == {"housing", "finance", "family"}
    assert reviews(person.id)[0].answers["new_needs"] == ["finance", "family"]


def test_a_review_changes_the_cohort(client_for: ClientFor) -> None:
    person = make_person()
    said = {"cohort": "other", "new_cohort": "flex", "cohort_words": "Llai o droseddu"}
    assert reviewed(client_for, person, **said).status_code == 302
    now, before = saved(person.id).spells
    assert (now.cohort, now.from_on, now.review_on, now.why) == ("flex", today(), SOON, "Llai o droseddu")
    assert (before.cohort, before.to_on) == ("fixed", today())
    assert now.set_by_id == before.ended_by_id == reviews(person.id)[0].by_id


def test_a_review_ends_the_time_on_iom_and_needs_no_next_day(client_for: ClientFor) -> None:
    person = make_person()
    said = {"cohort": "leaves", "cohort_words": "Dim troseddu", **day("next_on", None)}
    assert reviewed(client_for, person, **said).status_code == 302
    kept = saved(person.id)
    assert (kept.cohort, kept.spells[0].to_on, kept.spells[0].end_why) == (None, today(), "Dim troseddu")
    (held,) = reviews(person.id)
    assert held.next_on is None
    page = words(client_for(make_user()).get(f"/people/{person.id}/reviews/{held.id}"))
    assert "None: the person has left IOM" in page
    again = client_for(make_user()).get(f"/people/{person.id}/review")
    assert (again.status_code, again.location) == (302, f"/people/{person.id}/cohort")


def test_wisdom_stays_free_and_y2a_asks_for_words(client_for: ClientFor) -> None:
    wisdom = make_person("free", wisdom=True)
    answer = reviewed(client_for, wisdom, cohort="other", new_cohort="flex")
    assert answer.status_code == 422
    assert "This person is a WISDOM case, so the cohort must be Free." in answer.text
    young = make_person(None, y2a=True)
    actions.set_cohort(young, "flex", why="", from_on=today(), review_on=None)
    answer = reviewed(client_for, young, cohort="leaves")
    assert answer.status_code == 422
    assert "Say why it ends earlier." in answer.text
    assert reviewed(client_for, saved(young.id), cohort="leaves", cohort_words="Symud").status_code == 302


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"cohort": ""}, "cohort", "Select whether the cohort is still right"),
    ({"cohort": "other"}, "new_cohort", "Select a cohort"),
    ({"need_housing": ""}, "need_housing", "Select whether this need is still right"),
    ({"new_needs": "housing"}, "new_needs", "Select an answer from the list"),
    ({"contacts": ""}, "contacts", "Select whether the contacts are still right"),
    ({"engagement": "x"}, "engagement", "Select an answer from the list"),
    ({"travel": ""}, "travel", "Select whether the person can get there"),
    (day("held_on", None), "held_on", "Enter the day of the review"),
    (day("held_on", today() + timedelta(days=1)), "held_on", "The date must be today or in the past"),
    (day("held_on", BEGAN - timedelta(days=1)), "held_on", "The present cohort began on"),
    (day("next_on", None), "next_on", "Enter the day of the next review"),
    (day("next_on", today()), "next_on", "The next review must be after today"),
    (day("next_on", add_months(today(), 12) + timedelta(days=1)), "next_on", "or before"),
    ({"engagement_words": "x" * 2001}, "engagement_words", "Enter no more than 2000 characters"),
]


@pytest.mark.parametrize(
    ("changes", "field", "said"), WRONG, ids=[f"{field} {said}" for _c, field, said in WRONG]
)
def test_what_is_wrong_is_said_beside_its_box_and_nothing_typed_is_lost(
    client_for: ClientFor, changes: dict[str, Any], field: str, said: str
) -> None:
    person = with_needs("housing")
    answer = reviewed(client_for, person, **changes)
    assert answer.status_code == 422
    found = {name: text for name, text in errors(answer).items() if name.startswith(f"#{field}")}
    assert said in " ".join(found.values()), errors(answer)
    assert "Ymweld bob dydd Llun" in answer.text
    assert reviews(person.id) == []


def test_of_two_reviewers_the_second_is_told_and_loses_nothing(client_for: ClientFor) -> None:
    person = make_person()
    version = person.version
    assert reviewed(client_for, person).status_code == 302
    answer = reviewed(client_for, saved(person.id), version=version)
    assert answer.status_code == 409
    assert "Someone else has saved a change" in answer.text
    assert "Ymweld bob dydd Llun" in answer.text
    assert len(reviews(person.id)) == 1


def test_missing_foreign_and_restricted_look_the_same(client_for: ClientFor) -> None:
    named = make_user()
    hidden, seen = make_restricted(named), make_person()
    reviewed(client_for, seen)
    (held,) = reviews(seen.id)
    client = client_for(make_user())
    for path in (
        f"/people/{hidden.id}/review",
        f"/people/{hidden.id}/reviews/{held.id}",
        f"/people/{make_person().id}/reviews/{held.id}",
        f"/people/{seen.id}/reviews/0",
        "/people/0/review",
    ):
        assert client.get(path).status_code == 404, path
    assert client_for(named).get(f"/people/{hidden.id}/review").status_code == 200


def test_the_database_shows_a_review_with_its_person_and_lets_nobody_rewrite_it(
    client_for: ClientFor,
) -> None:
    person = make_person()
    reviewed(client_for, person)
    (held,) = reviews(person.id)
    for statement in (sa.delete(CohortReview), sa.update(CohortReview).values(next_on=None)):
        with pytest.raises(ProgrammingError, match="permission denied"), db.session.begin_nested():
            db.session.execute(statement)
    query = sa.select(CohortReview.id).where(CohortReview.id == held.id)
    db.session.execute(sa.update(Person).where(Person.id == person.id).values(restricted=True))
    with standing_as(make_user()):
        assert db.session.scalar(query) is None


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "9" * 400, "٣٤", "2147483648"])
def test_a_hostile_review_is_no_fault(client_for: ClientFor, value: str) -> None:
    person = with_needs("housing")
    client = client_for(make_user())
    names = {
        str(box["name"])
        for box in soup(client.get(f"/people/{person.id}/review")).select("form[method=post] [name]")
    }
    body = encoded(**dict.fromkeys(names, value))
    assert client.post(f"/people/{person.id}/review", data=body, content_type=FORM).status_code in (409, 422)


def test_the_pages_ask_as_often_for_a_long_history_as_for_none(client_for: ClientFor) -> None:
    person = with_needs("housing")
    reviewed(client_for, person)
    make_sent(make_service(), person)
    client, counts = client_for(make_user()), []
    held = reviews(person.id)[0].id
    for _round in range(2):
        seen_by_page = []
        for path in (
            f"/people/{person.id}/review",
            f"/people/{person.id}",
            f"/people/{person.id}/reviews/{held}",
        ):
            client.get(path)
            with statements() as seen:
                assert client.get(path).status_code == 200
            seen_by_page.append(len(seen))
        counts.append(seen_by_page)
        for _n in range(4):
            make_sent(make_service(), person)
            reviewed(client_for, saved(person.id))
        reviewed(client_for, saved(person.id), new_needs=["health", "finance"])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", [Role.AGENCY_WORKER, Role.ANALYST, Role.ADMINISTRATOR])
def test_nobody_else_reviews(client_for: ClientFor, role: Role) -> None:
    person = make_person()
    assert client_for(make_user(role)).get(f"/people/{person.id}/review").status_code == 403

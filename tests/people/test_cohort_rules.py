"""WISDOM is Free on every way; Y2A's three months; who set what; MAPPA; offender managers who are not there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.people import actions, criteria
from portal.people.cohort_time import add_months, on_iom_since, y2a_until
from portal.people.models import CohortSpell, Person
from portal.people.wording import today
from tests.factories import area, make_person, make_sent, make_service, make_user
from tests.people.scenes import ClientFor, filled, saved, standing_as
from tests.people.test_cohort_and_needs import BEGAN, day
from tests.people.test_cohort_and_needs import set_cohort as post_cohort
from tests.referring.journey import words

pytestmark = pytest.mark.usefixtures("database")
OPENED = date(2026, 1, 31)


def spell(from_on: date, to_on: date | None = None, cohort: str = "flex") -> CohortSpell:
    return CohortSpell(cohort=cohort, from_on=from_on, to_on=to_on)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 28), 3, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2027, 1, 1)),
    ],
)
def test_months_are_those_of_the_database(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end
    given = {"start": start, "months": months}
    assert (
        db.session.scalar(sa.text("SELECT (:start + make_interval(months => :months))::date"), given) == end
    )


@pytest.mark.parametrize(
    ("spells", "since"),
    [
        ([], None),
        ([spell(OPENED, date(2026, 3, 1))], None),
        ([spell(OPENED)], OPENED),
        ([spell(date(2026, 3, 1)), spell(OPENED, date(2026, 3, 1))], OPENED),
        ([spell(date(2026, 3, 2)), spell(OPENED, date(2026, 3, 1))], OPENED),
        ([spell(date(2026, 3, 3)), spell(OPENED, date(2026, 3, 1))], date(2026, 3, 3)),
        ([spell(OPENED, OPENED), spell(OPENED)], OPENED),
    ],
    ids=["never", "ended", "one", "another cohort", "the day after", "a gap", "on one day"],
)
def test_time_on_iom_runs_through_cohorts_but_not_through_gaps(
    spells: list[CohortSpell], since: date | None
) -> None:
    assert on_iom_since(spells) == since
    assert on_iom_since(spells[::-1]) == since


def check() -> None:
    """What a commit checks."""
    db.session.flush()
    db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    db.session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))


def refused(statement: Any) -> None:
    point = db.session.begin_nested()
    db.session.execute(statement)
    with pytest.raises(IntegrityError, match="Free category"):
        check()
    point.rollback()


@pytest.mark.parametrize("cohort", ["fixed", "flex"])
def test_the_database_refuses_wisdom_in_another_cohort_whichever_is_written_first(cohort: str) -> None:
    one, two, free = make_person(cohort), make_person(None, wisdom=True), make_person("free", wisdom=True)
    check()
    for statement, values in (
        (sa.update(Person).where(Person.id == one.id), {"wisdom": True}),
        (sa.insert(CohortSpell), {"person_id": two.id, "cohort": cohort, "from_on": BEGAN}),
        (sa.update(CohortSpell).where(CohortSpell.person_id == free.id), {"cohort": cohort}),
    ):
        refused(statement.values(values))


def test_the_database_lets_an_extract_state_them_in_either_order_and_keeps_the_past() -> None:
    one, two = make_person("fixed"), make_person(None)
    db.session.execute(sa.update(Person).values(wisdom=True))
    db.session.execute(sa.update(CohortSpell).where(CohortSpell.person_id == one.id).values(cohort="free"))
    past = {"person_id": two.id, "cohort": "fixed", "from_on": BEGAN, "to_on": today()}
    db.session.execute(sa.insert(CohortSpell).values(past))
    check()
    refused(sa.update(CohortSpell).where(CohortSpell.person_id == two.id).values(to_on=None))


def test_changing_details_refuses_wisdom_as_the_form_does() -> None:
    person = make_person("flex")
    details = actions.Details(person.forenames, person.surname, person.area_id, wisdom=True)
    with pytest.raises(ValueError, match="Free category"):
        actions.change_person(person, details, by_id=make_user().id)


def test_somebody_without_a_review_day_gets_one_and_is_not_overdue_from_the_first() -> None:
    months = {"fixed": 3, "flex": 5}
    criteria.add_version(area(), review_months=5, texts={}, by_id=make_user().id)
    late = make_person("fixed")
    recent, y2a = make_person(None), make_person(None, y2a=True)
    for person in (recent, y2a):
        actions.set_cohort(person, "flex", why="", from_on=today(), review_on=None)
    assert saved(late.id).spells[0].review_on == today()
    assert saved(recent.id).spells[0].review_on == add_months(today(), months["flex"])
    assert saved(y2a.id).spells[0].review_on == add_months(today(), 3)


def test_an_ended_spell_has_no_review_day_made_for_it() -> None:
    person = make_person(None)
    db.session.add(CohortSpell(person_id=person.id, cohort="flex", from_on=BEGAN, to_on=BEGAN))
    db.session.flush()
    assert saved(person.id).spells[0].review_on is None


def edit(client_for: ClientFor, person: Person, flags: list[str]) -> Any:
    form = filled(version=person.version, flags=flags)
    return client_for(make_user()).post(f"/people/{person.id}/edit", data=form)


def test_choosing_y2a_for_somebody_on_iom_begins_its_three_months_and_brings_the_review_forward(
    client_for: ClientFor,
) -> None:
    person = make_person("flex")
    person.spells[0].review_on = today() + timedelta(days=200)
    assert edit(client_for, person, ["y2a"]).status_code == 302
    kept, until = saved(person.id), add_months(today(), 3)
    assert (kept.y2a_from, y2a_until(kept), kept.spells[0].review_on) == (today(), until, until)
    assert edit(client_for, kept, ["y2a", "mappa"]).status_code == 302
    assert saved(person.id).y2a_from == today()
    assert edit(client_for, saved(person.id), []).status_code == 302
    kept = saved(person.id)
    assert (kept.y2a_from, y2a_until(kept)) == (None, None)


def test_the_three_months_of_somebody_who_comes_as_y2a_run_from_the_day_they_come() -> None:
    person = make_person(None, y2a=True)
    assert y2a_until(person) is None
    actions.set_cohort(person, "flex", why="", from_on=OPENED, review_on=None)
    assert y2a_until(person) == date(2026, 4, 30)


def test_the_details_page_says_until_when_in_both_languages(client_for: ClientFor) -> None:
    client = client_for(make_user())
    path = f"/people/{make_person().id}/edit"
    assert "For this person that is until" in client.get(path).text
    assert "ar IOM am o leiaf dri mis" in words(client.get(f"{path}?lang=cy"))


def end(client_for: ClientFor, person: Person, to_on: date, why: str = "") -> Any:
    form = {"version": person.version, "why": why, **day("to_on", to_on)}
    return client_for(make_user()).post(f"/people/{person.id}/cohort/end", data=form)


def test_y2a_ended_before_its_three_months_asks_for_words_and_is_not_refused(client_for: ClientFor) -> None:
    person = make_person(None, y2a=True)
    began = today() - timedelta(days=20)
    actions.set_cohort(person, "flex", why="", from_on=began, review_on=None)
    client, until = client_for(make_user()), y2a_until(person)
    assert "You can end it earlier, if you say why." in words(client.get(f"/people/{person.id}/cohort/end"))
    answer = end(client_for, person, today())
    assert answer.status_code == 422
    assert "Say why it ends earlier." in answer.text
    assert end(client_for, saved(person.id), today(), "Symudodd i ffwrdd").status_code == 302
    kept = saved(person.id).spells[0]
    assert (kept.to_on, kept.end_why) == (today(), "Symudodd i ffwrdd")
    assert until == add_months(began, 3)


@pytest.mark.parametrize(("y2a", "days"), [(False, 20), (True, 100)], ids=["no Y2A", "after three months"])
def test_others_end_without_words(client_for: ClientFor, y2a: bool, days: int) -> None:
    person = make_person(None, y2a=y2a)
    actions.set_cohort(person, "flex", why="", from_on=today() - timedelta(days=days), review_on=None)
    assert "You can end it earlier" not in client_for(make_user()).get(f"/people/{person.id}/cohort/end").text
    assert end(client_for, person, today()).status_code == 302


def test_the_persons_page_keeps_every_spell_with_who_set_corrected_and_ended_it(
    client_for: ClientFor,
) -> None:
    setter, righter = make_user(name="Siân Gosod"), make_user(name="Huw Cywiro")
    person = make_person(None)
    actions.set_cohort(person, "fixed", why="Lladrata", from_on=BEGAN, review_on=None, by_id=setter.id)
    actions.set_cohort(person, "free", why="Trais", from_on=BEGAN, review_on=None, by_id=righter.id)
    actions.end_cohort(person, date(2026, 3, 1), why="Dedfryd ar ben", by_id=setter.id)
    actions.set_cohort(person, "flex", why="Eto", from_on=date(2026, 5, 1), review_on=None)
    page = words(client_for(make_user()).get(f"/people/{person.id}"))
    assert "Set by Siân Gosod" in page
    corrected = f"Corrected on {today().day} "
    assert corrected in page
    assert "by Huw Cywiro" in page
    assert "Ended by Siân Gosod" in page
    for said in ("Trais", "Dedfryd ar ben", "Eto", "5 Jan 2026", "1 Mar 2026", "1 May 2026"):
        assert said in page
    assert "Lladrata" not in page


def test_the_same_cohort_saved_with_other_words_is_no_correction(client_for: ClientFor) -> None:
    person = make_person()
    assert post_cohort(client_for, person, "fixed", why="Geiriau").status_code == 302
    assert saved(person.id).spells[0].corrected_at is None
    assert post_cohort(client_for, saved(person.id), "free", **day("from_on", BEGAN)).status_code == 302
    kept = saved(person.id).spells[0]
    assert kept.corrected_by_id is not None
    assert kept.corrected_at is not None


MAPPA = {
    "en": "Also managed under MAPPA: agree who leads before you refer.",
    "cy": "Hefyd yn cael ei reoli o dan MAPPA: cytunwch pwy sy’n arwain cyn i chi atgyfeirio.",
}


@pytest.mark.parametrize("language", MAPPA)
def test_mappa_is_said_to_iom_before_they_refer_and_never_to_an_agency(
    client_for: ClientFor, language: str
) -> None:
    service = make_service()
    person, other = make_person(mappa=True), make_person()
    referral = make_sent(service, person)
    client = client_for(make_user())
    for path in (f"/people/{person.id}", f"/people/{person.id}/refer"):
        assert MAPPA[language] in words(client.get(f"{path}?lang={language}")), path
    assert MAPPA[language] not in words(client.get(f"/people/{other.id}"))
    agency = client_for(make_user("agency_worker", service.agency))
    assert "MAPPA" not in agency.get(f"/referrals/{referral.reference}?lang={language}").text


def test_offender_managers_are_shown_with_an_address_and_one_who_has_left_or_is_missing_is_said(
    client_for: ClientFor,
) -> None:
    here = make_user(name="Mair Heddlu", organisation="Heddlu De Cymru", email="mair@police.example")
    gone = make_user(name="Ifan Prawf", organisation="", suspended_at=datetime.now(UTC))
    both = make_person(police_om_id=here.id, probation_om_id=gone.id)
    client = client_for(make_user())
    page = client.get(f"/people/{both.id}")
    assert "Mair Heddlu, Heddlu De Cymru" in words(page)
    assert 'href="mailto:mair@police.example"' in page.text
    assert "Ifan Prawf has left: choose somebody else" in words(page)
    nobody = words(client.get(f"/people/{make_person().id}"))
    assert nobody.count("Nobody yet") == 2


def test_spells_and_reviews_of_a_restricted_person_are_shown_to_named_staff_alone() -> None:
    person = make_person(restricted=True)
    with standing_as(make_user()):
        assert db.session.scalar(sa.select(CohortSpell.id).where(CohortSpell.person_id == person.id)) is None

"""Each finding by hand: there where it should be, and not where it should not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.people import actions as people
from portal.people.identifiers import pnc_letter
from portal.people.models import Person
from portal.people.wording import today
from portal.quality import actions, closing
from portal.quality.findings import FINDINGS
from portal.referrals import actions as referrals
from tests.factories import GWENT, area, make_draft, make_person, make_sent, make_user
from tests.people.scenes import standing_as
from tests.quality.rows import asked_pair, found_of, named_by, quiet_for, whole

pytestmark = pytest.mark.usefixtures("database")


def right_pnc() -> str:
    return f"2001/0123456{pnc_letter('2001/0123456')}"


def stale() -> Person:
    person = whole()
    quiet_for(person, 91)
    return person


def overdue() -> Person:
    return whole(review_on=today() - timedelta(days=28))


def with_a_leaver() -> Person:
    person = whole(probation_om=make_user(suspended_at=datetime.now(UTC)))
    return person


def without_om() -> Person:
    person = whole()
    person.police_om = None
    return person


def numberless() -> Person:
    person = whole()
    person.crn = None
    return person


def wrong_letter() -> Person:
    right = right_pnc()
    return whole(pnc_id=right[:-1] + ("A" if right[-1] != "A" else "B"))


def live_without_cohort() -> Person:
    person = whole()
    make_draft(person)
    people.end_cohort(person, today())
    return person


def asked() -> Person:
    person = whole()
    asked_pair(person, whole())
    return person


def sharing() -> Person:
    whole(pnc_id=right_pnc())
    return whole(pnc_id=right_pnc())


def closed(person: Person) -> Person:
    by = make_user()
    outcome = closing.close(
        [person.id], reason="iom_ended", words="", batch=f"b{person.id}", by_id=by.id, now=datetime.now(UTC)
    )
    assert outcome.closed == [person.id]
    return person


def closed_and_named() -> Person:
    person = closed(whole())
    named_by(person, "delius", today() + timedelta(days=1))
    return person


def wisdom_elsewhere() -> Person:
    return whole(cohort="fixed", wisdom=True)


def dead() -> Person:
    person = whole()
    sent = make_sent(person=person)
    referrals.withdraw(sent, make_user(), datetime.now(UTC), reason="died")
    return person


MADE: dict[str, Callable[[], Person]] = {
    "inactive": stale,
    "review_overdue": overdue,
    "om_left": with_a_leaver,
    "no_om": without_om,
    "no_birth_date": lambda: whole(date_of_birth=None),
    "no_authority": lambda: whole(local_authority=None),
    "no_sex": lambda: whole(sex=None),
    "no_numbers": numberless,
    "pnc_letter": wrong_letter,
    "no_cohort": live_without_cohort,
    "pair_asked": asked,
    "shares_number": sharing,
    "differs": lambda: whole(differs=["surname"]),
    "closed_named": closed_and_named,
    "wisdom_cohort": wisdom_elsewhere,
    "died": dead,
}


@pytest.mark.parametrize("code", [each.code for each in FINDINGS])
def test_a_record_with_one_thing_wrong_has_that_finding_alone(code: str) -> None:
    assert found_of(MADE[code]()) == [code]


def nothing_for_89_days() -> Person:
    person = whole()
    quiet_for(person, 90)
    return person


def named_lately() -> Person:
    person = stale()
    named_by(person, "niche", today() - timedelta(days=3))
    return person


def joined_and_named() -> Person:
    """An extract names the record that was joined to this one."""
    person = whole()
    other = make_person(joined_to=person.id)
    quiet_for(person, 91)
    named_by(other, "niche", today())
    return person


def referral_moved() -> Person:
    person = whole()
    sent = make_sent(person=person)
    quiet_for(person, 91)
    referrals.write_message(sent, make_user(), datetime.now(UTC), "Helo", "token")
    return person


def saved_lately() -> Person:
    person = stale()
    person.mappa = True
    return person


def quiet_in_a_patient_area() -> Person:
    actions.set_staleness(area().id, 120)
    return stale()


def ended() -> Person:
    """History: nobody asks for the date of birth of somebody who is on IOM no more."""
    person = whole(date_of_birth=None)
    people.end_cohort(person, today())
    return person


def closed_whatever_is_missing() -> Person:
    return closed(whole(date_of_birth=None, sex=None, differs=["sex"]))


def named_on_the_day_of_closing() -> Person:
    person = closed(whole())
    named_by(person, "delius", today())
    return person


def decided_pair() -> Person:
    person = whole()
    asked_pair(person, whole()).state = "refused"
    return person


@pytest.mark.parametrize(
    "made",
    [
        whole, nothing_for_89_days, named_lately, joined_and_named, referral_moved, saved_lately,
        quiet_in_a_patient_area, ended, closed_whatever_is_missing, named_on_the_day_of_closing, decided_pair,
        lambda: whole(review_on=today() - timedelta(days=27)),
        lambda: whole(pnc_id=right_pnc()),
        lambda: whole(cohort="free", wisdom=True),
        lambda: whole(probation_om=make_user()),
    ],
)  # fmt: skip
def test_a_record_that_is_as_it_should_be_has_none(made: Callable[[], Person]) -> None:
    assert found_of(made()) == []


def test_someone_not_chosen_for_a_cohort_yet_is_asked_for_what_is_missing() -> None:
    assert found_of(whole(cohort=None, sex=None)) == ["no_sex"]


def test_a_record_joined_to_another_is_not_listed() -> None:
    leading = whole()
    assert found_of(make_person(joined_to=leading.id, sex=None, police_om=make_user())) == []


def test_an_impatient_area_hears_sooner() -> None:
    actions.set_staleness(area().id, 14)
    person = whole()
    quiet_for(person, 15)
    assert found_of(person) == ["inactive"]


def test_a_pair_is_told_of_only_where_both_are_in_sight() -> None:
    officer = make_user()
    here, there = whole(officer), whole(area=area(GWENT), local_authority=None)
    asked_pair(here, there)
    twin = whole(officer, pnc_id=right_pnc())
    whole(area=area(GWENT), pnc_id=right_pnc())
    with standing_as(officer):
        assert "pair_asked" not in codes_now(here)
        assert "shares_number" not in codes_now(twin)
    assert "pair_asked" in found_of(here)
    assert "shares_number" in found_of(twin)


def codes_now(person: Person) -> list[str]:
    rows = db.session.execute(
        sa.text("SELECT code FROM all_findings(:day) WHERE id = :id"), {"day": today(), "id": person.id}
    )
    return list(rows.scalars())

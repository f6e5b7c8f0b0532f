"""Reviews that fall due: each count is its list, in every scope; restricted, foreign, joined and ended are in none."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.absences import add_absence
from portal.accounts.models import User
from portal.db import db
from portal.people import actions
from portal.people.models import Person
from portal.people.wording import today
from portal.reviews import queries
from portal.reviews.queries import DueFilter, count_due, list_due
from tests.factories import GWENT, area, make_person, make_user
from tests.people.scenes import ClientFor, make_restricted, standing_as, trace
from tests.referrals.test_lists import statements
from tests.referring.journey import soup, words

pytestmark = pytest.mark.usefixtures("database")
AT = "/register/reviews"
NEXT = date.max


def due(days: int, **values: Any) -> Person:
    """Somebody whose review falls due so many days from today."""
    person = make_person(**values)
    person.spells[0].review_on = today() + timedelta(days=days)
    db.session.flush()
    return person


def listed(client: FlaskClient, address: str) -> list[int]:
    """Who is on all pages of a list, in its order."""
    found: list[int] = []
    while address:
        page = soup(client.get(address))
        found += [int(str(link["href"]).split("/")[2]) for link in page.select('tbody a[href$="/review"]')]
        following = page.select_one('a[rel="next"]')
        address = str(following["href"]) if following else ""
    return found


def test_each_tab_holds_its_days_the_most_overdue_first(client_for: ClientFor) -> None:
    people = {days: due(days).id for days in (29, 28, 1, 0, -1, -40)}
    client = client_for(make_user())
    for tab, expected in (("due", (-40, -1, 0)), ("soon", (1, 28)), ("every", (-40, -1, 0, 1, 28, 29))):
        assert listed(client, f"{AT}?whose=all&tab={tab}") == [people[days] for days in expected], tab
    page = words(client.get(f"{AT}?whose=all"))
    for said in ("40 days overdue", "1 day overdue", "Due today"):
        assert said in page
    assert "2 ddiwrnod yn hwyr" not in page


def test_welsh_counts_days_as_welsh_does(client_for: ClientFor) -> None:
    due(-2)
    assert "2 ddiwrnod yn hwyr" in words(client_for(make_user()).get(f"{AT}?whose=all&lang=cy"))


def test_an_officer_comes_to_their_own_people_and_a_manager_to_all(client_for: ClientFor) -> None:
    officer, colleague = make_user(), make_user()
    mine = [due(-3, police_om_id=officer.id).id, due(-2, probation_om_id=officer.id).id]
    theirs = due(-1, police_om_id=colleague.id).id
    assert listed(client_for(officer), AT) == mine
    assert listed(client_for(officer), f"{AT}?whose=all") == [*mine, theirs]
    assert listed(client_for(make_user("iom_manager")), AT) == [*mine, theirs]
    add_absence(colleague.id, today(), today(), officer.id, colleague.id)
    assert listed(client_for(officer), AT) == [*mine, theirs]


def test_who_has_left_iom_joined_another_record_or_lives_elsewhere_is_in_no_list(
    client_for: ClientFor,
) -> None:
    stays = due(-1)
    ended, joined = due(-1), due(-1)
    due(-1, area=area(GWENT))
    actions.end_cohort(ended, today())
    db.session.execute(sa.update(Person).where(Person.id == joined.id).values(joined_to=stays.id))
    for tab in queries.TABS:
        assert listed(client_for(make_user()), f"{AT}?whose=all&tab={tab}") in ([stays.id], [])
    assert listed(client_for(make_user()), f"{AT}?whose=all") == [stays.id]


def test_a_restricted_person_is_listed_and_counted_for_named_staff_alone(client_for: ClientFor) -> None:
    named, other = make_user(), make_user()
    person = make_restricted(named, surname="Canarï", police_om_id=other.id)
    person.spells[0].review_on = today()
    db.session.flush()
    for path in (AT, f"{AT}?whose=all", f"{AT}?whose=all&tab=every", "/", "/register"):
        page = client_for(other).get(path).text
        assert "Canarï" not in page, path
        assert "1 waits" not in page, path
        assert "People to review" not in page, path
    assert listed(client_for(named), f"{AT}?whose=all") == [person.id]
    assert "1 waits" in words(client_for(named).get("/register"))


def test_pages_follow_one_another_without_a_gap_where_days_are_equal(client_for: ClientFor) -> None:
    people = [due(-(number // 20)).id for number in range(60)]
    found = listed(client_for(make_user()), f"{AT}?whose=all")
    assert sorted(found) == sorted(people)
    assert len(set(found)) == 60


@pytest.mark.parametrize(
    "after", ["", "x", "2026-11-02", "2026-13-01.4", "2026-11-02.x", "9999-12-31." + "9" * 18]
)
def test_what_cannot_be_read_of_an_address_is_left_out(client_for: ClientFor, after: str) -> None:
    due(-1)
    assert client_for(make_user()).get(f"{AT}?tab=no&whose=no&after={after}").status_code == 200


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(-40, 40), st.booleans(), st.booleans(), st.booleans(), st.booleans()),
        max_size=12,
    )
)
def test_every_count_is_the_length_of_its_list(people: list[tuple[int, bool, bool, bool, bool]]) -> None:
    point = db.session.begin_nested()
    reader = make_user()
    for days, mine, restricted, elsewhere, ended in people:
        place = area(GWENT) if elsewhere else area()
        person = due(days, area=place, police_om_id=reader.id if mine else None, restricted=restricted)
        if ended:
            actions.end_cohort(person, today())
    with standing_as(reader):
        for tab in queries.TABS:
            for mine in (True, False):
                narrowed = DueFilter(tab, mine)
                rows, more = list_due(narrowed, [reader.id], today())
                assert not more
                assert count_due(narrowed, [reader.id], today()) == len(rows)
                seen = [days for days, own, hidden, away, over in people if not (hidden or away or over)]
                if not mine and tab == "every":
                    assert len(rows) == len(seen)
    point.rollback()


def test_the_first_pages_count_what_their_lists_hold(client_for: ClientFor) -> None:
    officer = make_user()
    for days in (-9, 0, 5):
        due(days, police_om_id=officer.id)
    due(-3)
    client = client_for(officer)
    card = soup(client.get("/")).select_one(f'.portal-card a[href^="{AT}"]')
    assert card
    assert (
        int(card.select_one(".portal-card__count").get_text()) == len(listed(client, str(card["href"]))) == 2
    )  # type: ignore[union-attr]
    task = soup(client.get("/register")).select_one(f'.govuk-task-list__link[href^="{AT}"]')
    assert task
    assert len(listed(client, str(task["href"]))) == 3
    assert "3 wait" in words(client.get("/register"))


def test_more_than_a_hundred_are_said_to_be_so(client_for: ClientFor) -> None:
    for _n in range(101):
        due(-1)
    client = client_for(make_user())
    assert "99+ wait" in words(client.get("/register"))
    assert re.search(r"Due or overdue 99\+", words(client.get(f"{AT}?whose=all")))


def test_the_list_asks_as_often_for_many_as_for_one(client_for: ClientFor) -> None:
    due(-1)
    client = client_for(make_user())
    counts = []
    for _round in range(2):
        client.get(f"{AT}?whose=all")
        with statements() as seen:
            client.get(f"{AT}?whose=all")
        counts.append(len(seen))
        for days in range(8):
            due(-days)
    assert counts[0] == counts[1]


def test_listing_leaves_a_trace_of_who_was_shown(client_for: ClientFor) -> None:
    person, reader = due(-1), make_user()
    client_for(reader).get(f"{AT}?whose=all")
    assert [(entry.user_id, entry.subject_ids) for entry in trace("reviews.listed")] == [
        (reader.id, [person.id])
    ]


@pytest.mark.parametrize("role", ["agency_worker", "agency_manager", "analyst", "administrator"])
def test_nobody_else_sees_the_list(client_for: ClientFor, role: str) -> None:
    user: User = make_user(role)
    assert client_for(user).get(AT).status_code == 403

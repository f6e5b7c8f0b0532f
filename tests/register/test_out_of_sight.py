"""People whom somebody may not see appear nowhere for them: not in counts of a load, not in questions, not in lists."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.accounts.queries import scope_of
from portal.db import SYSTEM, current_scope, db, enter_scope
from portal.people.models import Person, PersonReader
from portal.register import queries
from portal.register.models import PersonPair, SourceRecord
from portal.reminders.added_again import tell_of_people_added_again
from tests.factories import GWENT, area, make_person, make_user
from tests.people.scenes import ClientFor
from tests.register.extracts import delius, niche, pnc, take

pytestmark = pytest.mark.usefixtures("database")
SECRET = "Cyfrinach"


def make_hidden(reader: User | None = None, **values: object) -> Person:
    person = make_person(surname=SECRET, restricted=True, **values)
    if reader:
        db.session.add(PersonReader(person_id=person.id, user_id=reader.id))
    db.session.flush()
    return person


def added_again() -> list[int]:
    query = sa.text("SELECT subject_ids[1] FROM audit_entry WHERE action = 'person.added_again' ORDER BY id")
    return list(db.session.scalars(query))


@pytest.mark.parametrize("how", ["by the number", "by pairing"])
def test_a_row_of_somebody_out_of_sight_counts_as_if_there_were_nobody(how: str) -> None:
    named, loader = make_user("iom_manager"), make_user("iom_manager")
    known = {"crn": "X100001"} if how == "by the number" else {"pnc_id": pnc(1)}
    hidden = make_hidden(named, **known)
    row = delius(surname=SECRET, pnc_id=pnc(1))
    first = take(row, by_id=loader.id)
    assert (first.added, first.updated, first.unchanged, first.asked) == (1, 0, 0, 0)
    assert db.session.scalar(sa.select(SourceRecord.leads_id)) == hidden.id
    assert added_again() == [hidden.id]
    again = take(row, by_id=loader.id)
    assert (again.added, again.unchanged) == (0, 1)
    changed = take(delius(surname=SECRET, pnc_id=pnc(1), sex="male"), by_id=loader.id)
    assert changed.updated == 1
    assert added_again() == [hidden.id]
    assert take(row, by_id=make_user("iom_manager").id).added == 1
    assert take(row, by_id=named.id).unchanged == 1
    assert current_scope() == SYSTEM


def test_the_managers_of_somebody_out_of_sight_are_told() -> None:
    named, loader = make_user("iom_manager"), make_user("iom_manager")
    make_hidden(named, crn="X100001")
    take(delius(surname=SECRET), by_id=loader.id)
    tell_of_people_added_again()
    told = db.session.scalars(sa.text("SELECT user_id FROM outbox WHERE template = 'added_again'")).all()
    assert told == [named.id]


def test_a_person_of_another_force_counts_as_nobody_too() -> None:
    make_person(crn="X100001", area=area(GWENT))
    counts = take(delius(), by_id=make_user("iom_manager").id)
    assert (counts.added, counts.updated) == (1, 0)


def test_a_question_about_somebody_out_of_sight_is_none() -> None:
    named, loader = make_user("iom_manager"), make_user("iom_manager")
    make_hidden(named, forenames="Dafydd", sex="male", niche_ref="N1")
    take(niche(surname=SECRET, forenames="Dafydd", sex="male", date_of_birth=date(1990, 5, 4), pnc_id=pnc(1)))
    row = delius(
        surname=SECRET, forenames="Rhian", sex="female", pnc_id=pnc(1), date_of_birth=date(1971, 1, 3)
    )
    counts = take(row, by_id=loader.id)
    assert db.session.scalar(sa.select(PersonPair.state)) == "asked"
    assert (counts.added, counts.asked) == (1, 0)
    for user, seen in ((loader, 0), (named, 1)):
        enter_scope(scope_of(user.id))
        assert queries.count_questions() == seen
        assert len(queries.list_questions()[0]) == seen
    enter_scope(SYSTEM)


def test_no_page_of_the_register_shows_anybody_out_of_sight(client_for: ClientFor) -> None:
    named, other = make_user("iom_manager"), make_user("iom_manager")
    hidden = make_hidden(named, niche_ref="N1", pnc_id=pnc(1))
    take(niche(surname=SECRET, pnc_id=pnc(1)))
    take(delius("X100001", surname=SECRET, pnc_id=pnc(1), forenames="Mair"))  # joined, and they differ
    take(delius("X100002", surname=SECRET, pnc_id=pnc(2)))
    take(niche("N2", surname=SECRET, pnc_id=pnc(2)))
    take(delius("X100003", surname=SECRET, pnc_id=pnc(2)))
    make_hidden(named, niche_ref="N9")
    pairs = list(db.session.scalars(sa.select(PersonPair.id)))
    for person in db.session.scalars(sa.select(Person).where(Person.joined_to.is_(None))):
        if not person.restricted:
            person.restricted = True
            db.session.add(PersonReader(person_id=person.id, user_id=named.id))
    db.session.commit()
    leads = db.session.scalar(sa.select(SourceRecord.leads_id).where(SourceRecord.ref == "X100001"))
    assert leads == hidden.id
    lists = ("/register", "/register/pairs", "/register/joined", "/register/differences")
    for path in lists:
        assert SECRET not in client_for(other).get(path).text
    assert any(SECRET in client_for(named).get(path).text for path in lists[1:])
    single = [f"/register/pairs/{pair}" for pair in pairs] + [f"/people/{leads}/sources"]
    single.append(f"/people/{leads}/sources/forenames")
    for path in single:
        answer = client_for(other).get(path)
        assert (answer.status_code, SECRET in answer.text) == (404, False)
    row = db.session.scalar(sa.select(Person.id).where(Person.joined_to == leads))
    assert client_for(other).post(f"/register/joined/{row}/undo").status_code == 404
    assert client_for(named).post(f"/register/joined/{row}/undo").status_code == 302


def test_policies_hide_records_pairs_and_edits_with_their_people() -> None:
    named, other = make_user("iom_manager"), make_user("iom_manager")
    make_hidden(named, niche_ref="N1", pnc_id=pnc(1))
    take(niche(surname=SECRET, pnc_id=pnc(1)))
    take(delius(surname=SECRET, pnc_id=pnc(1)))
    for user, count in ((named, 3), (other, 0)):
        enter_scope(scope_of(user.id))
        assert db.session.scalar(sa.text("SELECT count(*) FROM source_record")) == count
        assert db.session.scalar(sa.text("SELECT count(*) FROM person_pair")) == (1 if count else 0)
        assert db.session.scalar(sa.text("SELECT count(*) FROM person WHERE joined_to IS NOT NULL")) == 0
    enter_scope(SYSTEM)

"""Restricted people: only named staff see them, and whoever restricts is one of them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import db
from portal.people.models import CohortSpell, Person, PersonNeed, PersonReader
from portal.people.queries import list_reader_ids, visible
from tests.factories import give_reason, make_person, make_user
from tests.people.scenes import ClientFor, filled, id_of, make_restricted, saved, scope_of, standing_as, trace


def readers_of(person_id: int) -> set[int]:
    return set(list_reader_ids(saved(person_id)))


def test_whoever_restricts_a_new_person_is_named_and_sees_them(client_for: ClientFor) -> None:
    me, named, other = make_user(), make_user(), make_user()
    response = client_for(me).post("/people/add", data=filled(restricted="yes", readers=[named.id]))
    assert response.status_code == 302, response.text
    person_id = id_of(response.location)
    assert saved(person_id).restricted
    assert readers_of(person_id) == {me.id, named.id}
    give_reason(person_id, me, named)
    for user, status in ((me, 200), (named, 200), (other, 404)):
        assert client_for(user).get(f"/people/{person_id}/edit").status_code == status
    assert [entry.detail for entry in trace("person.readers_changed")] == [
        {"readers": sorted({me.id, named.id})}
    ]


def test_a_person_is_restricted_by_changing_the_details(client_for: ClientFor) -> None:
    me, other = make_user(), make_user()
    person = make_person()
    person_id, version = person.id, person.version
    form = filled(version=version, restricted="yes")
    assert client_for(me).post(f"/people/{person_id}/edit", data=form).status_code == 302
    assert readers_of(person_id) == {me.id}
    give_reason(person_id, me)
    assert client_for(other).get(f"/people/{person_id}/edit").status_code == 404
    page = client_for(me).get(f"/people/{person_id}/edit").text
    assert "Restricted" in page
    assert 'name="restricted" type="checkbox" value="yes" checked' in page


def test_a_named_reader_names_others_and_takes_names_away(client_for: ClientFor) -> None:
    me, leaving, joining = make_user(), make_user(), make_user()
    person = make_restricted(me, leaving)
    form = filled(version=person.version, restricted="yes", readers=[joining.id])
    assert client_for(me).post(f"/people/{person.id}/edit", data=form).status_code == 302
    assert readers_of(person.id) == {me.id, joining.id}
    assert client_for(leaving).get(f"/people/{person.id}/edit").status_code == 404
    give_reason(person.id, joining)
    assert client_for(joining).get(f"/people/{person.id}/edit").status_code == 200


def test_a_restriction_is_lifted_with_its_names(client_for: ClientFor) -> None:
    me, other = make_user(), make_user()
    person = make_restricted(me)
    assert (
        client_for(me).post(f"/people/{person.id}/edit", data=filled(version=person.version)).status_code
        == 302
    )
    assert not saved(person.id).restricted
    assert readers_of(person.id) == set()
    assert client_for(other).get(f"/people/{person.id}/edit").status_code == 200


def test_readers_without_the_restriction_name_nobody(client_for: ClientFor) -> None:
    named = make_user()
    response = client_for(make_user()).post("/people/add", data=filled(readers=[named.id]))
    assert readers_of(id_of(response.location)) == set()


@pytest.fixture
def hidden(database: None) -> tuple[User, Person]:
    named = make_user()
    person = make_restricted(named)
    db.session.add(
        PersonNeed(
            person_id=person.id,
            need_code="housing",
            identified_on=person.created_at.date(),
            changed_on=person.created_at.date(),
        )
    )
    return named, person


@pytest.mark.parametrize(
    ("model", "key"),
    [(Person, "id"), (CohortSpell, "person_id"), (PersonNeed, "person_id"), (PersonReader, "person_id")],
)
def test_the_database_shows_a_restricted_person_to_named_staff_alone(
    hidden: tuple[User, Person], model: Any, key: str
) -> None:
    """The application's own check left out."""
    named, person = hidden
    query = sa.select(sa.func.count()).select_from(model).where(getattr(model, key) == person.id)
    with standing_as(make_user()):
        assert db.session.scalar(query) == 0
    with standing_as(named):
        assert db.session.scalar(query) == 1


def test_the_application_says_the_same_by_itself(hidden: tuple[User, Person]) -> None:
    """In the system's scope, in which the database would show everyone."""
    named, person = hidden
    for user, sees in ((make_user(), False), (named, True)):
        query = sa.select(Person.id).where(Person.id == person.id, visible(scope_of(user)))
        assert (db.session.scalar(query) is not None) == sees

"""Adding people: what is kept, what is refused, and whoever may be known already."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.people.models import Person
from portal.people.queries import get_person
from tests.factories import CARDIFF, GWENT, area, make_person, make_user
from tests.hostile import HOSTILE
from tests.people.scenes import (
    FORM,
    ClientFor,
    encoded,
    filled,
    id_of,
    make_restricted,
    saved,
    scope_of,
    trace,
)

MONMOUTHSHIRE = "W06000021"


def add(client_for: ClientFor, user: User, **changes: Any) -> Person:
    response = client_for(user).post("/people/add", data=filled(**changes))
    assert response.status_code == 302, response.text
    return saved(id_of(response.location))


def count_people() -> int:
    enter_scope(SYSTEM)
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_a_person_is_added_with_everything_that_was_entered(client_for: ClientFor) -> None:
    user, police = make_user(), make_user()
    person = add(
        client_for,
        user,
        police_om=police.id,
        probation_om=user.id,
        interpreter="BSL",
        gender="Benyw",
        address=["none"],
        flags=["wisdom", "mappa"],
    )
    assert (person.forenames, person.surname, person.preferred_name) == (
        "Angharad Mair",
        "Enghraifft-Jones",
        "Hari",
    )
    assert (person.date_of_birth, person.sex, person.gender) == (date(1990, 5, 4), "female", "Benyw")
    assert (person.language, person.interpreter) == ("cy", "BSL")
    assert person.access_needs == "Large print\nQuiet room"
    assert (person.crn, person.pnc_id, person.noms_number, person.niche_ref) == (
        "X123456",
        "2003/0123456L",
        "A1234BC",
        "NR77",
    )
    assert (person.area_id, person.local_authority_id) == (area().id, area(CARDIFF).id)
    assert (person.police_om_id, person.probation_om_id) == (police.id, user.id)
    assert (person.wisdom, person.y2a, person.mappa, person.no_fixed_address) == (True, False, True, True)
    assert not person.restricted
    (entry,) = trace("person.added")
    assert (entry.user_id, entry.subject_ids, entry.area_id) == (user.id, [person.id], area().id)


def test_a_person_is_added_with_names_and_area_alone(client_for: ClientFor) -> None:
    empty = {
        name: "" for name in filled() if name not in ("forenames", "surname", "area", "language", "version")
    }
    person = add(client_for, make_user(), **empty)
    assert (person.date_of_birth, person.sex, person.crn, person.local_authority_id) == (
        None,
        None,
        None,
        None,
    )


def test_the_area_of_someone_with_one_area_is_chosen_already(client_for: ClientFor) -> None:
    page = client_for(make_user()).get("/people/add").text
    assert f'<option value="{area().id}" selected>' in page


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"forenames": ""}, "Enter the person’s first names"),
    ({"surname": " "}, "Enter the person’s last name"),
    ({"surname": "—"}, "Enter a name that has letters"),
    ({"date_of_birth-day": "31", "date_of_birth-month": "2"}, "Enter a real date"),
    ({"date_of_birth-year": "2091"}, "Date of birth must be in the past"),
    ({"date_of_birth-year": "1899"}, "Date of birth must be after 1900"),
    ({"date_of_birth-year": ""}, "The date must include a year"),
    ({"date_of_birth-year": "١٩٩٠"}, "The year must have 4 numbers"),
    ({"language": ""}, "Select a language"),
    ({"language": "fr"}, "Select an answer from the list"),
    ({"crn": "12"}, "Enter a CRN like X123456"),
    ({"pnc_id": "12"}, "Enter a PNC ID like"),
    ({"noms_number": "12"}, "Enter a prison number like"),
    ({"niche_ref": "abc"}, "Enter a Niche reference"),
    ({"area": ""}, "Select a police force area"),
    ({"access_needs": "x" * 2001}, "Enter no more than 2000 characters"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG, ids=[said for _changes, said in WRONG])
def test_what_cannot_be_kept_is_refused_beside_its_box_and_nothing_typed_is_lost(
    client_for: ClientFor, changes: dict[str, Any], said: str
) -> None:
    response = client_for(make_user()).post("/people/add", data=filled(**changes))
    assert response.status_code == 422
    assert response.text.count(said) == 2
    kept = {"preferred_name": "Hari", "noms_number": "a1234bc"} | changes
    for typed in kept.values():
        assert typed.strip() in response.text
    assert count_people() == 0


def test_a_foreign_area_authority_or_manager_cannot_be_chosen(client_for: ClientFor) -> None:
    elsewhere = make_user(areas=[area(GWENT)])
    client = client_for(make_user())
    for changes in (
        {"area": area(GWENT).id},
        {"local_authority": area(MONMOUTHSHIRE).id},
        {"police_om": elsewhere.id},
        {"probation_om": make_user("agency_worker").id},
        {"restricted": "yes", "readers": [elsewhere.id]},
    ):
        assert client.post("/people/add", data=filled(**changes)).status_code == 422, changes
    assert count_people() == 0


def test_authority_and_managers_belong_to_the_area_chosen(client_for: ClientFor) -> None:
    """Of several areas that the user works in."""
    both = make_user(areas=[area(), area(GWENT)])
    south = make_user()
    client = client_for(both)
    wrong = client.post("/people/add", data=filled(local_authority=area(MONMOUTHSHIRE).id))
    assert "Select a local authority in the police force area you chose" in wrong.text
    wrong = client.post(
        "/people/add", data=filled(area=area(GWENT).id, local_authority="", police_om=south.id)
    )
    assert "Select someone who works in the police force area you chose" in wrong.text
    right = filled(area=area(GWENT).id, local_authority=area(MONMOUTHSHIRE).id, police_om=both.id)
    assert client.post("/people/add", data=right).status_code == 302


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_breaks_the_form(client_for: ClientFor, typed: str) -> None:
    person = make_person()
    client = client_for(make_user())
    for name in [*filled(), "flags", "readers", "restricted", "address", "confirmed"]:
        for path in ("/people/add", f"/people/{person.id}/edit"):
            body = encoded(**filled(**{name: typed}))
            status = client.post(path, data=body, content_type=FORM).status_code
            assert status in (200, 302, 409, 422), (path, name, status)


def test_the_same_form_sent_twice_adds_one_person(client_for: ClientFor) -> None:
    client = client_for(make_user())
    first = client.post("/people/add", data=filled(token="of this form"))
    again = client.post("/people/add", data=filled(token="of this form", confirmed="yes"))
    assert (first.status_code, again.status_code) == (302, 302)
    assert first.location == again.location
    assert count_people() == 1


def test_a_form_whose_person_is_out_of_sight_by_now_adds_nobody(client_for: ClientFor) -> None:
    make_person(area=area(GWENT), form_token="of this form")
    assert client_for(make_user()).post("/people/add", data=filled(token="of this form")).status_code == 409


@pytest.mark.parametrize(
    "known",
    [
        {"crn": "X123456", "date_of_birth": None},
        {"pnc_id": "2003/0123456L", "date_of_birth": None},
        {"niche_ref": "NR77", "date_of_birth": None},
        {"forenames": "Anghared", "surname": "Jones"},
    ],
)
def test_whoever_may_be_known_already_is_asked_about_before_anyone_is_added(
    client_for: ClientFor, known: dict[str, Any]
) -> None:
    person = make_person(**known)
    client = client_for(make_user())
    asked = client.post("/people/add", data=filled())
    assert asked.status_code == 200
    assert "Is this the same person?" in asked.text
    assert f'href="/people/{person.id}"' in asked.text
    for typed in ("Angharad Mair", "Quiet room", "x 123456"):
        assert typed in asked.text
    assert count_people() == 1
    (entry,) = trace("people.listed")
    assert entry.subject_ids == [person.id]
    back = client.post("/people/add", data=filled(confirmed="change"))
    assert (back.status_code, count_people()) == (200, 1)
    assert 'value="Angharad Mair"' in back.text
    added = client.post("/people/add", data=filled(confirmed="yes"))
    assert (added.status_code, count_people()) == (302, 2)
    both_numbers = "crn" in known or "niche_ref" in known
    assert saved(id_of(added.location)).duplicate_of == (person.id if both_numbers else None)


def test_others_of_the_name_or_the_birthday_alone_are_not_asked_about(client_for: ClientFor) -> None:
    make_person(forenames="Angharad", surname="Jones", date_of_birth=None)
    make_person(forenames="Angharad", surname="Jones", date_of_birth=date(1991, 5, 4))
    make_person(forenames="Siân", surname="Rhywun")
    assert client_for(make_user()).post("/people/add", data=filled()).status_code == 302


@pytest.mark.parametrize("hidden_by", ["restriction", "area"])
def test_adding_someone_whom_one_may_not_see_succeeds_as_if_there_were_nobody(
    client_for: ClientFor, hidden_by: str
) -> None:
    kept = {"forenames": "Angharad", "surname": "Jones", "crn": "X123456", "niche_ref": "NR77"}
    foreign: dict[str, Any] = {"area": area(GWENT)}
    hidden = (
        make_restricted(make_user(), **kept) if hidden_by == "restriction" else make_person(**kept, **foreign)
    )
    user, hidden_id, area_id = make_user(), hidden.id, hidden.area_id
    response = client_for(user).post("/people/add", data=filled())
    assert response.status_code == 302
    added_id = id_of(response.location)
    assert saved(added_id).duplicate_of == hidden_id
    (entry,) = trace("person.added_again")
    assert (entry.user_id, entry.subject_ids, entry.area_id) == (user.id, [hidden_id], area_id)
    enter_scope(scope_of(user))
    db.session.expunge_all()
    assert get_person(hidden_id) is None
    seen = get_person(added_id)
    assert seen is not None
    assert seen.crn == "X123456"

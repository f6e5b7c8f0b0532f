"""Changing people's details, and what every page of a record owes to its person."""

from __future__ import annotations

import pytest

from tests.factories import GWENT, area, make_person, make_user
from tests.people.scenes import ClientFor, filled, id_of, make_restricted, saved, trace


def test_details_are_changed(client_for: ClientFor) -> None:
    user = make_user()
    person = make_person(crn="X999999", police_om=user)
    client = client_for(user)
    page = client.get(f"/people/{person.id}/edit").text
    assert 'value="X999999"' in page
    response = client.post(f"/people/{person.id}/edit", data=filled(version=person.version))
    assert (response.status_code, response.location) == (302, f"/people/{person.id}")
    changed = saved(person.id)
    assert (changed.name, changed.crn, changed.police_om_id) == (
        "Angharad Mair Enghraifft-Jones",
        "X123456",
        None,
    )
    (entry,) = trace("person.changed")
    assert entry.subject_ids == [person.id]
    assert {"surname", "crn", "police_om_id"} <= set(entry.detail["fields"])
    assert "Enghraifft" not in str(entry.detail)


def test_a_form_that_changes_nothing_changes_nothing(client_for: ClientFor) -> None:
    left = make_user(areas=[])
    person = make_person(police_om=left, gender="x", y2a=True, interpreter="BSL")
    client = client_for(make_user())
    page = client.get(f"/people/{person.id}/edit").text
    assert f'<option value="{left.id}" selected>' in page  # works elsewhere now, and stays
    same = filled(
        version=person.version,
        forenames=person.forenames,
        surname=person.surname,
        preferred_name="",
        gender="x",
        language="en",
        interpreter="BSL",
        access_needs="",
        crn="",
        pnc_id="",
        noms_number="",
        niche_ref="",
        local_authority="",
        police_om=left.id,
        flags="y2a",
    )
    assert client.post(f"/people/{person.id}/edit", data=same).status_code == 302
    (entry,) = trace("person.changed")
    assert entry.detail == {"fields": []}


def test_of_two_editors_the_second_is_told_and_keeps_what_was_typed(client_for: ClientFor) -> None:
    person = make_person()
    one, two = client_for(make_user()), client_for(make_user())
    version = person.version
    path = f"/people/{person.id}/edit"
    assert one.post(path, data=filled(version=version, surname="Cyntaf")).status_code == 302
    second = two.post(path, data=filled(version=version, surname="Ail"))
    assert second.status_code == 409
    assert "Someone else has saved a change" in second.text
    assert 'value="Ail"' in second.text
    assert saved(person.id).surname == "Cyntaf"
    now = saved(person.id).version
    assert f'name="version" type="hidden" value="{now}"' in second.text
    assert two.post(path, data=filled(version=now, surname="Ail")).status_code == 302
    assert saved(person.id).surname == "Ail"


def test_a_number_of_somebody_in_sight_is_refused_when_details_are_changed(client_for: ClientFor) -> None:
    make_person(forenames="Alun", surname="Arall", crn="X123456")
    person = make_person()
    response = client_for(make_user()).post(f"/people/{person.id}/edit", data=filled(version=person.version))
    assert response.status_code == 422
    assert "Alun Arall is on the register with this number" in response.text
    assert saved(person.id).crn is None


def test_a_number_of_somebody_out_of_sight_is_taken_without_a_word(client_for: ClientFor) -> None:
    hidden = make_restricted(make_user(), crn="X123456")
    person = make_person()
    client = client_for(make_user())
    path = f"/people/{person.id}/edit"
    assert client.post(path, data=filled(version=person.version)).status_code == 302
    assert saved(person.id).duplicate_of == hidden.id
    version = saved(person.id).version
    assert client.post(path, data=filled(version=version, crn="Y654321")).status_code == 302
    assert saved(person.id).duplicate_of is None


def test_a_pnc_id_with_the_wrong_letter_is_kept_with_a_warning(client_for: ClientFor) -> None:
    warning = "The last letter of the PNC ID is not the one its numbers give"
    client = client_for(make_user())
    right = id_of(client.post("/people/add", data=filled()).location)
    assert warning not in client.get(f"/people/{right}/edit").text
    wrong = id_of(client.post("/people/add", data=filled(pnc_id="03/123456A", confirmed="yes")).location)
    assert saved(wrong).pnc_id == "2003/0123456A"
    assert warning in client.get(f"/people/{wrong}/edit").text


@pytest.mark.parametrize("page", ["edit", "cohort", "cohort/end", "needs"])
def test_missing_foreign_and_restricted_people_look_the_same(client_for: ClientFor, page: str) -> None:
    foreign, hidden = make_person(area=area(GWENT)), make_restricted(make_user())
    client = client_for(make_user())
    told = set()
    for person_id in (0, 10**9, 10**30, foreign.id, hidden.id):
        path = f"/people/{person_id}/{page}"
        pages = (client.get(path), client.post(path, data=filled(version=1)))
        assert {page.status_code for page in pages} == {404}
        told.add(pages[0].text.replace(path, "").partition("<main")[2])
    assert len(told) == 1
    assert trace("person.read") == []


def test_every_reading_of_a_person_leaves_its_trace(client_for: ClientFor) -> None:
    person = make_person()
    user = make_user()
    for page in ("edit", "cohort", "cohort/end", "needs"):
        assert client_for(user).get(f"/people/{person.id}/{page}").status_code == 200
    entries = trace("person.read")
    assert [(entry.user_id, entry.subject_ids) for entry in entries] == [(user.id, [person.id])] * 4

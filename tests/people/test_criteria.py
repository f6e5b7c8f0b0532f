"""What an area says of its cohorts: written by an administrator in both languages, read where a cohort is chosen."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.db import db
from portal.people import criteria
from tests.factories import GWENT, area, make_person, make_user
from tests.people.scenes import FORM, ClientFor, encoded
from tests.referring.journey import words

pytestmark = pytest.mark.usefixtures("database")


def write(client: FlaskClient, version: int = 0, **said: Any) -> Any:
    return client.post(f"/admin/cohorts/{area().id}", data={"version": version, "months": "3", **said})


def held() -> Any:
    db.session.expire_all()
    return criteria.get_criteria(area().id)


def test_an_officer_reads_what_the_area_says_in_their_language(client_for: ClientFor) -> None:
    answer = write(
        client_for(make_user("administrator")), fixed_en="Burglary, twice", fixed_cy="Byrgleriaeth, ddwywaith"
    )
    assert answer.status_code == 302
    client, path = client_for(make_user()), f"/people/{make_person().id}/cohort"
    english, welsh = words(client.get(path)), words(client.get(f"{path}?lang=cy"))
    assert "What South Wales Police says" in english
    assert "Burglary, twice" in english
    assert (
        english.count("Free: people chosen for local priorities") == 2
    )  # beside the choice, and for want of its own
    assert "Beth mae Heddlu De Cymru yn ei ddweud" in welsh
    assert "Byrgleriaeth, ddwywaith" in welsh
    assert "Burglary" not in welsh


def test_an_area_that_has_written_nothing_shows_the_national_outline(client_for: ClientFor) -> None:
    write(client_for(make_user("administrator")), fixed_en="Burglary", fixed_cy="Byrgleriaeth")
    officer = make_user(areas=[area(GWENT)])
    page = words(client_for(officer).get(f"/people/{make_person(area=area(GWENT)).id}/cohort"))
    assert "Gwent Police has written no criteria of its own." in page
    assert "Burglary" not in page


def test_versions_are_kept_with_who_wrote_them_and_when(client_for: ClientFor) -> None:
    client = client_for(make_user("administrator", name="Nia Gweinyddu"))
    write(client, months="6", flex_en="First", flex_cy="Cyntaf")
    write(client, held().id, months="2", flex_en="Second", flex_cy="Ail")
    assert [version.review_months for version in criteria.list_versions(area().id)] == [2, 6]
    page = words(client.get(f"/admin/cohorts/{area().id}"))
    assert page.count("Nia Gweinyddu") == 2
    assert "First" in page
    assert "6 months between reviews" in page
    overview = words(client.get("/admin/cohorts"))
    assert "Its own, since" in overview
    assert overview.count("The national outline") == 3


WRONG = [
    ({"free_en": "Only English"}, "Enter it in Welsh too"),
    ({"free_cy": "Cymraeg yn unig"}, "Enter it in English too"),
    ({"months": ""}, "Enter how many months lie between reviews"),
    ({"months": "13"}, "Enter a number from 1 to 12"),
    ({"fixed_en": "x" * 4001, "fixed_cy": "y"}, "Enter no more than 4000 characters"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG, ids=[said for _changes, said in WRONG])
def test_what_is_wrong_is_said_beside_its_box_and_nothing_typed_is_lost(
    client_for: ClientFor, changes: dict[str, str], said: str
) -> None:
    answer = write(
        client_for(make_user("administrator")), **{"flex_en": "Kept", "flex_cy": "Wedi’i gadw"} | changes
    )
    assert answer.status_code == 422
    assert answer.text.count(said) >= 2
    assert "Wedi’i gadw" in answer.text
    assert held() is None


def test_of_two_editors_the_second_is_told(client_for: ClientFor) -> None:
    client = client_for(make_user("administrator"))
    write(client, flex_en="First", flex_cy="Cyntaf")
    answer = write(client, 0, flex_en="Second", flex_cy="Ail")
    assert answer.status_code == 409
    assert "Someone else has saved a change" in answer.text
    assert "Second" in answer.text
    assert held().texts["flex"]["en"] == "First"


@pytest.mark.parametrize("force", [0, 99999, 2147483647])
def test_an_area_that_is_none_or_no_force_is_not_found(client_for: ClientFor, force: int) -> None:
    client = client_for(make_user("administrator"))
    assert client.get(f"/admin/cohorts/{force}").status_code == 404
    cardiff = area("W06000015").id
    assert client.get(f"/admin/cohorts/{cardiff}").status_code == 404
    assert client_for(make_user("iom_manager")).get(f"/admin/cohorts/{area().id}").status_code == 403


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "9" * 400])
def test_hostile_words_are_no_fault(client_for: ClientFor, value: str) -> None:
    names = ("version", "months", "fixed_en", "fixed_cy", "free_en", "free_cy")
    body = encoded(**dict.fromkeys(names, value))
    answer = client_for(make_user("administrator")).post(
        f"/admin/cohorts/{area().id}", data=body, content_type=FORM
    )
    assert answer.status_code in (409, 422)

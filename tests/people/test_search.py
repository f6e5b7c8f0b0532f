"""Finding people: by spelling, sound, number and birth, within the caller's scope alone."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from portal.accounts.models import User
from portal.db import NOBODY, Scope, db, enter_scope
from portal.people import queries
from portal.people.models import Person, PersonName
from portal.people.terms import read_terms
from tests import TODAY
from tests.factories import CARDIFF, GWENT, area, make_person, make_user
from tests.people.scenes import make_restricted, standing_as

pytestmark = pytest.mark.usefixtures("database")


def find(typed: str, within: int | None = None) -> queries.Found:
    return queries.search(read_terms(typed, TODAY), within)


def found(typed: str, within: int | None = None) -> list[int]:
    return find(typed, within).ids


@pytest.mark.parametrize(
    ("forenames", "surname", "typed"),
    [
        ("Siân", "Jones", "Siân Jones"),
        ("Siân", "Jones", "jones sian"),
        ("Siân", "Jones", "SIAN"),
        ("Siân", "Jones", "si jo"),
        ("Siân", "Jones", "Shan Johns"),
        ("Siân Mair", "Enghraifft-Jones", "mair engh"),
        ("Siân Mair", "Enghraifft-Jones", "sian jones"),
        ("Siân", "O’Brien", "obrien"),
        ("Siân", "Obrien", "O'Brien"),
        ("Anne-Marie", "Rees", "Annemarie Rhys"),
        ("Llywelyn", "Gruffydd", "lewelyn griffith"),
        ("Catrin", "Davies", "katrin davis"),
        ("Catrin", "Davies", "kath davis"),
        ("Dafydd", "Rhys", "David Rees"),
        ("محمد", "علي", "محمد"),
    ],
)
def test_a_person_is_found_by_part_of_a_name_in_any_order_and_spelling(
    forenames: str, surname: str, typed: str
) -> None:
    person = make_person(forenames=forenames, surname=surname)
    with standing_as(make_user()):
        assert person.id in found(typed)


@pytest.mark.parametrize("typed", ["Rhys Zzyzx", "bron", "Jones Siân Mair", "%", "_", "S_an"])
def test_whom_the_words_do_not_fit_is_not_found(typed: str) -> None:
    person = make_person(forenames="Siân", surname="Jones")
    with standing_as(make_user()):
        assert person.id not in found(typed)


def test_a_preferred_name_is_a_name() -> None:
    person = make_person(forenames="Gwilym", surname="Jones", preferred_name="Bili")
    with standing_as(make_user()):
        assert found("Bili Jones") == [person.id]


def test_the_nearest_comes_first() -> None:
    alike = make_person(forenames="Siân", surname="Rhys")
    begun = make_person(forenames="Siân", surname="Reesby")
    spelt = make_person(forenames="Siân", surname="Rees")
    with standing_as(make_user()):
        result = find("rees")
    assert [row.id for row in result.spelt] == [spelt.id, begun.id]
    assert [row.id for row in result.alike] == [alike.id]


def test_equally_near_ones_come_by_last_name() -> None:
    second = make_person(forenames="Siân", surname="Ôwen")
    first = make_person(forenames="Siân", surname="nant")
    with standing_as(make_user()):
        assert found("sian") == [first.id, second.id]


@pytest.mark.parametrize(
    ("column", "kept", "typed"),
    [
        ("crn", "X123456", "x123456"),
        ("crn", "X123456", "X 123 456"),
        ("pnc_id", "2003/0123456L", "03/123456l"),
        ("pnc_id", "2003/0123456L", "2003/0123456L"),
        ("noms_number", "A1234BC", "a1234bc"),
        ("niche_ref", "NR77", "nr77"),
    ],
)
def test_a_person_is_found_by_each_number(column: str, kept: str, typed: str) -> None:
    person, _other = make_person(**{column: kept}), make_person(**{column: "A000000"})
    with standing_as(make_user()):
        assert found(typed) == [person.id]


def test_all_that_was_typed_must_fit() -> None:
    person = make_person(forenames="Siân", surname="Jones", crn="X123456", date_of_birth=date(1990, 5, 4))
    with standing_as(make_user()):
        assert found("jones x123456 4/5/1990") == [person.id]
        assert found("jones 4.5.90") == found("Shan 4 Mai 1990") == [person.id]
        assert found("jones 5/5/1990") == found("rhys x123456") == found("5/5/1990 x123456") == []


def test_a_search_may_be_narrowed_to_a_local_authority() -> None:
    here = make_person(surname="Jones", local_authority=area(CARDIFF))
    make_person(surname="Jones")
    with standing_as(make_user()):
        assert found("jones", area(CARDIFF).id) == [here.id]
        assert found("jones", area(GWENT).id) == []


def test_at_most_fifty_are_shown_and_more_are_said_to_be_there() -> None:
    for number in range(queries.MOST_FOUND + 1):
        make_person(forenames="Siân", surname=f"Lluosog{chr(97 + number % 26)}")
    with standing_as(make_user()):
        result = find("lluosog")
    assert len(result.ids) == queries.MOST_FOUND
    assert result.more


def test_a_changed_name_is_found_and_the_old_one_no_longer() -> None:
    person = make_person(forenames="Siân", surname="Hengaenor")
    person.surname = "Newydd"
    with standing_as(make_user()):
        assert found("newydd") == [person.id]
        assert found("hengaenor") == []


def test_whoever_moves_is_found_where_they_are() -> None:
    person = make_person(surname="Symudol")
    person.area = area(GWENT)
    with standing_as(make_user()):
        assert found("symudol") == []
    with standing_as(make_user(areas=[area(GWENT)])):
        assert found("symudol") == [person.id]


@pytest.fixture
def everyone() -> dict[str, list[int] | User]:
    """Three people of one name, number and birth day: of here, of elsewhere, and restricted."""
    named = make_user()
    same = {"forenames": "Siân", "surname": "Cudd", "pnc_id": "2003/0123456L"}
    people = {
        "here": make_person(**same),
        "elsewhere": make_person(area=area(GWENT), **same),
        "restricted": make_restricted(named, **same),
    }
    return {"named": named, **{key: [person.id] for key, person in people.items()}}


SAME = ["sian cudd", "Shan", "03/123456L", "4/5/1990", "cudd 4/5/1990"]


@pytest.mark.parametrize("typed", SAME)
def test_nobody_of_another_area_and_no_restricted_person_is_found(
    everyone: dict[str, list[int]], typed: str
) -> None:
    with standing_as(make_user()):
        assert found(typed) == everyone["here"]


@pytest.mark.parametrize("typed", SAME)
def test_a_named_reader_finds_a_restricted_person(everyone: dict[str, list[int]], typed: str) -> None:
    with standing_as(everyone["named"]):  # type: ignore[arg-type]
        assert sorted(found(typed)) == sorted(everyone["here"] + everyone["restricted"])


@pytest.mark.parametrize("typed", SAME)
def test_the_system_finds_everyone(everyone: dict[str, list[int]], typed: str) -> None:
    assert len(found(typed)) == 3


@pytest.mark.parametrize("kind", ["none", "agency", "figures", "administrator"])
def test_nobody_else_finds_anyone(everyone: dict[str, list[int]], kind: str) -> None:
    enter_scope(NOBODY if kind == "none" else Scope(kind, make_user().id, area_ids=(area().id,), agency_id=1))
    asked = "SELECT count(*) FROM search_people('{cudd}', '{ktt}', NULL, NULL, NULL, 50)"
    assert db.session.scalar(sa.text(asked)) == 0
    assert found("cudd") == []


@pytest.mark.parametrize("model", [Person, PersonName])
def test_the_database_shows_no_more_than_the_search(everyone: dict[str, list[int]], model: type) -> None:
    """The application's own check left out: the policies of the database agree with the function."""
    key = Person.id if model is Person else PersonName.person_id
    ids = [person_id for name in ("here", "elsewhere", "restricted") for person_id in everyone[name]]
    query = sa.select(key).where(key.in_(ids)).distinct()
    with standing_as(make_user()):
        assert list(db.session.scalars(query)) == everyone["here"]
    with standing_as(everyone["named"]):  # type: ignore[arg-type]
        assert sorted(db.session.scalars(query)) == sorted(everyone["here"] + everyone["restricted"])
    enter_scope(Scope("agency", 1, agency_id=1, area_ids=None, service_ids=None))
    assert list(db.session.scalars(query)) == []

"""Several people, or one impatient one, at the same moment: on real connections, with real commits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import as_owner, db
from portal.people.models import Person
from tests.conftest import sign_in_client
from tests.factories import make_person, make_user
from tests.people.scenes import filled

AT_ONCE = 6


def send_at_once(app: Flask, path: str, forms: list[dict[str, Any]]) -> list[int]:
    """Each form by a user of their own; the status codes, in order of size."""
    with app.app_context(), as_owner():
        clients = [sign_in_client(app, make_user()) for _form in forms]
    with ThreadPoolExecutor(len(forms)) as pool:
        return sorted(
            pool.map(lambda one: one[0].post(path, data=one[1]).status_code, zip(clients, forms, strict=True))
        )


def names_of(app: Flask) -> list[str]:
    with app.app_context(), as_owner():
        return list(db.session.scalars(sa.select(Person.surname)))


@pytest.fixture
def form(committed_app: Flask) -> dict[str, Any]:
    with committed_app.app_context(), as_owner():
        return filled()


def test_one_form_sent_several_times_at_once_adds_one_person(
    committed_app: Flask, form: dict[str, Any]
) -> None:
    forms = [form | {"token": "of one form", "confirmed": "yes"}] * AT_ONCE
    assert send_at_once(committed_app, "/people/add", forms) == [302] * AT_ONCE
    assert len(names_of(committed_app)) == 1


def test_of_several_who_add_the_same_person_at_once_all_but_one_are_asked(
    committed_app: Flask, form: dict[str, Any]
) -> None:
    forms = [form | {"token": f"of form {number}"} for number in range(AT_ONCE)]
    assert send_at_once(committed_app, "/people/add", forms) == [200] * (AT_ONCE - 1) + [302]
    assert len(names_of(committed_app)) == 1


def test_of_several_who_change_the_same_record_at_once_one_wins(
    committed_app: Flask, form: dict[str, Any]
) -> None:
    with committed_app.app_context(), as_owner():
        person = make_person()
        db.session.commit()
        path, version = f"/people/{person.id}/edit", person.version
    forms = [form | {"version": version, "surname": f"Enw{letter}"} for letter in "abcdef"]
    assert send_at_once(committed_app, path, forms) == [302] + [409] * (AT_ONCE - 1)
    assert len(names_of(committed_app)) == 1

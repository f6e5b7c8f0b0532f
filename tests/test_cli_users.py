"""`create-user`: whoever is made works for police forces, by whatever name the area is given."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope


@pytest.mark.parametrize(
    ("given", "forces"),
    [
        (["W15000003"], ["W15000003"]),
        (["south-wales", "Heddlu De Cymru"], ["W15000003"]),
        (["Cardiff"], ["W15000003"]),
        (["Powys Teaching Health Board"], ["W15000004"]),
        (["Wales"], ["W15000001", "W15000002", "W15000003", "W15000004"]),
    ],
)
def test_an_officers_areas_are_the_police_forces_of_what_was_named(
    committed_app: Flask, given: list[str], forces: list[str]
) -> None:
    areas = [part for area in given for part in ("--area", area)]
    made = committed_app.test_cli_runner().invoke(
        args=["create-user", "New.Officer@force.example", "--role", "iom_officer", *areas]
    )
    assert made.exit_code == 0, made.output
    assert "/set-password/" in made.output
    with committed_app.app_context():
        enter_scope(SYSTEM)
        user = db.session.scalars(sa.select(User).where(User.email == "new.officer@force.example")).one()
        assert sorted(area.code for area in user.areas) == forces


@pytest.mark.parametrize(
    "arguments",
    [
        ["--role", "iom_officer", "--area", "Nowhere"],
        ["--role", "agency_worker"],
        ["--role", "agency_worker", "--agency", "No such agency"],
        ["--role", "system"],
    ],
)
def test_what_cannot_be_made_is_refused_in_words(committed_app: Flask, arguments: list[str]) -> None:
    refused = committed_app.test_cli_runner().invoke(args=["create-user", "a@force.example", *arguments])
    assert refused.exit_code != 0
    assert "Error" in refused.output

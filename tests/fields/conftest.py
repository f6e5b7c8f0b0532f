"""Fields draw themselves within an application: one of templates alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from tests.components.conftest import ROOT


@pytest.fixture(autouse=True)
def app() -> Iterator[Flask]:
    app = Flask("portal", root_path=str(ROOT / "portal"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SECRET_KEY="only in tests",
        WTF_CSRF_ENABLED=False,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
    )
    Babel(app)
    with app.test_request_context("/", method="POST"):
        yield app

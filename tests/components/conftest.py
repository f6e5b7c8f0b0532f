"""A Flask application of templates alone: no database, so that the look is tested by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, request
from flask_babel import Babel
from flask_wtf import CSRFProtect

from portal.assets import asset_url
from portal.web import NavigationItem, draw_parts, form_tokens

ROOT = Path(__file__).resolve().parents[2]
CSP = "default-src 'none'; script-src 'nonce-{0}'; style-src 'self'; img-src 'self'; form-action 'self'"


def language() -> str:
    return request.args.get("lang", "en")


def page_context() -> dict[str, Any]:
    other = "en" if language() == "cy" else "cy"
    return {
        "lang": language(),
        "other_language_url": f"?lang={other}",
        "demo": True,
        "csp_nonce": "test-nonce",
        "asset_url": asset_url,
        "current_user": SimpleNamespace(is_authenticated=True, name="Cerys Morgan"),
        "kept": draw_parts(
            [
                NavigationItem(text, f"/{text.lower()}", text == "Referrals")
                for text in ("People", "Referrals", "Services", "Turnaround")
            ],
            demo=True,
        ),
    }


@pytest.fixture(scope="session")
def look() -> Flask:
    return make_app()


def make_app() -> Flask:
    app = Flask("portal", root_path=str(ROOT / "portal"), template_folder=str(ROOT / "templates"))
    app.config.update(
        SECRET_KEY="only in tests",
        TESTING=True,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    Babel(app, locale_selector=language)
    CSRFProtect(app)
    app.context_processor(page_context)
    app.jinja_env.globals["form_tokens"] = form_tokens
    app.after_request(add_policy)
    return app


def add_policy(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = CSP.format("test-nonce")
    return response


@pytest.fixture
def macro(look: Flask) -> Iterator[Callable[[str, str], Any]]:
    """macro(file, name): a component's macro, as a page would import it."""
    with look.test_request_context("/"):
        yield lambda file, name: getattr(look.jinja_env.get_template(f"components/{file}.html").module, name)

"""Language, dates and times as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, force_locale, get_domain, get_locale, lazy_gettext
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LANGUAGES = ("en", "cy")
LOCALES = {code: Locale.parse(code) for code in LANGUAGES}
SWITCH = "switch_language"  # posted by the link to the other language of a page that answers a POST
LONDON = ZoneInfo("Europe/London")

_l = lazy_gettext


class QuickDomain(Domain):
    """Flask-Babel's catalogue, found by the locale itself: its own way spells the locale out for each message."""

    def __init__(self) -> None:
        super().__init__()
        self._by_language: dict[str, Any] = {}

    def get_translations(self) -> Any:
        spoken = language()
        found = self._by_language.get(spoken)
        if found is None:
            found = self._by_language[spoken] = super().get_translations()
        return found

    def in_templates(self) -> Any:
        """`_` for templates, as Jinja's own newstyle gettext, less the two calls that it puts around each."""

        @pass_eval_context
        def translate(context: EvalContext, message: str, /, **variables: Any) -> str:
            text = self.get_translations().ugettext(message)
            return (Markup(text) if context.autoescape else text) % variables  # noqa: S704 # nosec B704

        return translate


def init_app(app: Flask) -> None:
    domain = QuickDomain()
    Babel(app, locale_selector=lambda: LOCALES[choose_language()]).domain_instance = domain
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: domain.get_translations().ugettext(text),
        ngettext=lambda one, many, count: domain.get_translations().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, text: domain.get_translations().upgettext(context, text),
        npgettext=lambda context, one, many, count: domain.get_translations().unpgettext(
            context, one, many, count
        ),
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = domain.in_templates()


def gettext(message: str, /, **variables: Any) -> str:
    """Flask-Babel's own in a third of the time, for tables of many rows: it asks what stands behind `g` only once."""
    text: str = _translations().ugettext(message)
    return text % variables if variables else text


def ngettext(one: str, many: str, num: int, /, **variables: Any) -> str:
    """As `gettext`."""
    text: str = _translations().ungettext(one, many, num)
    return text % {"num": num, **variables}


def _translations() -> Any:
    try:
        domain = g._get_current_object()._flask_babel.babel_domain
    except (RuntimeError, AttributeError):
        domain = get_domain()
    return domain.get_translations()


def language() -> str:
    """The language of the current page or mail: en or cy."""
    try:
        # Its name is the language, as it has no territory. Through the proxy of `g` it takes ten times as long.
        locale = g._get_current_object()._flask_babel.babel_locale
    except (RuntimeError, AttributeError):
        locale = get_locale()
    return locale.language if locale else "en"


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Words and dates in this language meanwhile, whatever the reader's own. Without a first look at the reader's own,
    `force_locale` would put back that nothing is known of it, and the rest of the page would be English."""
    get_locale()
    with force_locale(code):
        yield


def choose_language() -> str:
    """The user's kept language, else the session's, else what the browser asks for."""
    if not has_request_context():
        return "en"
    if getattr(g, "language", None):
        return str(g.language)
    kept = session.get("language")
    if kept not in LANGUAGES and current_user and current_user.is_authenticated:
        kept = current_user.language
    return kept if kept in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def is_switching() -> bool:
    """Whether a form was posted only to be shown in the other language, with what was typed in it."""
    return request.method == "POST" and SWITCH in request.form


def other_language_url() -> str:
    """This page in the other language: to be posted to again where the page answers a POST."""
    query = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    other = "en" if language() == "cy" else "cy"
    return f"{request.path}?{urlencode([*query, ('lang', other)])}"


def long_date(day: date | datetime | None) -> str:
    """3 November 2026, 3 Tachwedd 2026; moments are read in Europe/London."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = day.astimezone(LONDON).date()
    return babel_date(day, "d MMMM y", locale=language())


def short_date(day: date | datetime | None) -> str:
    """3 Nov 2026, for tables."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = day.astimezone(LONDON).date()
    return babel_date(day, "d MMM y", locale=language())


def weekday_date(day: date) -> str:
    """Mon 4 May, Llun 4 Mai: where the day of the week matters and the year is known."""
    return babel_date(day, "EEE d MMM", locale=language())


def clock_time(moment: datetime) -> str:
    return moment.astimezone(LONDON).strftime("%H:%M")


def date_and_time(moment: datetime | None) -> str:
    return f"{long_date(moment)}, {clock_time(moment)}" if moment else ""

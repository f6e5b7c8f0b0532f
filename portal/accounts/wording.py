"""What a session and an account are, in words."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.oidc_provider import find_provider
from portal.i18n import language

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
STATES = {"active": _l("Active"), "invited": _l("Invited"), "suspended": _l("Suspended")}
STATE_COLOURS = {"active": "green", "invited": "blue", "suspended": "grey"}


FACTORS = {
    "totp": _l("code from an authenticator app"),
    "recovery": _l("recovery code"),
}


def device_parts(user_agent: str) -> tuple[str, str]:
    """("Firefox", "Windows"), each "" where it is not known; what a browser says of itself is a hint, no proof."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    return browser, next((name for mark, name in SYSTEMS if mark in user_agent), "")


def device_name(user_agent: str) -> str:
    """Firefox on Windows."""
    return device_words(*device_parts(user_agent))


def device_words(browser: str, system: str) -> str:
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("A device not known"))


def method_words(method: str, factor: str) -> str:
    """How a session was opened. `method` is a password, a passkey or a provider of identity."""
    provider = find_provider(method)
    elsewhere = provider.name(language()) if provider else _("Your organisation’s sign-in")
    first = {"password": _("Password"), "passkey": _("Passkey")}.get(method, elsewhere)
    return f"{first} + {FACTORS[factor]}" if factor in FACTORS else str(first)

"""Open Referral UK 3.0: one service of a directory as plain values of ours, or the reason why it cannot be read.

Pure. The format: https://openreferraluk.org, `service` with its children. Only what an entry states is returned, so
that an import leaves alone what the directory says nothing about.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.fields.text import EMAIL, FORBIDDEN

NEEDS = {
    "housing": "housing",
    "accommodation": "housing",
    "mental health": "mental_health",
    "emotional wellbeing": "mental_health",
    "substance misuse": "substance_misuse",
    "finance, benefit and debt": "finance",
    "employment, training and education": "employment",
    "family and significant others": "family",
    "family and relationships": "family",
    "attitudes, thinking and behaviour": "attitudes",
    "health": "health",
    "lifestyle and associates": "lifestyle",
    "social inclusion": "social_inclusion",
    "other": "other",
}
STATUSES = ("active", "inactive", "defunct", "temporarily closed")
OLDEST = 120
BREAKS = re.compile(r"<(br|/p|/li|/div|/h[1-6])\b[^<>]*>", re.IGNORECASE)
TAGS = re.compile(
    r"</?(html|body|b|i|u|em|strong|p|br|div|span|ul|ol|li|a|h[1-6]|font|table|tbody|tr|t[dh])\b[^<>]*>",
    re.IGNORECASE,
)


class Refused(ValueError):
    """An entry that cannot be taken in; the message says what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """`values`: columns of Service, and agency (id, name, description), needs (codes), areas (for each, its possible
    codes or names, the surest first)."""

    id: str
    values: dict[str, Any]
    notices: tuple[str, ...]


def read_entry(raw: object) -> Entry:
    """One full service; raises Refused."""
    if not isinstance(raw, dict):
        raise Refused("it is not an object")
    notices: list[str] = []
    values: dict[str, Any] = {
        "name": _required(raw, "name", 200),
        "agency": _agency(raw.get("organization")),
        "description": _text(raw.get("description"), "description", 20_000),
        "eligibility": _text(raw.get("eligibility_description"), "eligibility_description", 4000),
        "active": _status(raw.get("status")) == "active",
        "needs": _needs(raw, notices),
        "areas": _areas(raw),
        "places": _places(raw),
        **_sexes(raw, notices),
        **_ages(raw),
        **_dates(raw),
        **_contact(raw),
        **_manner(raw),
    }
    if not values["areas"]:
        notices.append("names no area: it will fit nobody until one is chosen")
    return Entry(_required(raw, "id", 200), values, tuple(notices))


def _text(value: object, what: str, longest: int) -> str:
    """Plain text without mark-up, with \\n line ends and at most one empty line together."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(f"{what} is not text")
    text = html.unescape(TAGS.sub("", BREAKS.sub("\n", value)))
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t\xa0]+\n", "\n", text)).strip()
    if FORBIDDEN.search(text):
        raise Refused(f"{what} holds characters that cannot be stored")
    if len(text) > longest:
        raise Refused(f"{what} is longer than {longest} characters")
    return text


def _line(value: object, what: str, longest: int) -> str:
    return " ".join(_text(value, what, longest).split())


def _required(raw: dict[str, Any], field: str, longest: int, whose: str = "") -> str:
    text = _line(raw.get(field), f"{whose}{field}", longest)
    if not text:
        raise Refused(f"{whose}{field} is missing")
    return text


def _children(raw: dict[str, Any], field: str) -> list[dict[str, Any]]:
    listed = raw.get(field) or []
    if not isinstance(listed, list) or not all(isinstance(child, dict) for child in listed):
        raise Refused(f"{field} is not a list of objects")
    return listed


def _child(raw: dict[str, Any], field: str) -> dict[str, Any]:
    child = raw.get(field) or {}
    if not isinstance(child, dict):
        raise Refused(f"{field} is not an object")
    return child


def _agency(raw: object) -> tuple[str, str, str]:
    if not isinstance(raw, dict):
        raise Refused("organization is missing")
    name = _required(raw, "name", 200, "organization.")
    description = _text(raw.get("description"), "organization.description", 20_000)
    return _required(raw, "id", 200, "organization."), name, "" if description == name else description


def _status(value: object) -> str:
    if not isinstance(value, str) or value not in STATUSES:
        raise Refused(f"status is none of {', '.join(STATUSES)}")
    return value


def _terms(raw: dict[str, Any], link_type: str, taxonomy: str) -> list[str]:
    """Names of the taxonomy terms of one kind that the service has."""
    found = []
    for attribute in _children(raw, "attributes"):
        term = _child(attribute, "taxonomy_term")
        if attribute.get("link_type") == link_type or term.get("taxonomy") == taxonomy:
            found.append(_required(term, "name", 200, "taxonomy_term."))
    return found


def _needs(raw: dict[str, Any], notices: list[str]) -> tuple[str, ...]:
    codes = set()
    names = _terms(raw, "need", "Criminogenic need")
    for name in names:
        code = NEEDS.get(name.casefold())
        if code is None:
            notices.append(f"the need “{name}” is not known here: kept as other")
        codes.add(code or "other")
    if not names:
        notices.append("names no need: kept as other")
    return tuple(sorted(codes)) or ("other",)


def _sexes(raw: dict[str, Any], notices: list[str]) -> dict[str, bool]:
    """Both, where the entry names neither."""
    named = {name.casefold() for name in _terms(raw, "eligible_sex", "Sex")}
    for other in sorted(named - {"female", "male"}):
        notices.append(f"the sex “{other}” is not known here: left out")
    known = named & {"female", "male"}
    return {"accepts_female": not known or "female" in known, "accepts_male": not known or "male" in known}


def _ages(raw: dict[str, Any]) -> dict[str, int | None]:
    low, high = _age(raw.get("minimum_age"), "minimum_age"), _age(raw.get("maximum_age"), "maximum_age")
    if high is not None and high >= OLDEST:
        high = None
    if low is not None and (low > OLDEST or (high is not None and low > high)):
        raise Refused(f"minimum_age {low} is above the maximum, {OLDEST if high is None else high}")
    return {"minimum_age": low, "maximum_age": high}


def _age(value: object, what: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < 0:
        raise Refused(f"{what} is not a whole number of years")
    return int(value)


def _dates(raw: dict[str, Any]) -> dict[str, date | None]:
    """From the earliest beginning to the latest end of the schedules; none where one of them has none."""
    schedules = _children(raw, "schedules")
    starts = [_date(schedule.get("valid_from"), "valid_from") for schedule in schedules]
    ends = [_date(schedule.get("valid_to"), "valid_to") for schedule in schedules]
    opens = min((day for day in starts if day), default=None) if None not in starts else None
    closes = max((day for day in ends if day), default=None) if None not in ends else None
    if opens and closes and opens > closes:
        raise Refused(f"valid_to {closes} is before valid_from {opens}")
    return {"opens_on": opens, "closes_on": closes}


def _date(value: object, what: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Refused(f"{what} is not a date such as 2026-04-01") from None


def _areas(raw: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    areas: dict[tuple[str, ...], None] = {}
    for area in _children(raw, "service_areas"):
        code = _line(area.get("uri"), "service_areas.uri", 500).rstrip("/").rpartition("/")[2]
        name = _line(area.get("name"), "service_areas.name", 200)
        candidates = tuple(candidate for candidate in (code, name) if candidate)
        if not candidates:
            raise Refused("service_areas.name is missing")
        areas[candidates] = None
    return tuple(areas)


def _places(raw: dict[str, Any]) -> str:
    places: dict[str, None] = {}
    for row in _children(raw, "service_at_locations"):
        if name := _line(_child(row, "location").get("name"), "location.name", 2000):
            places[name] = None
    return "\n".join(places)


def _contact(raw: dict[str, Any]) -> dict[str, str]:
    """Email and telephone, each only where the entry has one."""
    contact = {}
    if email := _line(raw.get("email"), "email", 254):
        if not EMAIL.fullmatch(email):
            raise Refused("email is not an email address")
        contact["intake_email"] = email
    numbers = [_line(phone.get("number"), "phones.number", 200) for phone in _children(raw, "phones")]
    if number := next(filter(None, numbers), ""):
        contact["telephone"] = number
    return contact


def _manner(raw: dict[str, Any]) -> dict[str, Any]:
    """How it is delivered and whether in Welsh, each only where the entry says."""
    manner: dict[str, Any] = {}
    kinds = {_child(row, "location").get("location_type") for row in _children(raw, "service_at_locations")}
    if kinds & {"physical", "virtual"}:
        manner["delivery"] = [
            word for word, kind in (("in_person", "physical"), ("video", "virtual")) if kind in kinds
        ]
    languages = _children(raw, "languages")
    if languages:
        spoken = {
            str(language.get(field, "")).casefold() for language in languages for field in ("name", "code")
        }
        manner["welsh_offer"] = bool(spoken & {"cy", "cym", "wel", "welsh", "cymraeg"})
    return manner

"""Whose each thing in an address is, to be read aloud; and the addresses of the scene's own things and of missing ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.access import PUBLIC, Permission
from tests.access.actors import AGENCY, FIGURES, IOM, NAMED, SENDER, SERVICE, STAFF, Actor


@dataclass(frozen=True)
class Owned:
    """Who reaches a thing, given the permission; `of_person`: a restricted person's is the named officers' alone."""

    reach: frozenset[str]
    of_person: bool = False


def _of(*who: str, person: bool = False) -> Owned:
    return Owned(frozenset(who), person)


ANYONE = _of("anyone")
# By how a rule begins; the longest that fits holds.
OWNED = {
    "/people/<person_id>": _of(IOM, person=True),
    "/refer/<reference>": _of(IOM, person=True),
    "/referrals/<reference>": _of(IOM, SERVICE, person=True),
    "/register/pairs/<pair_id>": _of(IOM, person=True),
    "/register/joined/<row_id>": _of(IOM, person=True),
    "/register/keeping/<person_id>": _of(IOM, person=True),
    "/register/quality/aside/<person_id>": _of(IOM, person=True),
    "/register/extracts/<extract_id>": _of(SENDER),
    "/meetings/<meeting_id>": _of(IOM, AGENCY),
    "/meetings/<meeting_id>/decide": _of(IOM, person=True),
    "/caseload/absences/<absence_id>": _of(SERVICE),
    "/agreements/<agreement_id>": ANYONE,
    "/agreements/<agreement_id>/end": _of(IOM, AGENCY),
    "/agreements/<agreement_id>/sign": _of(AGENCY),
    "/agreements/<agreement_id>/refuse": _of(AGENCY),
    "/agreements/<agreement_id>/take-back": _of(IOM),
    "/services/<service_id>": ANYONE,
    "/services/<service_id>/agreements": _of(IOM),
    "/services/<service_id>/close": _of(AGENCY, STAFF),
    "/services/<service_id>/edit": _of(AGENCY, STAFF),
    "/services/<service_id>/reopen": _of(AGENCY, STAFF),
    "/services/<service_id>/usual-waits": _of(AGENCY, STAFF),
    "/hubs/<session_id>": _of(AGENCY, STAFF),
    "/admin": _of(STAFF),
    "/turnaround/<agency_id>": _of(FIGURES, AGENCY),
    "/turnaround/history/files/<upload>": _of(SENDER),
    "/turnaround/history/imports/<import_id>": _of(SENDER),
    "/set-password/<token>": ANYONE,
    "/sign-in/with/<provider>": ANYONE,
    "/signed-out/<provider>": ANYONE,
    "/account/identities/<provider>": ANYONE,
    "/account/security/passkeys/<passkey_id>": _of(SENDER),
    "/access/unusual/<unusual_id>": _of(IOM, STAFF),
    "/access/reviews/<key>": _of(IOM),
    "/access/leavers/<leaver_id>": _of(IOM, STAFF),
    "/access/changes/<answer_id>": _of(STAFF),
}
# What only the managers among those whose it is may do.
MANAGERS = {"agree-decline", "challenge", "reopen", "reverse-as-priority", "reverse-as-standard", "uphold"}
# Arguments that name no thing of anybody's: a kind, a field, a form.
PLAIN = {
    "code": "health", "field": "surname", "finding": "no_authority", "form": "svg", "kind": "csv", "name": "declines",
    "role": "iom_officer", "source": "delius", "provider": "police", "why": "away",
}  # fmt: skip
PLAIN_OF = {
    "retention.edit": {"kind": "people"},
    "quality.end_aside": {"finding": "no_sex"},
}
# In which state a referral's page has something to show.
STATE_OF = {
    "answer": "information_requested", "reverse-as-priority": "challenged", "reverse-as-standard": "challenged",
    "uphold": "challenged", "resume": "paused", "reopen": "closed", "start": "accepted", "close": "accepted",
    "waiting-list": "accepted", "agree-decline": "declined", "challenge": "declined", "refer-again": "declined",
    "withdraw-others": "accepted", "attendance": "accepted", "cancel": "accepted", "move": "accepted",
}  # fmt: skip
MISSING = {
    "key": "area-98765432",
    "mail_key": "event-98765432",
    "reference": "ZZ9999ZZ",
    "token": "x" * 43,
    "upload": "x" * 22,
}
WHAT_TO_DO = (
    "{rule}: say in tests/access/rules.py whose a thing with {name} is (OWNED), and give the scene one"
)


def words_of(rule: Rule) -> str:
    """The rule without its converters: /people/<person_id>."""
    return re.sub(r"<[^<>]*:(\w+)>", r"<\1>", str(rule))


def owned_by(rule: Rule) -> Owned:
    """Fails where the rule has a thing in it and the table does not say whose."""
    path = words_of(rule)
    fitting = [start for start in OWNED if f"{path}/".startswith(f"{start}/") or path.startswith(f"{start}.")]
    if fitting:
        return OWNED[max(fitting, key=len)]
    for name in things(rule):
        pytest.fail(WHAT_TO_DO.format(rule=path, name=name))
    return ANYONE


def things(rule: Rule) -> set[str]:
    """The arguments that name somebody's thing."""
    return rule.arguments - set(PLAIN)


def reaches(actor: Actor, owned: Owned, restricted: bool) -> bool:
    if owned is ANYONE:
        return True
    is_to = actor.is_to
    if restricted and owned.of_person and NAMED not in is_to:
        is_to = is_to - {IOM}
    return bool(is_to & owned.reach)


def address(app: Flask, rule: Rule, scene: dict[str, Any], *, missing: bool = False) -> str:
    """That of the scene's own thing, in the state in which the page shows most; or of one that does not exist."""
    path = words_of(rule)
    values = PLAIN | PLAIN_OF.get(rule.endpoint, {})
    for name in things(rule):
        if missing:
            values[name] = MISSING.get(name, 98765432)
        else:
            values[name] = _of_scene(path, name, scene)
    for name in rule.arguments:
        path = path.replace(f"<{name}>", str(values[name]))
    return path


def _of_scene(path: str, name: str, scene: dict[str, Any]) -> Any:
    if name == "reference":
        return scene[_state(path)]
    if name == "person_id" and path.endswith("/<finding>/end"):
        return scene["closable"]
    if name == "agreement_id":
        return scene["agreement_ids"][path.endswith(("<agreement_id>", "/end"))]
    if name == "unusual_id":
        return scene["unusual_ids"][0]
    if name == "extract_id":
        return scene["extract_ids"][3]
    if name not in scene:
        pytest.fail(WHAT_TO_DO.format(rule=path, name=name))
    return scene[name]


def _state(path: str) -> str:
    if path.startswith("/refer/"):
        return "sent" if path.endswith("/sent") else "draft"
    if "/appointments/<" in path:
        return "accepted"
    if "/chases/<" in path:
        return "sent"
    return STATE_OF.get(path.rpartition("/")[2], "sent")


def expected(actor: Actor, needed: str | set[Permission], reached: bool, path: str = "") -> int:
    """302 to sign in, 403 never, 404 not this one; 200 stands for whatever a page answers to those whose it is."""
    if needed == PUBLIC:
        return 200
    if actor.role is None:
        return 302
    if not actor.permissions & set(needed):
        return 403
    of_referral = path.startswith("/referrals/<")
    if (
        reached
        and of_referral
        and path.rpartition("/")[2] in MANAGERS
        and not actor.role.value.endswith("manager")
    ):
        return 403
    return 200 if reached else 404

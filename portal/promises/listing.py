"""The register made lean for its template: lists by where agreements stand, with who has to act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.agencies.lookup import alphabetical
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.db import Scope
from portal.i18n import language, short_date
from portal.promises import wording
from portal.promises.models import Agreement
from portal.promises.queries import concerns, list_register
from portal.promises.rights import HasRole, needing
from portal.promises.standing import LIVE, Standing, ends_soon, standings

SHOWN = ("waiting", "in_force", "ending", "past")


@dataclass(frozen=True)
class Line:
    """One agreement in words. `acts`: who has to do what next, empty where nobody has; `mine`: the reader has."""

    href: str
    service: str
    agency: str
    promise: str
    areas: str
    period: str
    tag: tuple[Any, str]
    acts: str
    mine: bool


@dataclass(frozen=True)
class Tab:
    text: str
    href: str
    current: bool
    count: int


@dataclass(frozen=True)
class Register:
    shown: str
    tabs: list[Tab]
    lines: list[Line]


def read_register(user: HasRole, scope: Scope, shown: str) -> Register:
    """One list of the register, and how many stand in each: two statements, whatever there is."""
    every, day = list_register(scope), today()
    stand = standings(every, day)
    concerning = [one for one in every if concerns(one, scope)]
    live = [one for one in concerning if stand[one.id] in LIVE]
    lists = {
        "waiting": [one for one in concerning if stand[one.id] is Standing.WAITING],
        "in_force": live,
        "ending": [one for one in live if ends_soon(one, every, day)],
    }
    lists["past"] = [one for one in concerning if one not in live and one not in lists["waiting"]]
    mine = {one.id for one in needing(user, every)}
    if shown not in SHOWN:
        shown = next((name for name in SHOWN if mine & {one.id for one in lists[name]}), "in_force")
    ending = {one.id for one in lists["ending"]}
    rows = [_line(one, stand[one.id], one.id in ending, one.id in mine) for one in lists[shown]]
    rows.sort(key=lambda line: (not line.mine, alphabetical(line.agency), alphabetical(line.service)))
    return Register(shown, _tabs(lists, shown), rows)


def _tabs(lists: dict[str, list[Agreement]], shown: str) -> list[Tab]:
    words = {
        "waiting": _("Waiting for a signature"),
        "in_force": _("In force"),
        "ending": _("Ending soon"),
        "past": _("Past"),
    }
    return [Tab(words[name], f"/agreements?show={name}", name == shown, len(lists[name])) for name in SHOWN]


def _line(agreement: Agreement, stand: Standing, ending: bool, mine: bool) -> Line:
    service, agency = names(agreement.service)
    return Line(
        href=f"/agreements/{agreement.id}",
        service=service,
        agency=agency,
        promise=wording.promise(agreement),
        areas=wording.areas(agreement),
        period=wording.period(agreement),
        tag=wording.STANDINGS[stand],
        acts=_acts(agreement, agency, stand, ending, mine),
        mine=mine,
    )


def _acts(agreement: Agreement, agency: str, stand: Standing, ending: bool, mine: bool) -> str:
    if stand is Standing.WAITING:
        return str(_("You: sign or refuse") if mine else _("%(agency)s: sign or refuse", agency=agency))
    if ending:
        last = short_date(agreement.to_on)
        if mine:
            return str(_("You: propose the next agreement. This one ends on %(day)s", day=last))
        return str(_("IOM: propose the next agreement. This one ends on %(day)s", day=last))
    return ""


def names(service: Service) -> tuple[str, str]:
    """Of the service and its agency, in the reader's language."""
    return service.name_in(language()), service.agency.name_in(language())


def standing(agreement: Agreement, of_service: Iterable[Agreement]) -> Standing:
    """How it stands today beside the others of its service."""
    return standings(of_service, today())[agreement.id]

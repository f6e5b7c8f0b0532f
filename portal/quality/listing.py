"""The list as a page shows it: what it is narrowed to, its counts with their addresses, and each person's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from portal.access import Role
from portal.db import db
from portal.i18n import long_date
from portal.people import wording
from portal.people.listing import after_person
from portal.people.models import CohortSpell
from portal.people.queries import list_people
from portal.quality.asking import Chosen, Found, Work, heard_of
from portal.quality.findings import BY_CODE, FINDINGS, GROUPS

AT = "/register/quality"


@dataclass(frozen=True)
class Reason:
    """Why a person is on the list: words, what is known of it, and where it is put right or set aside."""

    words: str
    detail: str
    to_do: str
    href: str
    aside_href: str


@dataclass(frozen=True)
class Line:
    """One person of the list."""

    id: int
    person: wording.Line
    reasons: list[Reason]


def chosen(args: Mapping[str, str], role: Role) -> Chosen:
    """What an address asks for; an officer begins with everybody in sight, their own first."""
    finding, group = args.get("finding", ""), args.get("group", "")
    return Chosen(
        finding=finding if finding in BY_CODE else "",
        group=group if group in GROUPS and finding not in BY_CODE else "",
        mine=args.get("mine") == "1" and role is Role.IOM_OFFICER,
        after=after_person(args),
    )


def href(asked: Chosen, **changed: Any) -> str:
    values = {"finding": asked.finding, "group": asked.group, "mine": asked.mine and "1", **changed}
    query = "&".join(f"{name}={value}" for name, value in values.items() if value)
    return f"{AT}?{query}" if query else AT


def tabs(asked: Chosen, work: Work) -> list[dict[str, Any]]:
    """Everything, then each group, with how many people it holds."""
    group = BY_CODE[asked.finding].group if asked.finding else asked.group
    found = [
        {
            "text": _("All"),
            "href": href(asked, finding="", group=""),
            "count": work.everybody,
            "current": not group,
        }
    ]
    return found + [
        {
            "text": str(words),
            "href": href(asked, finding="", group=name),
            "count": work.by_group.get(name, 0),
            "current": name == group,
        }
        for name, words in GROUPS.items()
    ]


def choices(asked: Chosen, work: Work) -> list[dict[str, Any]]:
    """The findings of the group that is open, of all without one; none of which there are none, save the chosen."""
    group = BY_CODE[asked.finding].group if asked.finding else asked.group
    return [
        {
            "text": str(each.words),
            "href": href(asked, finding=each.code, group=""),
            "count": work.by_finding.get(each.code, 0),
            "current": each.code == asked.finding,
        }
        for each in FINDINGS
        if (not group or each.group == group)
        and (work.by_finding.get(each.code) or each.code == asked.finding)
    ]


def lines(found: Sequence[Found]) -> list[Line]:
    """In the order in which they were found; two statements whatever their number, and one for the people."""
    ids = [each.id for each in found]
    rows = list_people(ids) if ids else {}
    heard, reviews = (heard_of(ids), _review_days(ids)) if ids else ({}, {})
    known = {line.href: line for line in wording.lines(rows.values())}
    told = {
        "inactive": lambda who: _("Last: %(date)s", date=long_date(heard.get(who))),
        "review_overdue": lambda who: _("It was due on %(date)s", date=long_date(reviews.get(who))),
    }
    return [
        Line(each.id, known[f"/people/{each.id}"], [_reason(each.id, code, told) for code in each.codes])
        for each in found
        if each.id in rows
    ]


def _reason(person_id: int, code: str, told: Mapping[str, Any]) -> Reason:
    finding = BY_CODE[code]
    return Reason(
        words=str(finding.words),
        detail=told[code](person_id) if code in told else "",
        to_do=str(finding.to_do),
        href=finding.href % person_id if "%d" in finding.href else finding.href,
        aside_href=f"{AT}/aside/{person_id}/{code}",
    )


def _review_days(ids: Sequence[int]) -> dict[int, date | None]:
    query = sa.select(CohortSpell.person_id, CohortSpell.review_on).where(
        CohortSpell.person_id.in_(ids), CohortSpell.to_on.is_(None)
    )
    return {row.person_id: row.review_on for row in db.session.execute(query)}

"""How long each kind of record is kept, why, and what then happens: the retention table (docs/retention.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from portal.db import db
from portal.keeping.models import RetentionPeriod
from portal.referrals.drafts import KEPT
from portal.referrals.moving import NAMES_CLOSE_AFTER


@dataclass(frozen=True)
class Kind:
    """`days` after `after`, from `least` to `most`; where these are equal nobody changes it. `reviewed`: by a manager."""

    code: str
    what: Any
    after: Any
    days: int
    least: int
    most: int
    why: Any
    reviewed: bool = False

    @property
    def fixed(self) -> bool:
        return self.least == self.most


SECURITY = _l("UK GDPR Article 32: needed to notice and look into misuse, and of no use once that is over.")
TASK = _l(
    "UK GDPR Article 6(1)(e), Data Protection Act 2018 Part 3: managing people who are at risk of reoffending."
)
LIMIT = _l("UK GDPR Article 5(1)(e): no longer than it serves what it was written for.")
PEOPLE = Kind(
    "people",
    _l("People: the record, what police and probation said, referrals in words"),
    _l("the last cohort and the last referral ended"),
    2191, 365, 3653, TASK, reviewed=True,
)  # fmt: skip
KINDS = {
    kind.code: kind
    for kind in (
        PEOPLE,
        Kind("names", _l("Names and details that an agency was shown"), _l("the referral ended"),
             NAMES_CLOSE_AFTER.days, NAMES_CLOSE_AFTER.days, NAMES_CLOSE_AFTER.days, LIMIT),
        Kind("messages", _l("Messages between IOM and agencies"), _l("the referral ended"), 2191, 180, 3653, TASK),
        Kind("drafts", _l("Drafts that were never sent"), _l("they were last changed"),
             KEPT.days, KEPT.days, KEPT.days, LIMIT),
        Kind("extracts", _l("Uploaded rows of extracts that wait to be taken in"), _l("they were uploaded"), 7, 7, 7, LIMIT),
        Kind("copies", _l("That a person’s own copy was made, and what was withheld"), _l("the copy was last taken"),
             1096, 365, 2557, _l("UK GDPR Article 5(2): to show that a request was answered, and how.")),
        Kind("failures", _l("Failed sign-ins"), _l("the attempt"), 1, 1, 30, SECURITY),
        Kind("sessions", _l("Sessions"), _l("the session ended"), 30, 1, 365, SECURITY),
        Kind("links", _l("Links to set a password"), _l("the link was used or ran out"), 30, 1, 365, SECURITY),
        Kind("mails", _l("Emails sent, without their contents"), _l("the email was sent or given up"), 90, 30, 365, LIMIT),
        Kind("searches", _l("Words typed into a search for people"), _l("the search"), 90, 30, 365, SECURITY),
        Kind("access_log", _l("The access log: who read, changed and exported what"), _l("the reading"),
             2557, 731, 4383, _l("Data Protection Act 2018 section 62: logs of reading and changing, longer than the records.")),
    )
}  # fmt: skip
SWEPT = ("messages", "copies", "failures", "sessions", "links", "mails")


def days_of(code: str) -> int:
    """The period in force, in days: what an administrator set, within today's bounds, or the portal's own."""
    return all_days()[code]


def all_days() -> dict[str, int]:
    held: dict[str, int] = {
        row.kind: row.days
        for row in db.session.execute(sa.select(RetentionPeriod.kind, RetentionPeriod.days))
    }
    return {code: min(max(held.get(code, kind.days), kind.least), kind.most) for code, kind in KINDS.items()}


def period(code: str) -> timedelta:
    return timedelta(days=days_of(code))

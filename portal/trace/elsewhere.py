"""Somebody of another area, by an exact number, after a reason: who to talk to, and nothing of the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.accounts.models import User, UserArea
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.models import Area
from portal.db import current_scope, db
from portal.fields import RadioField, Required, TextAreaField, TextField
from portal.i18n import language, long_date
from portal.people.models import Person
from portal.people.queries import visible
from portal.people.reading import ReadingReason
from portal.people.terms import read_code
from portal.referrals.wording import status_tag
from portal.trace.reasons import LONGEST, WhyForm, reason_in_words

MOST_A_DAY = 20
PAGE = 25
SIDES = {"police": _l("Police OM"), "probation": _l("Probation OM")}
_FIND = sa.text("SELECT find_elsewhere(:number, :why, :said, :most)")


class TooMany(Exception):
    """This user has looked for as many people of other areas as they may in 24 hours."""


class ElsewhereForm(WhyForm):
    """`code`: the number in its one form, once the form is valid."""

    kind = "elsewhere"
    number = TextField(
        _l("CRN, PNC ID, prison number or Niche reference"),
        [Required(_l("Enter a CRN, PNC ID, prison number or Niche reference"))],
        hint=_l("The whole number. A name finds nobody here."),
        size="m",
        width="20",
        max_length=60,
        autocomplete="off",
        spellcheck=False,
    )
    reason = RadioField(
        _l("Why do you need to find this person?"),
        [Required(_l("Select why you need to find this person"))],
        size="m",
    )
    words = TextAreaField(_l("Say why"), max_length=LONGEST, rows=3)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.code = today, ""

    def validate_number(self, field: TextField) -> None:
        code = read_code(field.data, self.today.year)
        if code is None:
            raise ValidationError(_("Enter a whole CRN, PNC ID, prison number or Niche reference"))
        self.code = code


@dataclass(frozen=True)
class Found:
    """What IOM elsewhere may know of a person. `own`: their number, if they are in the reader's own areas."""

    own: int | None
    facts: list[tuple[str, str]]
    contacts: list[dict[str, str]] = field(default_factory=list)
    referrals: list[tuple[str, str, str]] = field(default_factory=list)


def find(number: str, reason: str, words: str) -> list[Found]:
    """Empty for nobody, and for those of whom nothing may be said. The database writes reason and trace. TooMany."""
    values = {"number": number, "why": reason, "said": words, "most": MOST_A_DAY}
    said: Mapping[str, Any] = db.session.scalar(_FIND, values)
    if said.get("limit"):
        raise TooMany
    areas = {area.id: area.name(language()) for area in db.session.scalars(sa.select(Area))}
    return [_found(one, areas) for one in said["found"]]


def _found(one: Mapping[str, Any], areas: Mapping[int, str]) -> Found:
    cohort = one["cohort"]
    on_iom = str(COHORT_NAMES[cohort]) if cohort else _("Not on IOM now")
    contacts = [
        {
            "side": str(SIDES[om["side"]]),
            "name": om["name"],
            "organisation": om["organisation"],
            "email": "" if om["left"] else om["email"],
        }
        for om in one["oms"]
    ]
    return Found(
        own=one["own"],
        facts=[(_("Cohort"), on_iom), (_("Area"), areas[one["area_id"]])],
        contacts=contacts,
        referrals=[_referral(each) for each in one["referrals"]],
    )


def _referral(one: Mapping[str, Any]) -> tuple[str, str, str]:
    words, _colour = status_tag(one["status"], one["decision"])
    return str(NEEDS[one["need"]]), str(words), long_date(date.fromisoformat(one["sent_on"]))


@dataclass(frozen=True)
class Reading:
    """One look from another area at a person of the manager's own."""

    id: int
    at: Any
    person_id: int
    person: str
    by: str
    organisation: str
    why: str


def list_readings(before: int | None) -> tuple[list[Reading], bool]:
    """Of people in sight, the latest first; those who looked for somebody of their own area are not among them."""
    rows = db.session.execute(_readings(before)).all()
    return [
        Reading(row.id, row.at, row.person_id, f"{row.forenames} {row.surname}", row.name, row.organisation,
                reason_in_words("elsewhere", row.reason, row.words))
        for row in rows[:PAGE]
    ], len(rows) > PAGE  # fmt: skip


def _readings(before: int | None) -> sa.Select[*tuple[Any, ...]]:
    from_here = sa.select(UserArea.user_id).where(UserArea.area_id == Person.area_id)
    query = (
        sa.select(
            ReadingReason.id, ReadingReason.at, ReadingReason.person_id, ReadingReason.reason, ReadingReason.words,
            Person.forenames, Person.surname, User.name, User.organisation,
        )
        .join(Person, Person.id == ReadingReason.person_id)
        .join(User, User.id == ReadingReason.user_id)
        .where(ReadingReason.kind == "elsewhere", visible(current_scope()), User.id.not_in(from_here))
        .order_by(ReadingReason.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    return query.where(ReadingReason.id < before) if before else query

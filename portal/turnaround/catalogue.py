"""What is measured: one entry a measure, as days on which something happened to a referral.

Source: the turnaround paper, section 2. M5 (`usual_facts.py`) and M7 (`outcomes.py`) are counted elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE

PRIORITY_DAYS = 20  # working days within which M4 says in plain words whether priority was granted
ANSWER_DAYS = 5  # days of the sentence, where no promise was made

Day = sa.SQLColumnExpression[Any]  # of dates, null where it has not happened

_DATES = (
    "sent_on available_on responded_on decided_on priority_on standard_on declined_on offered_on started_on closed_on"
    " withdrawn_on left_out_on late_acknowledge late_decide late_offer"
)
_NUMBERS = (
    "referral_id person_id agency_id service_id area_id local_authority_id promise_acknowledge promise_decide"
    " promise_offer rest_count"
)
# Every referral that has been sent, imported ones too, as dates in London; see migrations/versions/0012_figures.py.
counted_referral = sa.table(
    "counted_referral",
    *(sa.column(name, sa.Date) for name in _DATES.split()),
    *(sa.column(name, sa.Integer) for name in _NUMBERS.split()),
    *(
        sa.column(name, sa.Text)
        for name in ("need_code", "cohort", "outcome", "decline_reason", "withdrawal_reason")
    ),
    sa.column("restricted", sa.Boolean),
    sa.column("rests", DATEMULTIRANGE),
)
Counted = counted_referral.c


@dataclass(frozen=True, eq=False)
class Promised:
    """Columns: the working days that were promised, and the first day on which that promise is broken."""

    days: sa.ColumnElement[Any]
    late: sa.ColumnElement[Any]


@dataclass(frozen=True, eq=False)
class Measure:
    """A clock that runs from `start` until `event`, unless something in `competing` comes first.

    An event and a competing one on the same day: the event came first. `sooner` of one day and others is the
    earliest that has happened.
    """

    code: str
    question: LazyString
    event: Day
    competing: Day
    start: Day
    promised: Promised | None = None


def sooner(*days: Any) -> Day:
    return sa.func.least(*days, type_=sa.Date())


_ENDED_ON = sooner(Counted.declined_on, Counted.withdrawn_on, Counted.closed_on)

MEASURES = (
    Measure(
        "M0",
        _l("How soon does the agency say it has the referral?"),
        event=Counted.responded_on,
        competing=Counted.withdrawn_on,
        start=Counted.sent_on,
        promised=Promised(Counted.promise_acknowledge, Counted.late_acknowledge),
    ),
    Measure(
        "M1",
        _l("How soon does the agency answer?"),
        event=Counted.decided_on,
        competing=Counted.withdrawn_on,
        start=Counted.sent_on,
        promised=Promised(Counted.promise_decide, Counted.late_decide),
    ),
    Measure(
        "M2",
        _l("How soon is the person offered a first appointment?"),
        event=Counted.offered_on,
        competing=_ENDED_ON,
        start=Counted.available_on,
        promised=Promised(Counted.promise_offer, Counted.late_offer),
    ),
    Measure(
        "M3",
        _l("How soon does help start?"),
        event=Counted.started_on,
        competing=_ENDED_ON,
        start=Counted.available_on,
    ),
    Measure(
        "M4",
        _l("Does the agency grant priority?"),
        event=Counted.priority_on,
        competing=sooner(Counted.standard_on, Counted.declined_on, Counted.withdrawn_on),
        start=Counted.sent_on,
    ),
)
BY_CODE = {measure.code: measure for measure in MEASURES}
PROMISED = tuple(measure for measure in MEASURES if measure.promised)

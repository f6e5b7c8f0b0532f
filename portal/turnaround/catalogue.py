"""What is measured: one entry a measure, as days on which something happened to a referral.

Source: the turnaround paper, section 2. M5 to M7 need usual waits, promises and outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.referrals.models import Referral

PRIORITY_DAYS = 20  # working days within which M4 says in plain words whether priority was granted
ANSWER_DAYS = 5  # days of the sentence, until a promise is agreed

Day = sa.SQLColumnExpression[Any]  # of dates, null where it has not happened


def london_day(moment: Any) -> Day:
    """The London date of a moment; a referral's generated columns hold those of the commonest."""
    return sa.cast(sa.func.timezone("Europe/London", moment), sa.Date)


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
    start: Day = field(default_factory=lambda: Referral.sent_on)


def sooner(*days: Any) -> Day:
    return sa.func.least(*days, type_=sa.Date())


# A reversed decline is accepted later than it was first decided; all others on the day of the decision.
_ACCEPTED_ON = sa.case(
    (Referral.accepted_at > Referral.decided_at, london_day(Referral.accepted_at)), else_=Referral.decided_on
)
FINAL_DECLINE_ON = sa.case((Referral.decision == "declined", london_day(Referral.decline_final_at)))
_ENDED_ON = sooner(FINAL_DECLINE_ON, Referral.withdrawn_on, london_day(Referral.closed_at))
_AVAILABLE_ON = sa.func.greatest(Referral.sent_on, Referral.available_from, type_=sa.Date())

MEASURES = (
    Measure(
        "M0",
        _l("How soon does the agency say it has the referral?"),
        event=sooner(
            london_day(Referral.responded_at), london_day(Referral.acknowledged_at), Referral.decided_on
        ),
        competing=Referral.withdrawn_on,
    ),
    Measure(
        "M1",
        _l("How soon does the agency answer?"),
        event=Referral.decided_on,
        competing=Referral.withdrawn_on,
    ),
    Measure(
        "M2",
        _l("How soon is the person offered a first appointment?"),
        event=sooner(london_day(Referral.first_offer_at), london_day(Referral.started_at)),
        competing=_ENDED_ON,
        start=_AVAILABLE_ON,
    ),
    Measure(
        "M3",
        _l("How soon does help start?"),
        event=london_day(Referral.started_at),
        competing=_ENDED_ON,
        start=_AVAILABLE_ON,
    ),
    Measure(
        "M4",
        _l("Does the agency grant priority?"),
        event=sa.case((Referral.decision == "accepted_priority", _ACCEPTED_ON)),
        competing=sooner(
            sa.case((Referral.decision == "accepted_standard", _ACCEPTED_ON)),
            FINAL_DECLINE_ON,
            Referral.withdrawn_on,
        ),
    ),
)
BY_CODE = {measure.code: measure for measure in MEASURES}

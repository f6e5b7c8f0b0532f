"""What the dates, decision and ends of one past referral may be. Pure: today is passed in.

What cannot have happened refuses the row. What is odd, and changes no figure or one alone, is said and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.agencies.codes import COHORT_NAMES, DECLINE_REASONS, NEEDS, OUTCOMES
from portal.agencies.reference_data import FIRST_YEAR
from portal.sheets.findings import in_the_future, no_date, not_one_of, read_date

EARLIEST = date(2000, 1, 1)
DATES = {
    "sent_on": "sent_on",
    "acknowledged_on": "acknowledged_on",
    "decided_on": "decided_on",
    "first_appointment_offered_on": "first_offer_on",
    "service_started_on": "started_on",
    "closed_on": "closed_on",
    "withdrawn_on": "withdrawn_on",
}  # column of the file: column of the table
DECISIONS = ("accepted_priority", "accepted_standard", "declined")
CODES = {
    "need": tuple(NEEDS),
    "cohort": tuple(COHORT_NAMES),
    "decision": DECISIONS,
    "decline_reason": tuple(DECLINE_REASONS),
    "outcome": tuple(OUTCOMES),
}

Values = dict[str, Any]


def read_dates(cells: Mapping[str, str], today: date, values: Values) -> Iterator[tuple[str, LazyString]]:
    """Puts each date into `values`; yields column and reason of those that cannot be."""
    for column, name in DATES.items():
        if not (text := cells.get(column)):
            continue
        day = read_date(text)
        if day is None:
            yield column, no_date(text)
        elif day < EARLIEST:
            yield column, _l("%(day)s is before the year 2000", day=day.isoformat())
        elif day > today:
            yield column, in_the_future(day)
        else:
            values[name] = day


def read_codes(cells: Mapping[str, str], values: Values) -> Iterator[tuple[str, LazyString]]:
    """Puts each code into `values`; yields column and reason of those that are not known."""
    for column, known in CODES.items():
        if not (text := cells.get(column)):
            continue
        code = re.sub(r"[\s-]+", "_", text.casefold())
        if code in known:
            values["need_code" if column == "need" else column] = code
        else:
            yield column, not_one_of(text, known)


def impossible(values: Values) -> Iterator[tuple[str, LazyString]]:
    """Column and reason of what cannot have happened together."""
    sent = values["sent_on"]
    for column, name in DATES.items():
        if name in values and values[name] < sent:
            yield column, _l("%(day)s is before it was sent", day=values[name].isoformat())
    closed, started = values.get("closed_on"), values.get("started_on")
    if closed and started and closed < started:
        yield "closed_on", _l("Closed before the service started")
    if closed and "decided_on" in values and closed < values["decided_on"]:
        yield "closed_on", _l("Closed before it was decided")
    if closed and "withdrawn_on" in values:
        yield "withdrawn_on", _l("Both closed and withdrawn: a referral ends once")
    if "decision" in values and "decided_on" not in values:
        yield "decided_on", _l("A decision without its date")
    if "decided_on" in values and "decision" not in values:
        yield "decision", _l("A date of decision without the decision")
    if values.get("decision") == "declined" and started:
        yield "service_started_on", _l("Declined, but the service started")


def odd(values: Values) -> Iterator[tuple[str, LazyString]]:
    """Column and reason of what is kept although it is doubtful; mends what the table would not hold."""
    decided, withdrawn = values.get("decided_on"), values.get("withdrawn_on")
    if decided and "acknowledged_on" in values and values["acknowledged_on"] > decided:
        yield (
            "acknowledged_on",
            _l("Acknowledged after the decision: the decision counts as the first response"),
        )
    if decided and "started_on" in values and values["started_on"] < decided:
        yield "service_started_on", _l("The service started before the decision")
    if decided and withdrawn and withdrawn < decided:
        yield "decided_on", _l("Decided after it was withdrawn: it counts as withdrawn without an answer")
    if values.get("decision") == "declined":
        if "first_offer_on" in values and values["first_offer_on"] > decided:
            yield (
                "first_appointment_offered_on",
                _l("An appointment offered after the decline is not counted"),
            )
        if "decline_reason" not in values:
            values["decline_reason"] = "other"
            yield "decline_reason", _l("Declined without a reason: counted as other")
    elif values.pop("decline_reason", None):
        yield "decline_reason", _l("A reason for a decline, but it was not declined: the reason is left out")
    if "outcome" in values and "closed_on" not in values:
        del values["outcome"]
        yield "outcome", _l("An outcome, but the referral is not closed: the outcome is left out")
    if values["sent_on"].year < FIRST_YEAR:
        yield (
            "sent_on",
            _l("Sent before %(year)d: it is kept, but no figure reaches so far back", year=FIRST_YEAR),
        )

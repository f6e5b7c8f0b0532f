"""What each figure of the summary is called and means: the heads of its tables, and the definitions in files."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.i18n import gettext as _
from portal.turnaround.cells import Column, Kind

SENT = (_l("Referrals sent"), _l("Referrals sent in the period."))
LEFT_OUT = (
    _l("Left out"),
    _l("Referrals sent in error, and duplicates once IOM agrees that they are. No other figure counts them."),
)
KEPT = (
    _l("Answered in time"),
    _l(
        "Accepted or declined within the days that the agency agreed with IOM, of the referrals sent long enough ago "
        "to be judged. Where nothing was agreed, or too few fell under it to say: within 5 days."
    ),
)
DAYS_ALLOWED = (_l("Days allowed"), _l("The days within which an answer is in time."))
MEDIAN = (
    _l("Half answered by"),
    _l(
        "The day by which half of the referrals had an answer (the median). Open referrals count for as long as they "
        "have waited."
    ),
)
PRIORITY = (
    _l("Priority granted"),
    _l(
        "Accepted as a priority within 20 working days, of referrals sent at least that long ago and not withdrawn "
        "before an answer."
    ),
)
BESIDES = (
    _l("Priority granted, not judged"),
    _l("Accepted as a priority, but sent too recently to be judged, or granted late."),
)
USUAL = (
    _l("Against the usual wait"),
    _l(
        "Whether people on IOM are offered a first appointment sooner than the agency’s ordinary clients usually are."
    ),
)
WAITING = (_l("Waiting now"), _l("Referrals without an answer, whenever they were sent."))
LATE = (
    _l("Past promise now"),
    _l("Of those waiting, the ones that have waited longer than the agency agreed."),
)
OLDEST = (_l("Oldest"), _l("How long the oldest of those waiting has waited."))
BANDS = _l(
    "The share of referrals that by then had an answer, were withdrawn by IOM before one, or still waited; the three add "
    "up to all of them. Referrals sent more recently count for the days they have waited."
)


def summary_columns(first: str) -> tuple[Column, ...]:
    """`first`: what the rows are."""
    return (
        Column("label", first, Kind.TEXT),
        _column("sent", SENT, Kind.COUNT),
        _column("left_out", LEFT_OUT, Kind.COUNT, under="sent"),
        _column("kept", KEPT, Kind.SHARE, within="sent"),
        _column("in_time_days", DAYS_ALLOWED, Kind.DAYS, under="kept"),
        _column("median", MEDIAN, Kind.DAYS),
        _column("priority", PRIORITY, Kind.SHARE, within="sent"),
        _column("granted_besides", BESIDES, Kind.COUNT, under="priority"),
        _column("usual", USUAL, Kind.TEXT),
        _column("waiting", WAITING, Kind.COUNT),
        _column("late", LATE, Kind.COUNT, within="waiting"),
        _column("oldest", OLDEST, Kind.DAYS),
    )


def _column(key: str, words: tuple[LazyString, LazyString], kind: Kind, **more: str) -> Column:
    heading, definition = map(str, words)
    return Column(key, heading, kind, definition, **more)


def band_columns(day: int) -> tuple[Column, ...]:
    """Shares by the end of a day that add to 1."""
    heads = {
        "answered": _("Answered by day %(day)d", day=day),
        "withdrawn": _("Withdrawn by day %(day)d", day=day),
        "waiting": _("Still waiting on day %(day)d", day=day),
    }
    return tuple(
        Column(f"{key}_{day}", head, Kind.SHARE, str(BANDS), adds=f"day {day}") for key, head in heads.items()
    )

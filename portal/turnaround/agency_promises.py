"""What one agency promised for a need and how far it kept it: a row a promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.promises.models import Agreement
from portal.turnaround import cells
from portal.turnaround.cells import Cell, Column, Kind, Table
from portal.turnaround.forms import MEASURE_NAMES
from portal.turnaround.result import Promise, Row
from portal.turnaround.summary import span
from portal.turnaround.summary_columns import LATE, SENT

# What is promised, by its measure: the days of an agreement.
AGREED = {"M0": "acknowledge_days", "M1": "decide_days", "M2": "offer_days"}
KEPT = _l(
    "Done within the days in force when the referral was sent, of the referrals that can be judged by now. Days of "
    "waiting for IOM and pauses do not count."
)


@dataclass(frozen=True)
class Promised:
    """One promise: the days agreed now, each once and the least first, and the row of its measure."""

    measure: str
    days: tuple[int, ...]
    row: Row

    @property
    def kept(self) -> Promise | None:
        """None where nothing can be judged."""
        promise = self.row.promise
        return promise if promise and promise.kept.whole else None


def promises_of(rows: Sequence[Row | None], agreements: Sequence[Agreement]) -> list[Promised]:
    """Those that are in force, and those under which something can be judged. `rows` are of M0, M1 and M2, None
    where a measure counts nothing."""
    found = []
    for row, (measure, name) in zip(rows, AGREED.items(), strict=True):
        if row is None:
            continue
        days = {getattr(agreement, name) for agreement in agreements} - {None}
        one = Promised(measure, tuple(sorted(days)), row)
        if days or one.kept:
            found.append(one)
    return found


def promises_table(need: str, key: str, promises: Sequence[Promised]) -> Table:
    """`key`: what all its rows are about."""
    columns = (
        Column("promise", _("Promise"), Kind.TEXT),
        Column("agreed", _("Agreed"), Kind.TEXT, _("The working days that the agency has agreed with IOM.")),
        Column("sent", str(SENT[0]), Kind.COUNT, str(SENT[1])),
        Column("kept_promise", _("Promise kept"), Kind.SHARE, str(KEPT), within="sent"),
        Column("waiting", _("Still to be done"), Kind.COUNT),
        Column("late", str(LATE[0]), Kind.COUNT, str(LATE[1]), within="waiting"),
    )
    return Table(
        "promises",
        _("%(need)s: promises, and how far they were kept", need=need),
        columns,
        tuple(_cells(one) for one in promises),
        keys=(key,) * len(promises),
    )


def _cells(one: Promised) -> tuple[Cell, ...]:
    row, late = one.row, one.row.promise.late_now if one.row.promise else 0
    return (
        cells.text(str(MEASURE_NAMES[one.measure])),
        cells.text(within(one)),
        cells.count(row.n),
        _kept(one),
        cells.count(row.open_now),
        cells.count(late),
    )


def _kept(one: Promised) -> Cell:
    if one.kept is None:
        return cells.unknown(Kind.SHARE, _("too soon to say") if one.row.n else _("unknown"))
    kept = one.kept.kept
    return cells.share(kept.part, kept.whole, kept.low, kept.high)


def within(one: Promised) -> str:
    """Within 5 working days, as agreed."""
    if not one.days:
        return _("under an agreement that has ended")
    least, most = one.days[0], one.days[-1]
    if most == 0:
        return _("on the same working day, as agreed")
    days = span(most, "working")
    if least < most:
        days = ngettext(
            "%(least)d to %(num)d working day", "%(least)d to %(num)d working days", most, least=least
        )
    return _("within %(days)s, as agreed", days=days)


def was_otherwise(one: Promised) -> bool:
    """Whether referrals are judged by other days than those agreed now."""
    return bool(one.kept and one.days and one.days != (one.kept.days,))

"""What the ordinary clients of one agency usually wait, and whether people on IOM are seen sooner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.promises.models import UsualWait
from portal.promises.wording import KINDS, UNITS, UNTIL
from portal.turnaround import cells
from portal.turnaround.cells import Cell, Column, Kind, Table
from portal.turnaround.small_numbers import says_share, says_verdict
from portal.turnaround.summary import verdict_cell
from portal.turnaround.summary_columns import USUAL
from portal.turnaround.usual_facts import AgainstUsual

COMPARED = _l("Referrals to services whose usual wait is known, sent in the period.")
SEEN = _l(
    "The share seen by the time that half of the ordinary clients are. Without priority it would be half; whoever was "
    "declined or withdrawn was not seen."
)
DECLINED = _l("The share declined or closed by then without having been seen.")
RATIO = _l("The time by which half of them were seen, divided by the usual wait: under 1 is sooner.")


class Waited(NamedTuple):
    """What was last said of a service."""

    service: str
    wait: UsualWait


def waits_table(need: str, waits: Sequence[Waited]) -> Table:
    columns = (
        Column("label", _("Service"), Kind.TEXT),
        Column("wait", _("Usual wait"), Kind.DAYS),
        Column("unit", _("Count in"), Kind.TEXT),
        Column("kind", _("What it is"), Kind.TEXT),
        Column("until", _("Until when"), Kind.TEXT),
        Column("source", _("Source"), Kind.TEXT),
        Column("said_on", _("As of"), Kind.DATE),
    )
    rows = tuple(
        (
            cells.text(service),
            Cell(Kind.DAYS, wait.days),
            cells.text(str(UNITS[wait.unit])),
            cells.text(str(KINDS[wait.kind])),
            cells.text(str(UNTIL[wait.until_step])),
            cells.text(wait.source),
            Cell(Kind.DATE, wait.as_of),
        )
        for service, wait in waits
    )
    keys = tuple(f"service {each.wait.service_id}" for each in waits)
    return Table("usual-waits", _("%(need)s: usual waits", need=need), columns, rows, keys=keys)


def against_table(need: str, key: str, label: str, usual: AgainstUsual) -> Table:
    """One row. `key`: what it is about."""
    found = usual.found
    columns = (
        Column("label", _("Agency"), Kind.TEXT),
        Column("compared", _("Referrals compared"), Kind.COUNT, str(COMPARED)),
        Column("usual", str(USUAL[0]), Kind.TEXT, str(USUAL[1])),
        Column("seen", _("Seen by the usual wait"), Kind.SHARE, str(SEEN), within="compared"),
        Column("declined", _("Declined by then"), Kind.SHARE, str(DECLINED), within="compared"),
        Column("ratio", _("Their wait ÷ the usual wait"), Kind.RATIO, str(RATIO)),
    )
    row = (
        cells.text(label),
        cells.count(usual.n),
        verdict_cell(usual),
        _share(usual.n, found.share, found.low, found.high),
        _share(usual.n, found.declined_share),
        _ratio(usual),
    )
    title = _("%(need)s: people on IOM against the usual wait", need=need)
    return Table("against-usual", title, columns, (row,), keys=(key,))


def _share(n: int, share: float | None, low: float | None = None, high: float | None = None) -> Cell:
    """`people`: as many as the share stands for, since anybody can work them out."""
    if share is None:
        return cells.unknown(Kind.SHARE, _("unknown"))
    part = round(share * n)
    if not says_share(n):
        return Cell(Kind.SHARE, people=(part, n - part), note=_("too few to say"))
    return Cell(Kind.SHARE, share, low, high, people=(part, n - part))


def _ratio(usual: AgainstUsual) -> Cell:
    found = usual.found
    if not says_verdict(usual.n):
        return Cell(Kind.RATIO, people=(usual.n,), note=_("too few to say"))
    if found.ratio is None:
        return Cell(Kind.RATIO, people=(usual.n,), note=_("not reached"))
    return Cell(Kind.RATIO, found.ratio, found.ratio_low, found.ratio_high, people=(usual.n,))

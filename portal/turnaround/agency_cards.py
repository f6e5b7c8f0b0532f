"""The key figures of one agency and need, as cards: a name, one figure in large letters, and what it means beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.i18n import long_date
from portal.promises.wording import KINDS, UNTIL, wait_days, wait_length
from portal.turnaround.agency_promises import Promised, was_otherwise
from portal.turnaround.agency_waits import Waited
from portal.turnaround.catalogue import PRIORITY_DAYS
from portal.turnaround.cells import Cell, Table
from portal.turnaround.lines import Shown, per_cent, show
from portal.turnaround.summary import span
from portal.turnaround.summary_columns import USUAL


@dataclass(frozen=True)
class Card:
    """`plain`: the figure is no number, and set in smaller letters."""

    title: str
    figure: str
    beneath: list[str]
    plain: bool = False


def promise_cards(promises: Sequence[Promised], table: Table) -> list[Card]:
    """A card a promise, from the table of them: exact or published."""
    made = []
    for place, one in enumerate(promises):
        title, agreed = (_cell(table, key, place).value for key in ("promise", "agreed"))
        beneath = [str(agreed)]
        if was_otherwise(one):
            beneath.append(_("each judged by the days agreed when it was sent"))
        made.append(_share_card(str(title), table, "kept_promise", beneath, place))
    return made


def priority_card(summary: Table) -> Card:
    """From the first row of the summary’s table."""
    within = _("within %(days)s", days=span(PRIORITY_DAYS, "working"))
    return _share_card(_("Priority granted"), summary, "priority", [within])


def wait_card(said: Sequence[Waited]) -> Card:
    """What ordinary clients wait, service by service where that differs."""
    title = _("Usual wait")
    if not said:
        why = _("The agency has not said how long people usually wait.")
        return Card(title, _("unknown"), [why], plain=True)
    waits = [each.wait for each in said]
    until = dict.fromkeys(str(UNTIL[wait.until_step]) for wait in waits)
    source = _("Source: %(source)s", source="; ".join(dict.fromkeys(wait.source for wait in waits)))
    if len({(wait.days, wait.unit, wait.kind, wait.as_of) for wait in waits}) > 1:
        return Card(title, _("differs by service"), [*map(_of_service, said), *until, source], plain=True)
    wait = waits[0]
    since = _("Since %(day)s", day=long_date(wait.as_of))
    return Card(title, wait_days(wait), [str(KINDS[wait.kind]), *until, since, source], plain=True)


def _of_service(said: Waited) -> str:
    return _(
        "%(service)s, since %(day)s: %(wait)s",
        service=said.service,
        day=long_date(said.wait.as_of),
        wait=wait_length(said.wait),
    )


def against_card(against: Table | None, waits: Sequence[Waited]) -> Card | None:
    """Whether people on IOM are seen sooner; None where no usual wait is known."""
    title = str(USUAL[0])
    medians = any(each.wait.kind == "median" for each in waits)
    if against is None:
        if not waits:
            return None
        if medians:
            return Card(title, _("too soon to say"), [], plain=True)
        why = _("A target or a maximum does not say how long people usually wait.")
        return Card(title, _("the test does not apply"), [why], plain=True)
    verdict, seen, declined = (_cell(against, key) for key in ("usual", "seen", "declined"))
    beneath = [*_seen(seen), *_declined(declined)]
    if not medians:
        beneath.append(_("by the usual wait that held when each was sent"))
    return Card(title, str(verdict.value or verdict.note), beneath, plain=True)


def _seen(cell: Cell) -> list[str]:
    if not isinstance(cell.value, float):
        return []
    share = per_cent(cell.value)
    if cell.low is None or cell.high is None:
        return [_("%(share)d%% were seen by the usual wait", share=share)]
    low, high = per_cent(cell.low), per_cent(cell.high)
    words = _(
        "%(share)d%% were seen by the usual wait, likely %(low)d%% to %(high)d%%",
        share=share,
        low=low,
        high=high,
    )
    return [words]


def _declined(cell: Cell) -> list[str]:
    """The share of those declined stands beside it, so that nobody looks fast by declining."""
    if cell.hidden:
        return [_("how many were declined by then is too few to show")]
    if not isinstance(cell.value, float):
        return []
    if not cell.value:
        return [_("none were declined by then")]
    return [_("%(share)d%% were declined by then", share=per_cent(cell.value))]


def _share_card(title: str, table: Table, key: str, beneath: list[str], place: int = 0) -> Card:
    cell, shown = _cell(table, key, place), _shown(table, key, place)
    if not isinstance(cell.value, float):
        words = _("unknown") if shown.words == "–" else shown.words
        return Card(title, words, beneath, plain=True)
    return Card(title, shown.words, [*beneath, *shown.beneath])


def _cell(table: Table, key: str, place: int = 0) -> Cell:
    return table.rows[place][_at(table, key)]


def _shown(table: Table, key: str, place: int) -> Shown:
    at = _at(table, key)
    return show(table.rows[place][at], table.columns[at], table.published)


def _at(table: Table, key: str) -> int:
    return [column.key for column in table.columns].index(key)

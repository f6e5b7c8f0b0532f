"""The page of chases: how often IOM pressed, what came after, and what is worth knowing beside the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.chasing.wording import CHANGES, KINDS
from portal.db import current_scope
from portal.turnaround.agency_tables import (
    Line,
    Page,
    Teller,
    by_agency,
    findings,
    median_of,
    number_of,
    share_of,
)
from portal.turnaround.bar_charts import bars_of, find
from portal.turnaround.cells import Column, Kind, Table, count, text
from portal.turnaround.charts import Chart
from portal.turnaround.counting import GroupCounts, merged, together
from portal.turnaround.days import Steps
from portal.turnaround.filters import Filter
from portal.turnaround.opening import Open, figures_of
from portal.turnaround.page import Viewer
from portal.turnaround.pressing import answer_days, beside_counts, chase_counts

Href = Callable[[str], str]


def build(asked: Filter, viewer: Viewer, href: Href) -> Page:
    scope, elsewhere = current_scope(), viewer.side != "agency"
    changes = chase_counts(asked, scope)
    chases = [each for each in merged(changes) if each["made"]]
    beside = beside_counts(asked, scope, elsewhere=elsewhere)
    opens = figures_of(asked, viewer)
    tables = []
    if beside:
        tables.append(_pressed(chases, beside, href, opens))
    if chases:
        tables += [_after(chases, answer_days(asked, scope), href), _changes(changes)]
    if beside:
        tables.append(_beside(beside, href, opens, elsewhere=elsewhere))
    said = _findings(together(chases), together(beside), Teller(viewer.hide_small)) if beside else []
    return Page("chases", _("Chases"), said, tables, _notes(), _draw)


def _draw(tables: list[Table]) -> Chart | None:
    """What the answers say has changed, each kind of chase in its colour."""
    table = find(tables, "changes")
    if table is None:
        return None
    rows = (
        (str(label.value), list(zip(map(str, KINDS.values()), numbers, strict=False)))
        for label, *numbers in table.rows
    )
    return bars_of(table, rows, _("Chases"))


def _findings(chases: dict[str, int], beside: dict[str, int], teller: Teller) -> list[str]:
    pressed = teller.part(beside["pressed"], beside["sent"])
    answered = teller.part(chases["answered"], chases["made"]) if chases else None
    decided = teller.part(chases["decided"], chases["judged"]) if chases else None
    caution = _(
        "This is what followed a chase, not what it caused: IOM presses slow agencies, which might have answered anyway."
    )
    return findings(
        pressed
        and _(
            "Of the referrals sent, IOM pressed for an answer or quicker access on %(part)s.", part=pressed
        ),
        answered and _("Of the chases, %(part)s have an answer.", part=answered),
        decided
        and _(
            "Of the chases made before a decision, %(part)s were followed by one within 5 working days.",
            part=decided,
        ),
        caution if chases else None,
    )


def _pressed(chases: Sequence[GroupCounts], beside: Sequence[GroupCounts], href: Href, opens: Open) -> Table:
    made = {(each.key, each.need): each.counts for each in chases}
    joined = [
        GroupCounts(each.key, each.label, each.need, None, {**each.counts, **_of_kinds(made, each)})
        for each in beside
    ]
    lines = [
        number_of("sent", pgettext("how many referrals", "Sent")),
        number_of("pressed", _("Referrals pressed for"), opens=opens("pressed")),
        share_of("pressed", "sent", _("Share pressed for")),
        number_of("chase", _("Chases")),
        number_of("advocacy", _("Requests for quicker access")),
        number_of("escalation", _("Escalations")),
        number_of("escalated", _("Referrals escalated"), opens=opens("escalated")),
    ]
    return by_agency("chases", _("How often IOM pressed"), joined, lines, href)


def _of_kinds(made: Mapping[tuple[str, str], Mapping[str, int]], each: GroupCounts) -> dict[str, int]:
    counts = made.get((each.key, each.need), {})
    return {kind: counts.get(kind, 0) for kind in KINDS}


def _after(chases: Sequence[GroupCounts], days: Steps, href: Href) -> Table:
    lines = [
        number_of("made", pgettext("how many chases", "Made")),
        number_of("answered", pgettext("how many chases", "Answered")),
        share_of("answered", "made", _("Share answered")),
        median_of(
            {(str(key), need): counts for (key, need), counts in days.items()}, _("Half answered by day")
        ),
        number_of("judged", _("Made before a decision")),
        share_of("decided", "judged", _("Decided within 5 working days")),
    ]
    return by_agency("after-chases", _("What came after"), chases, lines, href)


def _changes(changes: Sequence[GroupCounts]) -> Table:
    """What the answers said had changed, by kind; chases without an answer last."""
    codes: list[tuple[str | None, object]] = [*CHANGES.items(), (None, _("No answer yet"))]
    none = dict.fromkeys((*KINDS, "made"), 0)
    numbers = {
        code: together(each for each in changes if each.part == code) or none for code, _words in codes
    }
    keys = tuple(
        code or "none" for code, _words in codes if numbers[code]["made"] or code in ("nothing", None)
    )
    rows = tuple(
        (text(str(words)), *(count(numbers[code][name]) for name in (*KINDS, "made")))
        for code, words in codes
        if (code or "none") in keys
    )
    columns = (
        Column("changed", _("What it changed"), Kind.TEXT),
        *(Column(kind, str(words), Kind.COUNT) for kind, words in KINDS.items()),
        Column("all", _("All"), Kind.COUNT),
    )
    return Table("changes", _("What the answers say has changed"), columns, rows, keys=keys)


def _beside(beside: Sequence[GroupCounts], href: Href, opens: Open, *, elsewhere: bool) -> Table:
    lines: list[Line] = [
        number_of("sent", pgettext("how many referrals", "Sent")),
        number_of("late_agency", _("Written down late by the agency"), opens=opens("late_agency")),
        number_of("late_iom", _("Written down late by IOM"), opens=opens("late_iom")),
        number_of("released", _("Accepted, closed before help started"), opens=opens("released")),
        number_of("reassigned", _("Given to another worker"), opens=opens("reassigned")),
        number_of("reversed", _("Declines reversed"), opens=opens("reversed")),
        number_of("wrong_service", _("Declined as the wrong service"), opens=opens("wrong_service")),
    ]
    if elsewhere:
        lines.append(
            number_of("referred_again", _("Referred again elsewhere"), opens=opens("referred_again"))
        )
    return by_agency("beside", _("Worth knowing beside the figures"), beside, lines, href)


def _notes() -> list[str]:
    return [
        _("Pressed for: chased, escalated, or quicker access asked for, at least once, of referrals sent in the period."),
        _("Half answered by day: days from a chase to its answer. Chases without an answer count for as long as they wait."),
        _("Decided within 5 working days: of chases made before a decision, more than 5 working days ago."),
        _("Written down late: referrals of which something was recorded more than 2 working days after the day given for it."),
        _("Given to another worker: that changes no date, and the clock goes on."),
        _("Accepted, closed before help started: that can be the person’s doing as well as the agency’s."),
    ]  # fmt: skip

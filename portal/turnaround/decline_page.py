"""The page of declines: by cause and reason, what became of them, and withdrawals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from portal.agencies.codes import DECLINE_CAUSES, DECLINE_REASONS, WITHDRAWAL_REASONS
from portal.db import current_scope
from portal.turnaround.agency_tables import (
    ALL,
    Opens,
    Page,
    Teller,
    by_agency,
    findings,
    number_of,
    share_of,
)
from portal.turnaround.bar_charts import bars_of, find
from portal.turnaround.cells import Cell, Column, Kind, Table, count, share, text
from portal.turnaround.charts import Chart
from portal.turnaround.counting import GroupCounts, merged, together
from portal.turnaround.declines import UNSAID, WATCHED, cause, decline_counts, withdrawal_counts
from portal.turnaround.filters import Filter
from portal.turnaround.opening import Open, figures_of
from portal.turnaround.page import Viewer

Href = Callable[[str], str]
EVERYBODY = GroupCounts("", "", "", None)


def build(asked: Filter, viewer: Viewer, href: Href) -> Page:
    scope, opens = current_scope(), figures_of(asked, viewer)
    counted = [_with_causes(each) for each in decline_counts(asked, scope)]
    withdrawn = [_with_reason(each) for each in withdrawal_counts(asked, scope)]
    groups, gone = merged(counted), merged(withdrawn)
    total = together(groups)
    tables = [
        _causes(groups, href, opens, _("Left out, sent in error or duplicates: %(number)d.", number=total["left_out"])
                if groups and not viewer.hide_small else ""),
        _reasons(counted, opens),
        _watched(groups, gone, href, opens),
        _afterwards(groups, href),
        _withdrawals(withdrawn, opens),
    ]  # fmt: skip
    said = _findings(total, together(gone), Teller(viewer.hide_small)) if groups else []
    return Page("declines", _("Declines"), said, tables if groups else [], _notes(), _draw)


def _draw(tables: list[Table]) -> Chart | None:
    """Reasons, each in the colour of its cause."""
    table = find(tables, "declines-by-reason")
    if table is None:
        return None
    rows = ((str(reason.value), [(str(why.value), number)]) for reason, why, number, _share in table.rows)
    return bars_of(table, rows, _("Declines"))


def _with_causes(each: GroupCounts) -> GroupCounts:
    """The same with the declines by cause, those for the watched reasons, and those that could be followed (not imported),
    as counts of their own."""
    reason, number = each.part, each["declined"]
    more = {name: number if reason and cause(reason) == name else 0 for name in DECLINE_CAUSES}
    more |= {name: number if reason == name else 0 for name in WATCHED}
    more["followed"] = number - each["imported"]
    return GroupCounts(each.key, each.label, each.need, reason, {**each.counts, **more})


def _with_reason(each: GroupCounts) -> GroupCounts:
    more = {
        "no_answer": each["withdrawn"] if each.part == "no_answer" else 0,
        "said": 0 if each.part == UNSAID else each["withdrawn"],
    }
    return GroupCounts(each.key, each.label, each.need, each.part, {**each.counts, **more})


def _findings(total: dict[str, int], gone: dict[str, int], teller: Teller) -> list[str]:
    declined = teller.part(total["declined"], total["sent"])
    agency = teller.part(total["agency"], total["declined"])
    challenged = teller.part(total["challenged"], total["followed"])
    reversed_ = teller.part(total["reversed"], total["followed"])
    silent = teller.part(gone["no_answer"], gone["said"])
    return findings(
        declined and _("Of the referrals sent, %(part)s were declined.", part=declined),
        agency and _("Of the declines, %(part)s were for a reason about the agency.", part=agency),
        challenged and _("Of the declines, IOM challenged %(part)s.", part=challenged),
        reversed_ and _("Of the declines, agencies reversed %(part)s.", part=reversed_),
        silent and _("Of the referrals withdrawn, %(part)s had no answer from the agency.", part=silent),
    )


def _causes(groups: Sequence[GroupCounts], href: Href, opens: Open, note: str) -> Table:
    lines = [
        number_of("sent", pgettext("how many referrals", "Sent")),
        number_of("declined", pgettext("how many referrals", "Declined"), "sent", opens("declined")),
        share_of("declined", "sent", _("Share declined")),
        *(number_of(code, str(words), "declined", opens("declined", cause=code)) for code, words in DECLINE_CAUSES.items()),
    ]  # fmt: skip
    return by_agency("declines-by-cause", _("Declines by agency and cause"), groups, lines, href, note)


def _reasons(counted: Sequence[GroupCounts], opens: Open) -> Table:
    """Those that were given, and always the watched ones; cause by cause."""
    numbers = dict.fromkeys(DECLINE_REASONS, 0)
    for each in counted:
        if each.part:
            numbers[each.part] += each["declined"]
    total = sum(numbers.values())
    shown = [code for code in DECLINE_REASONS if numbers[code] or code in WATCHED]
    rows = tuple(
        (text(str(words)), text(str(DECLINE_CAUSES[why])), _count(numbers[code], opens("declined", reason=code)),
         share(numbers[code], total, None, None))
        for code, (why, words) in DECLINE_REASONS.items()
        if code in shown
    )  # fmt: skip
    columns = (
        Column("reason", _("Reason"), Kind.TEXT),
        Column("cause", _("Cause"), Kind.TEXT),
        Column("declined", pgettext("how many referrals", "Declined"), Kind.COUNT),
        Column("share", _("Share of all declines"), Kind.SHARE),
    )
    # The whole stands in each row: moved anew in each, it could be worked out of them.
    return Table("declines-by-reason", _("Declines by reason"), columns, rows, keys=(ALL,) * len(rows))


def _watched(groups: Sequence[GroupCounts], gone: Sequence[GroupCounts], href: Href, opens: Open) -> Table:
    silent = {(each.key, each.need): each.counts for each in gone}
    joined = [
        GroupCounts(each.key, each.label, each.need, None, {**each.counts, **silent[each.key, each.need]})
        for each in groups
    ]
    lines = [
        *(
            number_of(code, str(DECLINE_REASONS[code][1]), opens=opens("declined", reason=code))
            for code in WATCHED
        ),
        number_of(
            "no_answer",
            _("Withdrawn: no answer from the agency"),
            opens=opens("withdrawn", reason="no_answer"),
        ),
    ]
    return by_agency(
        "barriers",
        _("What stands in the way, by agency"),
        joined,
        lines,
        href,
        only_with=(*WATCHED, "no_answer"),
    )


def _afterwards(groups: Sequence[GroupCounts], href: Href) -> Table:
    lines = [
        number_of("followed", pgettext("how many referrals", "Declined")),
        number_of("challenged", _("Challenged by IOM"), "followed"),
        number_of("waiting", _("Not final yet"), "followed"),
        number_of("agreed", _("Agreed by IOM"), "followed"),
        number_of("lapsed", _("Final without an answer"), "followed"),
        number_of("upheld", _("Upheld by the agency"), "followed"),
        number_of("reversed", _("Reversed by the agency"), "followed"),
        number_of("withdrawn", _("Withdrawn by IOM"), "followed"),
    ]
    return by_agency(
        "after-declines", _("What became of declines"), groups, lines, href, only_with=("followed",)
    )


def _withdrawals(withdrawn: Sequence[GroupCounts], opens: Open) -> Table:
    numbers = {code: 0 for code in WITHDRAWAL_REASONS if code != "sent_in_error"}
    for each in withdrawn:
        if each.part in numbers:
            numbers[each.part] += each["withdrawn"]
    sent = sum(each["sent"] for each in withdrawn)
    numbers[UNSAID] = together(withdrawn).get("withdrawn", 0) - sum(numbers.values())
    names = {**WITHDRAWAL_REASONS, UNSAID: _("Reason not recorded")}
    shown = [code for code, number in numbers.items() if number or code == "no_answer"]
    rows = tuple(
        (
            text(str(names[code])),
            _count(numbers[code], opens("withdrawn", reason=code)),
            share(numbers[code], sent, None, None),
        )
        for code in shown
    )
    columns = (
        Column("reason", _("Reason"), Kind.TEXT),
        Column("withdrawn", pgettext("how many referrals", "Withdrawn"), Kind.COUNT),
        Column("share", _("Share of referrals sent"), Kind.SHARE),
    )
    return Table("withdrawals", _("Withdrawals by reason"), columns, rows, keys=(ALL,) * len(rows))


def _count(number: int, opens: Opens) -> Cell:
    return count(number, opens(EVERYBODY) if number else None)


def _notes() -> list[str]:
    return [
        _("Declined: every referral that the agency declined, also where it reversed that later. Reversals are counted apart."),
        _("Final without an answer: nobody at IOM agreed or challenged within 10 working days."),
        _("About the agency, the person or the referral: each reason has one cause. Only the first is in the agency’s hands."),
        _("Capacity, rules on local connection and distances differ between areas: read an agency’s figures with them."),
    ]  # fmt: skip

"""What a small number allows one to say, and what an analyst may be shown.

Source: the turnaround paper, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.turnaround.estimators import Median, Proportion
from portal.turnaround.result import Row

FEW = 8  # fewer than this are a count, not a share
ENOUGH = 20  # from here on a median needs no upper limit


def says_share(n: int) -> bool:
    return n >= FEW


def says_median(n: int, median: Median) -> bool:
    """From 20; from 8 only where even the upper limit of the median is reached."""
    return n >= ENOUGH or (n >= FEW and median.high is not None)


def harmless(*counts: int) -> bool:
    """None of these counts is of 1 to 7 people."""
    return all(count == 0 or count >= FEW for count in counts)


def hidden_cells(answer: Row, priority: Row | None, days: Sequence[int]) -> frozenset[str]:
    """The cells of a line that would show 1 to 7 people, or from which with the others they could be worked out.

    Names: sent, left_out, in_time, priority, waiting, and each of `days` as text.
    """
    hidden = {
        name
        for name, count in (("left_out", answer.excluded), ("waiting", answer.open_now))
        if not harmless(count)
    }
    if not harmless(answer.n):
        return frozenset(hidden | {"sent", "in_time", "priority", *map(str, days)})
    shown = 0
    for day in days:
        answered = answer.events_by(day)
        if harmless(answered - shown, answer.n - answered):
            shown = answered
        else:
            hidden.add(str(day))
    if priority is None or not _harmless_part(priority.in_time, priority.n):
        hidden.add("priority")
    late_answers = answer.events_by(days[0]) - answer.in_time.part
    if str(days[0]) in hidden or not _harmless_part(answer.in_time, answer.n) or not harmless(late_answers):
        hidden.add("in_time")
    return frozenset(hidden)


def _harmless_part(part: Proportion, n: int) -> bool:
    return harmless(part.part, part.whole - part.part, n - part.whole)

"""Pages that show one need at a time: the one asked for, else the one with most referrals, and links to the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from portal.agencies.codes import NEEDS
from portal.turnaround import sections
from portal.turnaround.filters import Filter


@dataclass(frozen=True)
class NeedLink:
    text: str
    href: str
    current: bool


def choose_need(asked: Filter, sent: Iterable[tuple[str, int]]) -> str | None:
    """The need asked for, else the one of most referrals; None where there are none. `sent`: (need, referrals)."""
    if asked.need:
        return asked.need
    numbers: Counter[str] = Counter()
    for need, number in sent:
        numbers[need] += number
    most = numbers.most_common(1)
    return most[0][0] if most and most[0][1] else None


def need_links(slug: str, found: Iterable[str], current: str) -> list[NeedLink]:
    """A link for each need in which anything was found, in the order of needs; none where there is but one."""
    wanted = {*found, current}
    needs = [need for need in NEEDS if need in wanted]
    if len(needs) < 2:
        return []
    return [NeedLink(str(NEEDS[need]), sections.href(slug, need=need), need == current) for need in needs]

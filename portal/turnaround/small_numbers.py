"""What a small number allows one to say. What may be shown to those who see no cases: `disclosure`.

Source: the turnaround paper, section 3.
"""

from __future__ import annotations

from portal.turnaround.estimators import Median

FEW = 8  # fewer than this are a count, not a share
ENOUGH = 20  # from here on a median needs no upper limit


def says_share(n: int) -> bool:
    return n >= FEW


def says_median(n: int, median: Median) -> bool:
    """From 20; from 8 only where even the upper limit of the median is reached."""
    return n >= ENOUGH or (n >= FEW and median.high is not None)


def says_verdict(n: int) -> bool:
    """Whether people are seen sooner than is usual."""
    return n >= ENOUGH

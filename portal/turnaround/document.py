"""The document of `turnaround --json`, for every measure: nothing rounded, nothing suppressed. The contract gives its form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from portal.db import current_scope
from portal.turnaround.catalogue import BY_CODE, PRIORITY_DAYS, PROMISED, Measure
from portal.turnaround.comparison import Judged, compare
from portal.turnaround.filters import Filter
from portal.turnaround.outcomes import outcome_counts
from portal.turnaround.result import Row, figures, usual_waits
from portal.turnaround.strata import strata

CODES = (*BY_CODE, "M5", "M6", "M7")
LEAST_COMPARED = 5  # agencies of one need


def document(asked: Filter, code: str, share_days: Sequence[int]) -> dict[str, Any]:
    """The figures of one measure of what the current scope may see."""
    rows = {"M5": _against_usual, "M6": _promises, "M7": _outcomes}.get(code, _days)
    return {
        "as_of": asked.as_of.isoformat(),
        "from": asked.from_on.isoformat(),
        "to": asked.to_on.isoformat(),
        "days": asked.days,
        **({"clock": "net"} if asked.clock == "net" else {}),
        "by": asked.by,
        "rows": list(rows(asked, code, share_days)),
    }


def _days(asked: Filter, code: str, share_days: Sequence[int]) -> Iterator[dict[str, Any]]:
    [rows] = figures(asked, BY_CODE[code])
    flags = _flags(asked) if code == "M1" and asked.by == "agency" else {}
    for row in rows:
        yield _row(row, BY_CODE[code], share_days) | {"flag": flags.get((row.key, row.need))}


def _row(row: Row, measure: Measure, share_days: Sequence[int]) -> dict[str, Any]:
    promise = row.promise
    found: dict[str, Any] = {
        "key": row.key,
        "label": row.label,
        "need": row.need,
        "measure": measure.code,
        "n": row.n,
        "events": int(row.counts.event.sum()),
        "competing": int(row.counts.competing.sum()),
        "censored": int(row.counts.censored.sum()),
        "excluded": row.excluded,
        "median": row.median.value,
        "median_low": row.median.low,
        "median_high": row.median.high,
        "promise_days": promise.days if promise else None,
        "within_promise": promise.kept.part if promise else None,
        "judged": promise.kept.whole if promise else None,
        "share_by": [vars(row.curve.share_at(day)) for day in share_days],
        "open_now": row.open_now,
        "past_promise_now": promise.late_now if promise else None,
        "oldest_open_days": row.oldest_open_days,
        "flag": None,
    }
    if measure.code == "M4":
        found |= {
            "granted": row.in_time.part,
            "granted_of": row.in_time.whole,
            "granted_low": row.in_time.low,
            "granted_high": row.in_time.high,
            "mature_days": PRIORITY_DAYS,
        }
    return found


def _flags(asked: Filter) -> dict[tuple[str, str], str | None]:
    """Of each agency and need, beside the others of that need; they must all be seen, whichever is asked for."""
    found = strata(replace(asked, agency_id=None, service_id=None), current_scope())
    flags: dict[tuple[str, str], str | None] = {}
    for need in {each.need for each in found}:
        cells = [
            Judged(each.agency_id, (each.rural, each.cohort), each.judged, each.in_time)
            for each in found
            if each.need == need
        ]
        compared = compare(cells).agencies
        if len(compared) >= LEAST_COMPARED:
            flags |= {(str(each.agency), need): each.flag for each in compared}
    return flags


def _against_usual(asked: Filter, code: str, share_days: Sequence[int]) -> Iterator[dict[str, Any]]:
    """M5: a row for each group with a usual median wait. Of the first offer where most count to it: see `usual_facts`."""
    usual = usual_waits(asked)
    [rows] = figures(asked, BY_CODE["M2"])
    for row in rows:
        against = usual.get((row.key, row.need))
        found = _row(row, BY_CODE["M2"], share_days) | {"measure": code}
        found |= {name: None for name in ("promise_days", "within_promise", "judged", "past_promise_now")}
        yield found | {
            "usual_days": against.days if against else None,
            "usual_unit": against.unit if against else None,
            "faster_share": against.found.share if against else None,
            "faster_low": against.found.low if against else None,
            "faster_high": against.found.high if against else None,
            "declined_share": against.found.declined_share if against else None,
            "ratio": against.found.ratio if against else None,
            "ratio_low": against.found.ratio_low if against else None,
            "ratio_high": against.found.ratio_high if against else None,
            "verdict": against.found.verdict if against else None,
        }


def _promises(asked: Filter, code: str, share_days: Sequence[int]) -> Iterator[dict[str, Any]]:
    """M6: a row for each group and promise, where one was made; `within_promise` of `judged` on the net clock."""
    for measure, rows in zip(PROMISED, figures(asked, *PROMISED), strict=True):
        for row in rows:
            if row.promise:
                kept = row.promise.kept
                yield _row(row, measure, share_days) | {
                    "measure": code,
                    "promise": measure.code,
                    "kept_share": kept.share,
                    "kept_low": kept.low,
                    "kept_high": kept.high,
                }


def _outcomes(asked: Filter, code: str, share_days: Sequence[int]) -> Iterator[dict[str, Any]]:
    """M7: counts of what came of referrals, and of appointments."""
    for each in outcome_counts(asked, current_scope()):
        yield {
            "key": each.key,
            "label": each.label,
            "need": each.need,
            "measure": code,
            **each.counts,
            "appointments": dict(each.appointments),
        }

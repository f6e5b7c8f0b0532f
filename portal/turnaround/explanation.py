"""The tables of the page “What the figures mean”, in the reader's language: from the worked example, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.clocks.working_days import WorkingDays
from portal.i18n import long_date, weekday_date
from portal.turnaround import example
from portal.turnaround.estimators import Curve, wilson
from portal.turnaround.example import Counted, Step, Worked, work_out
from portal.turnaround.lines import per_cent


@dataclass(frozen=True)
class Grid:
    """Columns and rows as the table component takes them; the first cell of a row is its heading."""

    caption: str
    head: tuple[dict[str, str | bool], ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Explained:
    """All that the page works out: numbers by name for its sentences, and its tables."""

    numbers: dict[str, int | str]
    referrals: Grid
    contrast: Grid
    steps: Grid
    likely: Grid
    clock: Grid


def explain(calendar: WorkingDays) -> Explained:
    worked = work_out(calendar)
    return Explained(
        numbers=_numbers(worked, calendar),
        referrals=_referrals(worked),
        contrast=_contrast(worked),
        steps=_steps(worked),
        likely=_likely(),
        clock=_clock(),
    )


def _numbers(worked: Worked, calendar: WorkingDays) -> dict[str, int | str]:
    by = worked.curve.share_at(example.PROMISE)
    last = worked.steps[-1].day
    reading, (sent, free) = example.question(calendar), example.release(calendar)
    kept, gross, net = worked.kept, reading.gross_working, reading.net_working
    return {
        "sent": len(worked.rows),
        "promise": example.PROMISE,
        "as_of": long_date(example.AS_OF),
        "holiday": long_date(example.HOLIDAY),
        "answered": worked.number("answered"),
        "waiting": worked.number("waiting"),
        "late": worked.late,
        "oldest": worked.oldest,
        "share": _whole(by.share),
        "low": _whole(by.low),
        "high": _whole(by.high),
        "withdrawn": _whole(by.competing),
        "left": _whole(by.waiting),
        "half": str(worked.curve.median().value),
        "kept": kept.part,
        "judged": kept.whole,
        "kept_share": _whole(kept.share),
        "kept_low": _whole(kept.low),
        "kept_high": _whole(kept.high),
        "last": last,
        "share_last": _whole(worked.curve.share_at(last).share),
        "ignoring_last": _whole(worked.ignoring.share_at(last).share),
        "gross": gross,
        "rested": gross - net,
        "sum": _together(f"{gross} − {gross - net} = {net}"),
        "from_sent": sent,
        "from_free": free,
        "sent_early": long_date(example.SENT_EARLY),
        "free": long_date(example.FREE),
        "offered": long_date(example.OFFERED),
    }


def _whole(share: float | None) -> int:
    """Per cent. Nothing of the example is unknown."""
    if share is None:
        raise ValueError("the example leaves nothing unknown")
    return per_cent(share)


def _share(share: float | None) -> str:
    return f"{_whole(share)}%"


def _together(words: str) -> str:
    """On one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _grid(caption: str, head: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Grid:
    return Grid(caption, tuple({"text": words} for words in head), tuple(rows))


def _referrals(worked: Worked) -> Grid:
    return _grid(
        _("The referrals, as they stood on %(day)s", day=weekday_date(example.AS_OF)),
        (_("Referral"), _("Sent on"), _("What happened"), _("Working days")),
        [_referral(number, row) for number, row in enumerate(worked.rows, start=1)],
    )


def _referral(number: int, row: Counted) -> tuple[str, ...]:
    if row.ended_on is None:
        ending = _("still waiting")
    elif row.ending == "answered":
        ending = _("answered on %(day)s", day=weekday_date(row.ended_on))
    else:
        ending = _("withdrawn by IOM on %(day)s", day=weekday_date(row.ended_on))
    label = _("Referral %(number)d", number=number)
    return label, weekday_date(row.sent_on), ending, str(row.days)


def _contrast(worked: Worked) -> Grid:
    columns = worked.finished, worked.curve
    promise = example.PROMISE
    return _grid(
        _("The same agency, counted in two ways"),
        (_("Figure"), _("Answered referrals only"), _("All referrals, as the portal counts")),
        [
            (
                _("Answered by day %(day)d", day=promise),
                *(_share(curve.share_at(promise).share) for curve in columns),
            ),
            (_("Half answered by"), *map(_half, columns)),
        ],
    )


def _half(curve: Curve) -> str:
    median = curve.median().value
    return _("not reached") if median is None else _("day %(day)d", day=median)


def _steps(worked: Worked) -> Grid:
    head = (
        _("Day"),
        _("Waiting that morning"),
        _("What happened"),
        _("The sum"),
        _("Answered so far"),
        _("Withdrawn so far"),
        _("Still waiting"),
    )
    return _grid(_("The example, day by day"), head, [_step(step) for step in worked.steps])


def _step(step: Step) -> tuple[str, ...]:
    number = step.answers + step.withdrawals
    words = (
        ngettext("%(num)d withdrawn", "%(num)d withdrawn", step.withdrawals)
        if step.withdrawals
        else ngettext("%(num)d answered", "%(num)d answered", step.answers)
    )
    sum_ = _together(f"{_share(step.before)} × {number} ÷ {step.at_risk} = {_share(step.moved)}")
    shares = map(_share, (step.answered, step.withdrawn, step.left))
    return _together(_("day %(day)d", day=step.day)), str(step.at_risk), words, sum_, *shares


def _likely() -> Grid:
    rows = []
    for part, whole in example.LIKELY:
        found = wilson(part, whole)
        likely = _("likely %(low)d%% to %(high)d%%", low=_whole(found.low), high=_whole(found.high))
        rows.append((_("%(part)d of %(whole)d", part=part, whole=whole), _share(found.share), likely))
    head = (_("Answered in time"), _("Share"), _("Likely range"))
    return _grid(_("The same share of few and of many"), head, rows)


def _clock() -> Grid:
    return _grid(
        _("A question in between"),
        (_("Day"), _("What happened")),
        [
            (weekday_date(example.SENT), _("IOM sends the referral")),
            (weekday_date(example.ASKED), _("The agency asks for information")),
            (weekday_date(example.TOLD), _("IOM answers the question")),
            (weekday_date(example.ACCEPTED), _("The agency accepts the referral")),
        ],
    )

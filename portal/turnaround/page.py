"""What the turnaround pages hold: for each need, the sentences and the lines of its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import long_date
from portal.turnaround.catalogue import BY_CODE
from portal.turnaround.filters import Filter
from portal.turnaround.lines import Figures, Line, line
from portal.turnaround.result import figures

AgencyHref = Callable[[str], str]


@dataclass(frozen=True)
class Viewer:
    """What the page depends on: side is iom, agency or none (analysts, who see no referrals and no small numbers)."""

    side: str

    @property
    def hide_small(self) -> bool:
        return self.side not in ("iom", "agency")

    def waiting_href(self, need: str, **narrowed: str) -> str | None:
        """The list of the referrals that wait, for those who may open it."""
        if self.hide_small:
            return None
        tab = "waiting" if self.side == "iom" else "to_decide"
        return "/referrals?" + urlencode({"tab": tab, "need": need, **narrowed})


@dataclass(frozen=True)
class Section:
    """One need. `lines` are the table’s; the first `sentences` of them are read out above it."""

    need: str
    title: str
    sentences: list[str]
    lines: list[Line]
    services_hidden: bool = False


def sections_by_agency(asked: Filter, viewer: Viewer, agency_href: AgencyHref) -> list[Section]:
    """Each need with its agencies. Agencies are compared within one need only."""
    return [
        _section(
            need,
            [
                line(
                    each,
                    asked.days,
                    href=agency_href(each.answer.key),
                    waiting_href=viewer.waiting_href(need, agency=each.answer.key),
                )
                for each in found
            ],
        )
        for need, found in _by_need(asked, viewer)
    ]


def sections_of_agency(asked: Filter, viewer: Viewer) -> list[Section]:
    """Each need of one agency, with its services beneath; those not to an analyst if one of them is too small."""
    services = dict(_by_need(replace(asked, by="service"), viewer))
    return [
        _agency_section(need, found[0], services[need], asked, viewer)
        for need, found in _by_need(asked, viewer)
    ]


def _agency_section(
    need: str, total: Figures, services: list[Figures], asked: Filter, viewer: Viewer
) -> Section:
    hidden = any(each.hidden for each in services)
    lines = [
        line(each, asked.days, waiting_href=viewer.waiting_href(need, service=each.answer.key))
        for each in services
        if not hidden
    ]
    whole = line(
        total,
        asked.days,
        label=_("All services"),
        waiting_href=viewer.waiting_href(need, agency=total.answer.key),
    )
    return replace(
        _section(need, lines if len(lines) == 1 else [whole, *lines]),
        sentences=[whole.sentence],
        services_hidden=hidden,
    )


def _section(need: str, lines: list[Line]) -> Section:
    return Section(need, str(NEEDS[need]), [each.sentence for each in lines], lines)


def _by_need(asked: Filter, viewer: Viewer) -> list[tuple[str, list[Figures]]]:
    """The figures of both measures, need by need and within it by name."""
    answers, decisions = figures(asked, BY_CODE["M1"], BY_CODE["M4"])
    priority = {(row.key, row.need): row for row in decisions}
    found = [
        Figures.of(row, priority.get((row.key, row.need)), hide_small=viewer.hide_small) for row in answers
    ]
    order = list(NEEDS)
    found.sort(key=lambda each: order.index(each.answer.need))
    return [(need, list(each)) for need, each in groupby(found, key=lambda each: each.answer.need)]


def in_words(asked: Filter, today: date, names: Mapping[str, Mapping[int, str]]) -> str:
    """What is shown, as one reads it aloud. `names`: areas, agencies and services by number."""
    chosen = {"agencies": asked.agency_id, "services": asked.service_id, "areas": asked.area_id}
    which = [
        str(NEEDS[asked.need]) if asked.need else _("All needs"),
        *(names[kind][number] for kind, number in chosen.items() if number and kind in names),
        *([str(COHORT_NAMES[asked.cohort])] if asked.cohort else []),
    ]
    how = [
        _(
            "referrals sent from %(first)s to %(last)s",
            first=long_date(asked.from_on),
            last=long_date(asked.to_on),
        ),
        _("counted in working days") if asked.days == "working" else _("counted in calendar days"),
        *([_("as things stood on %(day)s", day=long_date(asked.as_of))] if asked.as_of != today else []),
    ]
    return f"{', '.join(which)}: {', '.join(how)}"

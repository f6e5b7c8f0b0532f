"""Hub sessions made lean for templates: words, dates and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from portal.agencies.calendar import working_days
from portal.agencies.hub_models import HubSession
from portal.agencies.hub_queries import list_sessions, list_sessions_of
from portal.agencies.hub_wording import hours, rhythm
from portal.agencies.hubs import next_dates
from portal.agencies.lookup import alphabetical
from portal.agencies.models import Service
from portal.agencies.queries import today
from portal.i18n import language, long_date


@dataclass(frozen=True)
class Line:
    """One session in words, its next dates with it."""

    id: int
    agency: str
    service: str
    area: str
    place: str
    when: str
    dates: list[str]
    last_day: str
    words: str
    may_change: bool = False


def lines_by_area(may_change: Callable[[HubSession], bool]) -> list[tuple[str, list[Line]]]:
    """Each area's sessions, the soonest first; areas by name. Two statements, whatever there is."""
    groups: dict[str, list[tuple[date, Line]]] = {}
    for session in list_sessions(today()):
        dates = upcoming(session)
        line = _line(session, dates, may_change(session))
        groups.setdefault(line.area, []).append((dates[0] if dates else date.max, line))
    return [
        (area, [line for _soonest, line in sorted(rows, key=lambda row: (row[0], row[1].id))])
        for area, rows in sorted(groups.items(), key=lambda group: alphabetical(group[0]))
    ]


def lines_of_service(service: Service) -> list[Line]:
    """The sessions at which this service can be met, the soonest first."""
    found = list_sessions_of([(service.id, service.agency_id)], today())[service.id]
    timed = [(upcoming(session), session) for session in found]
    timed.sort(key=lambda pair: (pair[0][:1] or [date.max], pair[1].id))
    return [_line(session, dates) for dates, session in timed]


def upcoming(session: HubSession, most: int = 3) -> list[date]:
    return next_dates(session, today(), working_days().is_holiday, most)


def soonest(sessions: Iterable[HubSession]) -> tuple[date, HubSession] | None:
    """The next date on which one of these is held, and which."""
    held = [(dates[0], session) for session in sessions if (dates := upcoming(session, 1))]
    return min(held, key=lambda pair: (pair[0], pair[1].begins, pair[1].id), default=None)


def next_words(sessions: Iterable[HubSession]) -> str:
    """Next hub session: 24 November 2026, 10:00 to 12:00, Library (Powys). Empty where none is to come."""
    found = soonest(sessions)
    if found is None:
        return ""
    day, session = found
    area = session.area.name(language())
    values = {"day": long_date(day), "hours": hours(session), "place": session.place, "area": area}
    return str(_("Next hub session: %(day)s, %(hours)s, %(place)s (%(area)s)", **values))


def _line(session: HubSession, dates: list[date], may_change: bool = False) -> Line:
    return Line(
        id=session.id,
        agency=session.agency.name_in(language()),
        service=session.service.name_in(language()) if session.service else str(_("All services")),
        area=session.area.name(language()),
        place=session.place,
        when=f"{rhythm(session)}, {hours(session)}",
        dates=[long_date(day) for day in dates],
        last_day=long_date(session.to_on),
        words=session.words,
        may_change=may_change,
    )

"""What makes reading look unusual: a few rules that can be said in a sentence, and their thresholds. Pure.

A rule compares a member of staff with their own last four weeks and with others in the same role. It proves nothing:
it asks a manager to ask. Times are London's, without a zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

# The one table of thresholds. A number of people or readings from which a rule speaks; `times`: and more than so many
# times what is usual for this member of staff, and for others in the same role.
LIMITS = {
    "day": {"people": 30, "times": 3},
    "hour": {"people": 18, "times": 3},
    "not_own": {"people": 12, "times": 3},
    "night": {"people": 5, "usual": 15},
    "repeat": {"days": 3, "hours": 4, "manager_days": 6},
    "walk": {"refused": 5, "refused_run": 3, "run": 6},
    "elsewhere": {"day": 6, "week": 10, "nobody": 3},
    "many": {"readers": 5},
}
HISTORY = 28  # days before the one that is looked at
NIGHT_FROM, NIGHT_TO = 21, 6  # hours of the clock
REPEATED_WITHIN = 10  # days
FEWEST_DAYS = 5  # of history, below which only others in the same role are compared with
USUAL_NIGHTS = 3  # earlier nights or days off, spent on one's own people, that make another one usual


@dataclass(frozen=True)
class Opening:
    """A record opened, or several times within one hour. `own`: in the reader's own caseload; `worked`: they did
    something about the person as well."""

    user_id: int
    person_id: int
    at: datetime
    own: bool = False
    worked: bool = False


@dataclass(frozen=True)
class Attempt:
    """A number asked for that was not shown (`number`: the person's, None for a referral), or a look into another area."""

    user_id: int
    at: datetime
    number: int | None = None
    found: bool = False


@dataclass(frozen=True)
class Finding:
    """What a rule says of one member of staff, or of one person, on one day; `facts` are the sentence's numbers."""

    rule: str
    on_day: date
    user_id: int | None = None
    person_id: int | None = None
    facts: dict[str, int] = field(default_factory=dict)


@dataclass
class Readings:
    """Everything of HISTORY days and of those looked at. `roles`: of each user; `is_off`: not a working day."""

    openings: Sequence[Opening]
    refused: Sequence[Attempt]
    elsewhere: Sequence[Attempt]
    roles: dict[int, str]
    is_off: Callable[[date], bool]

    def __post_init__(self) -> None:
        self.by_user: dict[int, list[Opening]] = defaultdict(list)
        for opening in self.openings:
            self.by_user[opening.user_id].append(opening)
        # How many people each opened on each day, of all and of those who are not their own; and in their fullest hour.
        self.days: dict[int, dict[date, int]] = {}
        self.strange_days: dict[int, dict[date, int]] = {}
        self.hours: dict[int, dict[date, int]] = {}
        for user, mine in self.by_user.items():
            self.days[user] = _people_by_day(mine)
            self.strange_days[user] = _people_by_day(one for one in mine if not one.own)
            self.hours[user] = _fullest_hours(mine)


def find(readings: Readings, day: date) -> list[Finding]:
    """What every rule says of this day."""
    found: list[Finding] = []
    for user, mine in readings.by_user.items():
        before = [one for one in mine if _within(one.at.date(), day, HISTORY + 1)]
        found += _volumes(readings, user, day)
        found += _nights(readings, user, mine, day)
        found += _repeats(user, readings.roles.get(user, ""), before, day)
        found += _run(user, before, day)
    found += _refusals(readings.refused, day)
    found += _lookups(readings.elsewhere, day)
    found += _crowds(readings.openings, day)
    return found


def _within(moment: date, day: date, days: int) -> bool:
    return timedelta(0) <= day - moment < timedelta(days)


def _people_by_day(openings: Iterable[Opening]) -> dict[date, int]:
    people: dict[date, set[int]] = defaultdict(set)
    for one in openings:
        people[one.at.date()].add(one.person_id)
    return {day: len(each) for day, each in people.items()}


def _fullest_hours(openings: Iterable[Opening]) -> dict[date, int]:
    people: dict[datetime, set[int]] = defaultdict(set)
    for one in openings:
        people[one.at.replace(minute=0, second=0, microsecond=0)].add(one.person_id)
    fullest: dict[date, int] = defaultdict(int)
    for hour, each in people.items():
        fullest[hour.date()] = max(fullest[hour.date()], len(each))
    return fullest


def _usual(counts: dict[date, int], worked: dict[date, int], day: date) -> int | None:
    """The middle one of the days before on which they opened anything; None where these are too few."""
    before = [counts.get(each, 0) for each in worked if each != day and _within(each, day, HISTORY + 1)]
    return round(median(before)) if len(before) >= FEWEST_DAYS else None


def _volumes(readings: Readings, user: int, day: date) -> Iterator[Finding]:
    kinds = {"day": readings.days, "hour": readings.hours, "not_own": readings.strange_days}
    for rule, counts in kinds.items():
        people, limit = counts[user].get(day, 0), LIMITS[rule]
        if people < limit["people"]:
            continue
        own = _usual(counts[user], readings.days[user], day)
        peers = _usual_of_peers(readings, counts, user, day)
        if people > limit["times"] * max(own or 0, peers or 0):
            facts = {"people": people} | {
                key: usual for key, usual in (("own", own), ("peers", peers)) if usual is not None
            }
            yield Finding(rule, day, user, facts=facts)


def _usual_of_peers(
    readings: Readings, counts: dict[int, dict[date, int]], user: int, day: date
) -> int | None:
    role = readings.roles.get(user)
    each = [
        usual
        for peer, mine in counts.items()
        if peer != user and readings.roles.get(peer) == role
        if (usual := _usual(mine, readings.days[peer], day)) is not None
    ]
    return round(median(each)) if each else None


def _nights(readings: Readings, user: int, mine: Iterable[Opening], day: date) -> Iterator[Finding]:
    """Between NIGHT_FROM and NIGHT_TO, or on a day off. A night counts with the day on which it began."""
    nights: dict[date, dict[int, bool]] = defaultdict(dict)
    for one in mine:
        night = (one.at - timedelta(hours=NIGHT_TO)).date()
        if not _within(night, day, HISTORY + 1):
            continue
        if not NIGHT_TO <= one.at.hour < NIGHT_FROM or readings.is_off(night):
            nights[night][one.person_id] = one.own
    people = len(nights.get(day, {}))
    usual = sum(night != day and 2 * sum(own.values()) >= len(own) for night, own in nights.items())
    if people >= LIMITS["night"]["usual" if usual >= USUAL_NIGHTS else "people"]:
        yield Finding("night", day, user, facts={"people": people, "usual": usual})


def _repeats(user: int, role: str, before: Iterable[Opening], day: date) -> Iterator[Finding]:
    """Somebody who is not one's own, again and again, without anything done for them."""
    visits: dict[int, set[datetime]] = defaultdict(set)
    for one in before:
        if not one.own and not one.worked and _within(one.at.date(), day, REPEATED_WITHIN):
            visits[one.person_id].add(one.at.replace(minute=0, second=0, microsecond=0))
    limit = LIMITS["repeat"]
    most_days, most_hours = limit["days"], limit["hours"]
    if role.endswith("manager"):
        most_days = most_hours = limit["manager_days"]
    for person, hours in visits.items():
        days = {hour.date() for hour in hours}
        if day in days and (len(days) >= most_days or len(hours) >= most_hours):
            yield Finding("repeat", day, user, person, {"times": len(hours), "days": len(days)})


def _run(user: int, before: Iterable[Opening], day: date) -> Iterator[Finding]:
    """Records one after another by their number."""
    hours: dict[int, set[int]] = defaultdict(set)
    for one in before:
        if not one.own and one.at.date() == day:
            hours[one.at.hour].add(one.person_id)
    longest = max((_longest_run(numbers) for numbers in hours.values()), default=0)
    if longest >= LIMITS["walk"]["run"]:
        yield Finding("run", day, user, facts={"people": longest})


def _longest_run(numbers: set[int]) -> int:
    longest = 0
    for start in (number for number in numbers if number - 1 not in numbers):
        length = 1
        while start + length in numbers:
            length += 1
        longest = max(longest, length)
    return longest


def _refusals(refused: Iterable[Attempt], day: date) -> Iterator[Finding]:
    by_user: dict[int, list[Attempt]] = defaultdict(list)
    for one in refused:
        if one.at.date() == day:
            by_user[one.user_id].append(one)
    for user, mine in by_user.items():
        run = _longest_run({one.number for one in mine if one.number})
        if len(mine) >= LIMITS["walk"]["refused"] or run >= LIMITS["walk"]["refused_run"]:
            yield Finding("refused", day, user, facts={"times": len(mine)})


def _lookups(elsewhere: Iterable[Attempt], day: date) -> Iterator[Finding]:
    by_user: dict[int, list[Attempt]] = defaultdict(list)
    for one in elsewhere:
        if _within(one.at.date(), day, 7):
            by_user[one.user_id].append(one)
    for user, week in by_user.items():
        today = [one for one in week if one.at.date() == day]
        nobody = sum(not one.found for one in today)
        limit = LIMITS["elsewhere"]
        if today and (len(today) >= limit["day"] or len(week) >= limit["week"] or nobody >= limit["nobody"]):
            facts = {"times": len(today), "week": len(week), "nobody": nobody}
            yield Finding("elsewhere", day, user, facts=facts)


def _crowds(openings: Iterable[Opening], day: date) -> Iterator[Finding]:
    """One person whom many read of whose work they are no part."""
    readers: dict[int, set[int]] = defaultdict(set)
    for one in openings:
        if not one.own and not one.worked and one.at.date() == day:
            readers[one.person_id].add(one.user_id)
    for person, users in readers.items():
        if len(users) >= LIMITS["many"]["readers"]:
            yield Finding("many", day, person_id=person, facts={"readers": len(users)})

"""Fictional staff with realistic habits of reading, and snoops among them: entries of an access log. Seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

Entry = tuple[datetime, int, str, str | None, list[int]]  # London time, user, action, subject, ids
KINDS = ("ex_partner", "celebrity", "browsing", "night", "walking", "fishing")


@dataclass(frozen=True)
class Member:
    """Of staff. `own`: their people; `team`: those of colleagues near them; `shifts`: late weeks and weekends."""

    id: int
    role: str
    own: list[int]
    team: list[int]
    shifts: bool = False


@dataclass
class Episode:
    """What one snoop did; the celebrity of `kind` celebrity is read by several."""

    kind: str
    users: set[int]
    entries: list[Entry] = field(default_factory=list)
    person: int | None = None

    @property
    def first(self) -> datetime:
        return min(entry[0] for entry in self.entries)

    @property
    def last(self) -> datetime:
        return max(entry[0] for entry in self.entries)


class Staff:
    """Draws what they read from the day `first` on. `others`: people in sight who are nobody's own."""

    def __init__(self, seed: int, members: list[Member], others: list[int], first: date, weeks: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.members, self.others = members, others
        self.first, self.weeks = first, weeks
        self.missing = 10**9

    def ordinary(self) -> Iterator[Entry]:
        for member in self.members:
            for number in range(self.weeks * 7):
                day = self.first + timedelta(number)
                if self._works(member, day):
                    yield from self._day(member, day)

    def _works(self, member: Member, day: date) -> bool:
        if day.weekday() > 4:  # a weekend on duty, one in four
            return member.shifts and (day.isocalendar().week + member.id) % 4 == 0
        return bool(self.rng.random() > 0.1)

    def _day(self, member: Member, day: date) -> Iterator[Entry]:
        rng, late = self.rng, member.shifts and (day.isocalendar().week + member.id) % 3 == 0
        opened = self._people(member, day)
        for person in opened:
            at = self._moment(day, late)
            yield at, member.id, "person.read", "person", [person]
            if rng.random() < 0.35:
                yield at + timedelta(minutes=3), member.id, "person.read", "person", [person]
            if rng.random() < 0.3:
                yield at + timedelta(minutes=5), member.id, "person.changed", "person", [person]
        yield self._moment(day, late), member.id, "people.listed", "person", opened[:25] or [1]
        if rng.random() < 0.03:  # an old link
            yield self._moment(day, late), member.id, "referral.refused", None, []
        if member.role == "iom_officer" and rng.random() < 0.06:
            found = rng.random() < 0.7
            action = "person.found_elsewhere" if found else "person.sought_elsewhere"
            yield (
                self._moment(day, late),
                member.id,
                action,
                "person",
                [int(rng.choice(self.others))] if found else [],
            )

    def _people(self, member: Member, day: date) -> list[int]:
        """Mostly their own; some of colleagues, on duty or before a meeting; now and then somebody else’s."""
        rng = self.rng
        usual = {"iom_manager": 14, "agency_manager": 9}.get(member.role, 10)
        many = int(rng.poisson(usual))
        if rng.random() < 0.02:  # a day to put the records right
            return list(map(int, rng.permutation(member.own)[:28]))
        if member.role == "iom_manager" and rng.random() < 0.05:  # before the meeting
            many = int(rng.integers(25, 45))
        team = min(len(member.team), int(rng.binomial(many, 0.14 if member.role != "iom_manager" else 0.6)))
        stray = int(rng.binomial(many, 0.02))
        own = min(len(member.own), max(0, many - team - stray))
        chosen = [
            *rng.choice(member.own, own, replace=False),
            *rng.choice(member.team, team, replace=False),
            *rng.choice(self.others, stray, replace=False),
        ]
        return list(map(int, chosen))

    def _moment(self, day: date, late: bool) -> datetime:
        hour = float(self.rng.normal(18.5 if late else 12.5, 2.2))
        least, most = (14.0, 23.4) if late else (7.6, 18.9)
        return datetime.combine(day, datetime.min.time()) + timedelta(hours=min(max(hour, least), most))

    def snoops(self, each: int, from_week: int) -> list[Episode]:
        """So many of each kind, from this week on, of different staff on different days where they can be."""
        draw: dict[str, Callable[[int, date], Episode]] = {
            "ex_partner": self._ex_partner,
            "celebrity": self._celebrity,
            "browsing": self._browsing,
            "night": self._night,
            "walking": self._walking,
            "fishing": self._fishing,
        }
        plain = [one.id for one in self.members if one.role == "iom_officer" and not one.shifts]
        made = []
        for number in range(each * len(KINDS)):
            kind = KINDS[number % len(KINDS)]
            week = int(self.rng.integers(from_week, self.weeks - 1))
            day = self.first + timedelta(7 * week + int(self.rng.integers(0, 5)))
            made.append(draw[kind](int(self.rng.choice(plain)), day))
        return made

    def _ex_partner(self, user: int, day: date) -> Episode:
        """Looked at on three to six of ten days."""
        made = Episode("ex_partner", {user}, person=int(self.rng.choice(self.others)))
        for days in sorted(self.rng.choice(10, int(self.rng.integers(3, 7)), replace=False)):
            made.entries.append(
                self._read(user, self._moment(day + timedelta(int(days)), False), made.person or 0)
            )
        return made

    def _celebrity(self, _user: int, day: date) -> Episode:
        """Six to nine colleagues look at somebody in the news, some of them twice."""
        users = self.rng.choice(
            [one.id for one in self.members if one.role == "iom_officer"], 9, replace=False
        )
        person = int(self.rng.choice(self.others))
        made = Episode("celebrity", set(map(int, users[: int(self.rng.integers(6, 10))])), person=person)
        for user in made.users:
            for _n in range(1 + int(self.rng.random() < 0.4)):
                made.entries.append(self._read(user, self._moment(day, False), person))
        return made

    def _browsing(self, user: int, day: date) -> Episode:
        start = datetime.combine(day, datetime.min.time()) + timedelta(hours=float(self.rng.uniform(9, 15)))
        people = self.rng.choice(self.others, int(self.rng.integers(40, 110)), replace=False)
        steps = np.cumsum(self.rng.uniform(0.3, 2.0, len(people)))
        entries = [
            self._read(user, start + timedelta(minutes=float(step)), int(person))
            for step, person in zip(steps, people, strict=True)
        ]
        return Episode("browsing", {user}, entries)

    def _night(self, user: int, day: date) -> Episode:
        start = datetime.combine(day, datetime.min.time()) + timedelta(hours=float(self.rng.uniform(22, 26)))
        people = self.rng.choice(self.others, int(self.rng.integers(5, 13)), replace=False)
        entries = [
            self._read(user, start + timedelta(minutes=4 * number), int(person))
            for number, person in enumerate(people)
        ]
        return Episode("night", {user}, entries)

    def _walking(self, user: int, day: date) -> Episode:
        """Numbers one after another: some that are there, many that are not shown."""
        at = datetime.combine(day, datetime.min.time()) + timedelta(hours=float(self.rng.uniform(9, 16)))
        made = Episode("walking", {user})
        for number in range(int(self.rng.integers(8, 30))):
            self.missing += 1
            when = at + timedelta(seconds=20 * number)
            made.entries.append((when, user, "person.refused", "refused_person", [self.missing]))
        return made

    def _fishing(self, user: int, day: date) -> Episode:
        """Eight to fifteen look-ups in other areas, most of which find nobody."""
        at = datetime.combine(day, datetime.min.time()) + timedelta(hours=float(self.rng.uniform(9, 15)))
        made = Episode("fishing", {user})
        for number in range(int(self.rng.integers(8, 16))):
            when, nobody = at + timedelta(minutes=6 * number), self.rng.random() < 0.6
            action = "person.sought_elsewhere" if nobody else "person.found_elsewhere"
            made.entries.append(
                (when, user, action, "person", [] if nobody else [int(self.rng.choice(self.others))])
            )
        return made

    @staticmethod
    def _read(user: int, at: datetime, person: int) -> Entry:
        return at, user, "person.read", "person", [person]

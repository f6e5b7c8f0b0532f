"""Does curiosity show? Snoops among ordinary staff, found by the worker's own look through a real access log.

How many are flagged within a day of their last reading, and how many flags are of somebody who did nothing. Seeded.
Run it with `make snooping`; some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from flask import Flask  # noqa: E402

from benchmarks.snooping_staff import KINDS, Entry, Episode, Member, Staff  # noqa: E402
from config import Settings  # noqa: E402
from portal import create_app, schema  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.agencies import reference_data  # noqa: E402
from portal.agencies.models import Agency, Area, Need, Service  # noqa: E402
from portal.db import SYSTEM, as_owner, db, enter_scope  # noqa: E402
from portal.demo.loading import copy_rows  # noqa: E402
from portal.i18n import LONDON  # noqa: E402
from portal.people.models import Person  # noqa: E402
from portal.postgres import Cluster  # noqa: E402
from portal.trace.unusual_finding import find_unusual  # noqa: E402
from portal.trace.unusual_models import UnusualReading  # noqa: E402

FIRST = date(2026, 9, 7)  # a Monday; the clocks change on 25 October
WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Outcome:
    """`caught`: by kind, (flagged in time, all); `false`: flags of those who did nothing, by rule."""

    caught: dict[str, tuple[int, int]]
    false: Counter[str]
    weeks: int
    hours: list[float]

    @property
    def share(self) -> float:
        return sum(one for one, _all in self.caught.values()) / sum(
            every for _one, every in self.caught.values()
        )

    @property
    def false_a_week(self) -> float:
        return sum(self.false.values()) / self.weeks


def make_people(officers: int, own: int, spare: int) -> list[Member]:
    """IOM officers with people of their own, each fourth on shifts, managers over them, and an agency's staff: in the
    proportions 24 : 4 : 10 : 2. The last `spare` people are nobody's own; every fourth of all is referred."""
    force = db.session.scalars(sa.select(Area).where(Area.code == "W15000003")).one()
    agency = Agency(name="Enghraifft")
    service = Service(
        agency=agency, name="Enghraifft", areas=[force], needs=[db.session.get_one(Need, "housing")]
    )
    db.session.add(service)
    staff = [_user("iom_officer", number, areas=[force]) for number in range(officers)]
    bosses = [_user("iom_manager", 100 + number, areas=[force]) for number in range(max(1, officers // 6))]
    workers = [_user("agency_worker", 200 + number, agency=agency) for number in range(officers * 10 // 24)]
    heads = [_user("agency_manager", 300 + number, agency=agency) for number in range(max(1, officers // 12))]
    db.session.add_all([*staff, *bosses, *workers, *heads])
    db.session.flush()
    owners = {number: staff[number // own].id for number in range(officers * own)}
    people = [
        Person(area=force, surname=f"Enghraifft{n}", forenames="Siân", police_om_id=owners.get(n))
        for n in range(officers * own + spare)
    ]  # fmt: skip
    db.session.add_all(people)
    db.session.flush()
    ids = [person.id for person in people]
    referred = [ids[number] for number in range(0, officers * own, 4)]
    for number, person in enumerate(referred):
        _refer(number, person, service, staff[0].id, workers[number % len(workers)].id, force.id)
    members = [
        Member(
            one.id, one.role, ids[n * own : n * own + own], _team(ids, n, own, officers), shifts=n % 4 == 0
        )
        for n, one in enumerate(staff)
    ]
    everyone = ids[: officers * own]
    members += [Member(one.id, one.role, everyone[:40], everyone) for one in bosses]
    members += [
        Member(
            one.id, one.role, referred[n :: len(workers)], referred[(n + 1) % len(workers) :: len(workers)]
        )
        for n, one in enumerate(workers)
    ]
    return members + [Member(one.id, one.role, referred[:30], referred) for one in heads]


def _team(ids: list[int], number: int, own: int, officers: int) -> list[int]:
    """The people of the two nearest colleagues."""
    near = [(number + step) % officers for step in (1, -1)]
    return [person for one in near for person in ids[one * own : one * own + own]]


def _user(role: str, number: int, **values: object) -> User:
    return User(email=f"user{number}@example.org", name=f"Enghraifft {number}", role=role, every_service="agency" in values,
                every_area="agency" in values, **values)  # fmt: skip


def _refer(number: int, person: int, service: Service, by: int, worker: int, area: int) -> None:
    letters = "ABCDEFGH"
    reference = (
        f"{letters[number % 8]}{letters[number // 8 % 8]}{2222 + number % 8 + 10 * (number // 64 % 8)}AA"
    )
    db.session.execute(
        sa.text("INSERT INTO referral (reference, person_id, service_id, agency_id, need_code, area_id, status, referrer_id,"
                " worker_id, sent_at) VALUES (:r, :p, :s, :g, 'housing', :a, 'sent', :by, :w, now() - interval '1 year')"),
        {"r": reference, "p": person, "s": service.id, "g": service.agency_id, "a": area, "by": by, "w": worker},
    )  # fmt: skip


def write(entries: list[Entry]) -> None:
    rows = (
        (at.replace(tzinfo=LONDON), user, action, subject, "{" + ",".join(map(str, ids)) + "}")
        for at, user, action, subject, ids in sorted(entries, key=lambda entry: entry[0])
    )
    copy_rows("audit_entry", "at user_id action subject subject_ids", rows)


def look(since: datetime, until: datetime, every: timedelta) -> None:
    """As the worker would have; seldomer than hourly finds nothing sooner."""
    enter_scope(SYSTEM)
    now = since
    while now <= until:
        find_unusual(now)
        now += every


def judge(episodes: list[Episode], weeks: int) -> Outcome:
    flags = db.session.scalars(sa.select(UnusualReading)).all()
    in_time: Counter[str] = Counter()
    hours, blamed = [], set()
    for episode in episodes:
        mine = [flag for flag in flags if _is_of(flag, episode)]
        blamed |= {flag.id for flag in mine}
        last = episode.last.replace(tzinfo=LONDON).astimezone(UTC)
        soon = [flag.found_at for flag in mine if flag.found_at <= last + WITHIN]
        in_time[episode.kind] += bool(soon)
        if soon:
            hours.append(max(0.0, (min(soon) - last) / timedelta(hours=1)))
    every = Counter(episode.kind for episode in episodes)
    false = Counter(flag.rule for flag in flags if flag.id not in blamed)
    return Outcome({kind: (in_time[kind], every[kind]) for kind in KINDS if every[kind]}, false, weeks, hours)


def _is_of(flag: UnusualReading, episode: Episode) -> bool:
    days = episode.first.date() - timedelta(1) <= flag.on_day <= episode.last.date() + timedelta(1)
    if flag.user_id is None:
        return days and flag.person_id == episode.person
    return days and flag.user_id in episode.users


def simulate(seed: int, officers: int, weeks: int, each: int, every: timedelta, own: int = 22) -> Outcome:
    """In a portal that holds nothing else, as its owner."""
    members = make_people(officers, own, spare=officers * 12)
    spare = list(db.session.scalars(sa.select(Person.id).where(Person.police_om_id.is_(None))))
    staff = Staff(seed, members, spare, FIRST, weeks)
    episodes = staff.snoops(each, from_week=weeks // 2 - 1)
    write([*staff.ordinary(), *(entry for episode in episodes for entry in episode.entries)])
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()
    start = datetime.combine(FIRST, datetime.min.time(), UTC)
    look(start + timedelta(days=7), start + timedelta(weeks=weeks), every)
    return judge(episodes, weeks - 1)


def report(outcome: Outcome) -> str:
    lines = [
        f"{kind:12} {caught:3} of {every:3} flagged within 24 hours"
        for kind, (caught, every) in outcome.caught.items()
    ]
    middle = sorted(outcome.hours)[len(outcome.hours) // 2]
    lines.append(
        f"{'together':12} {outcome.share:.1%}, half of them {middle:.1f} h after the last reading or sooner"
    )
    lines.append(f"false alarms {outcome.false_a_week:.1f} a week ({dict(outcome.false)})")
    return "\n".join(lines)  # fmt: skip


def make_portal(cluster: Cluster, home: Path) -> Flask:
    schema.upgrade(cluster.owner_url, "portal_app")
    urls = {"database_url": cluster.app_url, "database_owner_url": cluster.owner_url}
    return create_app(Settings(home=home, secret_key="only for this", testing=True, demo=True, **urls))  # noqa: S106  # nosec B106


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--each", type=int, default=8)
    asked = parser.parse_args()
    for seed in asked.seed:
        with tempfile.TemporaryDirectory() as home, Cluster(Path(home), durable=False) as cluster:
            app = make_portal(cluster, Path(home))
            with app.app_context(), as_owner():
                reference_data.load(FIRST)
                outcome = simulate(seed, officers=24, weeks=8, each=asked.each, every=timedelta(hours=3))
                print(f"Seed {seed}: 40 staff, 8 weeks\n{report(outcome)}\n", flush=True)


if __name__ == "__main__":
    main()

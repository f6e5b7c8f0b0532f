"""Making the demonstration: an empty portal becomes one with agencies, staff, people and a history of referrals."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import sqlalchemy as sa

from portal import audit
from portal.access import Role
from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.agencies.models import Area, CalendarDay
from portal.db import db
from portal.demo import rows
from portal.demo.access import add_reviews_of_access
from portal.demo.agencies import DYFED_POWYS, GWENT, NORTH_WALES, SOUTH_WALES, plan_agencies
from portal.demo.directory import add_agencies
from portal.demo.drawing import World
from portal.demo.extracts import add_extracts
from portal.demo.gatherings import add_absences, add_meetings, mark_messages
from portal.demo.history import write_history
from portal.demo.hours import WorkingHours
from portal.demo.hubs import add_hubs
from portal.demo.loading import catch_up_ids, checked_afterwards
from portal.demo.people import draw_people
from portal.demo.promises import add_promises
from portal.demo.register import Register
from portal.demo.reviews import NEEDS_SAID, add_criteria
from portal.demo.staff import add_staff
from portal.demo.unfinished import add_counts, add_unfinished
from portal.people.models import Person
from portal.referrals.models import Referral

SEED = 2024
MOST = 1_000_000
HISTORY = timedelta(days=548)
BEFORE = timedelta(days=21)  # the first drafts are begun before the first referral is sent
FEWEST_PEOPLE, REFERRALS_PER_PERSON = 60, 5

# A need that was referred was found some days before; one that was on the register already keeps its day.
NEEDS = """
INSERT INTO person_need (person_id, need_code, identified_on, changed_on)
SELECT person_id, need_code, on_day, on_day
  FROM (SELECT person_id, need_code, min((created_at AT TIME ZONE 'Europe/London')::date) - (person_id % 12)::int AS on_day
          FROM referral WHERE sent_at IS NOT NULL GROUP BY 1, 2) first
ON CONFLICT (person_id, need_code) DO NOTHING
"""
# Needs that nobody has referred were not all found on the day on which their person came to the register.
NEEDS_ALONE = """
UPDATE person_need n SET identified_on = found.on_day, changed_on = found.on_day
  FROM (SELECT person_id, need_code, identified_on
               + (person_id * 37 + ascii(need_code))::int % greatest(:as_of - identified_on, 1) AS on_day
          FROM person_need) found
 WHERE found.person_id = n.person_id AND found.need_code = n.need_code
   AND NOT EXISTS (SELECT FROM referral r WHERE r.person_id = n.person_id AND r.need_code = n.need_code)
"""
# Of those, one in five was met, or came to nothing, without a referral.
SAID = """
INSERT INTO need_statement (person_id, need_code, state, on_day, at, by_id, words)
SELECT n.person_id, n.need_code, what.state, on_day, on_day + interval '15 hours', p.probation_om_id, what.words
  FROM person_need n JOIN person p ON p.id = n.person_id
  JOIN (VALUES (0, 'met', 'Sorted with help from family'), (5, 'declined_by_person', 'Does not want help with this now'),
               (9, 'met', 'Cafodd help gan ei deulu'), (13, 'not_met', 'Nothing suitable nearby')) what(at, state, words)
    ON what.at = (n.person_id * 7 + ascii(n.need_code)) % 20
  CROSS JOIN LATERAL (SELECT least(n.identified_on + 10 + (n.person_id % 40)::int, :as_of - 1)) said(on_day)
 WHERE NOT EXISTS (SELECT FROM referral r WHERE r.person_id = n.person_id AND r.need_code = n.need_code)
   AND on_day >= n.identified_on
"""
FEW = (
    "agency", "service", "service_need", "service_area", "user_account", "user_area", "agreement", "agreement_area",
    "usual_wait", "hub_session", "meeting", "meeting_agency", "meeting_decision", "absence", "message_mark",
    "cohort_criteria", "access_review", "access_answer",
)  # fmt: skip
MANY = (
    "person", "person_name", "person_reader", "cohort_spell", "cohort_review", "person_need", "need_statement",
    *rows.TABLES,
)  # fmt: skip


class Unfit(Exception):
    """This portal, or this day, is not fit for demonstration data; the message says why."""


class NotEmpty(Unfit):
    """The portal holds users, people or referrals."""


def make_demo(referrals: int, seed: int, as_of: date, *, with_passwords: bool) -> None:
    """Fill the portal, as the owner and without committing; the same seed and day give the same data.

    Nothing happens on `as_of` or later. Raises Unfit.
    """
    _check(as_of)
    rng = np.random.default_rng(seed)
    first = as_of - HISTORY
    areas = {area.code: area for area in db.session.scalars(sa.select(Area).order_by(Area.code))}
    forces = [areas[code] for code in (SOUTH_WALES, GWENT, NORTH_WALES, DYFED_POWYS)]
    local_authorities = [area for area in areas.values() if area.kind == "local_authority"]
    within = [
        [number for number, area in enumerate(local_authorities) if area.police_force_id == force.id]
        for force in forces
    ]
    hours = WorkingHours(working_days(), first - BEFORE, as_of)
    plans = plan_agencies(referrals, local_authorities)
    offers = add_agencies(plans, areas)
    count = max(FEWEST_PEOPLE, referrals // REFERRALS_PER_PERSON)
    since = f"{first - BEFORE}T09:00:00Z"
    staff = add_staff(rng, forces, plans, offers, count, since, with_passwords=with_passwords)
    people = draw_people(rng, count, first - BEFORE, as_of, within, staff)
    register = add_promises(hours, offers, forces, staff)
    add_criteria(forces, first)
    add_hubs(hours, offers, local_authorities)
    world = World(as_of, hours, people, offers, staff, forces, local_authorities, register)
    with checked_afterwards(MANY):
        Register(rng, people, forces, local_authorities, as_of).write(staff)
        write_history(rng, world, referrals)
        db.session.execute(sa.text(NEEDS))
        db.session.execute(sa.text(NEEDS_ALONE), {"as_of": as_of})
        db.session.execute(sa.text(SAID), {"as_of": as_of})
        db.session.execute(sa.text(NEEDS_SAID))
    db.session.execute(
        sa.text("SELECT rebuild_tally(), rebuild_needs(), rebuild_upkeep()")
    )  # triggers slept too
    catch_up_ids()
    add_unfinished(forces, local_authorities, staff, as_of)
    add_extracts(forces, local_authorities, staff, as_of)
    add_counts(as_of)
    add_meetings(hours, offers, forces, staff)
    add_absences(hours, staff)
    add_reviews_of_access(as_of)
    mark_messages(hours, staff)
    catch_up_ids()
    audit.record("demo.made", referrals=referrals, seed=seed, as_of=as_of.isoformat())
    db.session.execute(sa.text(f"ANALYZE {', '.join(FEW + MANY)}"))


def _check(as_of: date) -> None:
    held = {"users": User.role != Role.SYSTEM.value, "people": Person.id > 0, "referrals": Referral.id > 0}
    found = [what for what, rows in held.items() if db.session.scalar(sa.select(sa.exists().where(rows)))]
    if found:
        raise NotEmpty(f"This portal holds {', '.join(found)}: demonstration data go into an empty one only.")
    known = sa.select(sa.func.min(CalendarDay.day), sa.func.max(CalendarDay.day))
    first, last = db.session.execute(known).one()
    if first is None:
        raise Unfit("This portal is not set up yet: run “init” first.")
    earliest = first + HISTORY + BEFORE
    if not earliest <= as_of <= last:
        raise Unfit(f"The working calendar allows days from {earliest} to {last} for --as-of.")

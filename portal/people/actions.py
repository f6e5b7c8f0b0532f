"""Changes to the register. Actions never commit; each writes its trace in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from portal import audit
from portal.agencies.codes import NEEDS
from portal.db import current_scope, db, enter_scope
from portal.people.cohort_time import y2a_until
from portal.people.edits import keep_edits
from portal.people.models import CohortSpell, Person, PersonClosing, PersonNeed, PersonReader
from portal.people.queries import list_reader_ids
from portal.people.wording import today

WISDOM_IS_FREE = "every WISDOM case is an IOM case in the Free category"


@dataclass(frozen=True)
class Details:
    """What is kept of a person, in the forms that the register keeps: see `identifiers`."""

    forenames: str
    surname: str
    area_id: int
    preferred_name: str = ""
    date_of_birth: date | None = None
    sex: str | None = None
    gender: str = ""
    language: str = "en"
    interpreter: str = ""
    access_needs: str = ""
    crn: str | None = None
    pnc_id: str | None = None
    noms_number: str | None = None
    niche_ref: str | None = None
    local_authority_id: int | None = None
    no_fixed_address: bool = False
    police_om_id: int | None = None
    probation_om_id: int | None = None
    wisdom: bool = False
    y2a: bool = False
    mappa: bool = False


def wait_for_others() -> None:
    """Let one person at a time be added or given other numbers, until the end of the transaction.

    What was checked before (is this person known already, was this form sent before) then stays true.
    """
    db.session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('portal.person'))"))


def add_person(
    details: Details, *, by_id: int, readers: Collection[int] | None = None, form_token: str | None = None
) -> Person:
    """A new person; restricted if `readers` are given. With a form's token the same form adds nobody twice.

    A CRN or Niche reference that someone else has does not stand in the way: the database marks the new record as
    a duplicate, and says nothing, because that other person may be restricted or of another area.
    """
    person = Person(**asdict(details), form_token=form_token, spells=[], needs=[])
    db.session.add(person)
    db.session.flush()
    if readers is not None:
        _restrict(person, {*readers, by_id})
    audit.record("person.added", "person", [person.id], area_id=person.area_id, restricted=person.restricted)
    return person


def change_person(
    person: Person, details: Details, *, by_id: int, readers: Collection[int] | None = None
) -> None:
    """Save what differs; with `readers` the person is restricted to them and whoever saves, without to nobody.

    ValueError where WISDOM and the cohort disagree.
    """
    if details.wisdom and person.cohort not in (None, "free"):
        raise ValueError(WISDOM_IS_FREE)
    changed = [name for name, value in asdict(details).items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, getattr(details, name))
    keep_edits(person, {name: getattr(details, name) for name in changed}, by_id)
    if "y2a" in changed:
        _begin_y2a(person)
    if readers is not None:
        _restrict(person, {*readers, by_id})
    elif person.restricted:
        _open(person)
    _renew_version(person)
    db.session.flush()
    audit.record("person.changed", "person", [person.id], area_id=person.area_id, fields=changed)


def _begin_y2a(person: Person) -> None:
    """Three months from today for somebody who is on IOM already, with a review by then; or take that away."""
    spell = person.open_spell
    person.y2a_from = today() if person.y2a and spell else None
    if spell and spell.review_on and (until := y2a_until(person)):
        spell.review_on = min(spell.review_on, until)


def _restrict(person: Person, readers: set[int]) -> None:
    """Readers first: once restricted, only they may write to the record, whoever is writing among them."""
    held = set(list_reader_ids(person))
    scope = current_scope()
    if readers != held:
        leaving = held - readers
        db.session.execute(
            sa.delete(PersonReader).where(
                PersonReader.person_id == person.id, PersonReader.user_id.in_(leaving)
            )
        )
        db.session.add_all(PersonReader(person_id=person.id, user_id=user_id) for user_id in readers - held)
        db.session.flush()
        audit.record(
            "person.readers_changed", "person", [person.id], area_id=person.area_id, readers=sorted(readers)
        )
    if person.id not in scope.person_ids and scope.user_id in readers:
        enter_scope(replace(scope, person_ids=(*scope.person_ids, person.id)))
    person.restricted = True
    db.session.flush()


def _open(person: Person) -> None:
    person.restricted = False
    db.session.flush()
    db.session.execute(sa.delete(PersonReader).where(PersonReader.person_id == person.id))
    audit.record("person.readers_changed", "person", [person.id], area_id=person.area_id, readers=[])


def _renew_version(person: Person) -> None:
    """Spells, needs and readers are part of the record: whoever saves an older one of it is told."""
    flag_modified(person, "no_fixed_address")


def set_cohort(
    person: Person,
    cohort: str,
    *,
    why: str,
    from_on: date,
    review_on: date | None,
    by_id: int | None = None,
) -> None:
    """Start a spell, or change it. Another cohort from a later day ends the present spell on that day;
    from the same day it corrects it. Without `review_on` the database sets the usual one.
    ValueError where it began later, or where WISDOM and the cohort disagree.

    Whoever was closed is back on IOM with it."""
    if person.closed_at is not None:
        _reopen(person)
    if person.wisdom and cohort != "free":
        raise ValueError(WISDOM_IS_FREE)
    spell = person.open_spell
    if spell is not None and spell.cohort != cohort and from_on > spell.from_on:
        spell.to_on, spell.ended_by_id = from_on, by_id
        db.session.flush()  # before the new one: there is one open spell
        spell = None
    elif spell is not None and spell.cohort != cohort and from_on < spell.from_on:
        raise ValueError("the present spell began later")
    if spell is None:
        spell = CohortSpell(person_id=person.id, set_by_id=by_id)
        person.spells.insert(0, spell)
    elif (spell.cohort, spell.from_on) != (cohort, from_on):
        spell.corrected_by_id, spell.corrected_at = by_id, datetime.now(UTC)
    spell.cohort, spell.why, spell.from_on, spell.review_on = cohort, why, from_on, review_on
    keep_edits(person, {"cohort": {"cohort": cohort, "from": from_on.isoformat()}}, current_scope().user_id)
    _renew_version(person)
    db.session.flush()
    if review_on is None:
        db.session.refresh(spell, ["review_on"])
    audit.record("person.cohort_set", "person", [person.id], area_id=person.area_id, cohort=cohort)


def _reopen(person: Person) -> None:
    person.closed_at = person.closed_reason = person.closed_by_id = None
    by_id = current_scope().user_id
    db.session.add(
        PersonClosing(person_id=person.id, act="reopened", batch=secrets.token_urlsafe(12), by_id=by_id)
    )
    audit.record("person.reopened", "person", [person.id], area_id=person.area_id)


def end_cohort(person: Person, to_on: date, *, why: str = "", by_id: int | None = None) -> None:
    """End the open spell; ValueError if there is none."""
    spell = person.open_spell
    if spell is None:
        raise ValueError("there is no open spell")
    keep_edits(person, {"cohort": None}, current_scope().user_id)
    spell.to_on, spell.end_why, spell.ended_by_id = to_on, why, by_id
    _renew_version(person)
    db.session.flush()
    audit.record("person.cohort_ended", "person", [person.id], area_id=person.area_id, cohort=spell.cohort)


def set_review_day(person: Person, day: date) -> None:
    """When the person in a cohort is next to be reviewed; ValueError for somebody in none."""
    spell = person.open_spell
    if spell is None:
        raise ValueError("there is no open spell")
    spell.review_on = day
    _renew_version(person)
    db.session.flush()


def set_needs(person: Person, codes: Collection[str], *, identified_on: date, today: date) -> None:
    """Add needs as identified, and take away those not named; one that has been referred or more always stays."""
    held = {need.need_code for need in person.needs}
    added = [code for code in codes if code not in held]
    taken = sa.delete(PersonNeed).where(
        PersonNeed.person_id == person.id,
        PersonNeed.need_code.in_(held - set(codes)),
        PersonNeed.state == "identified",  # as it is now: somebody may just be sending a referral
    )
    removed = list(db.session.scalars(taken.returning(PersonNeed.need_code)))
    db.session.add_all(
        PersonNeed(person_id=person.id, need_code=code, identified_on=identified_on, changed_on=today)
        for code in added
    )
    if added or removed:
        keep_edits(person, {"needs": {"removed": sorted(set(NEEDS) - set(codes))}}, current_scope().user_id)
    _renew_version(person)
    db.session.flush()
    db.session.expire(person, ["needs"])
    audit.record(
        "person.needs_set", "person", [person.id], area_id=person.area_id, added=added, removed=removed
    )

"""What staff say of a need without a referral. Actions never commit; each writes its trace in the same transaction."""

from __future__ import annotations

from datetime import date

from portal import audit
from portal.db import db
from portal.needs.queries import list_live
from portal.people.models import NeedStatement, Person


class LiveReferral(Exception):
    """A referral for this need is live: where it has got to decides, nobody's word."""


def say(person: Person, code: str, state: str, *, on_day: date, words: str, by_id: int) -> None:
    """The need is met, not met, declined by the person, or identified again, since a day. Raises LiveReferral.

    The database moves the need. One that had gone and is identified again begins anew on that day.
    """
    if list_live(person.id, code):
        raise LiveReferral
    db.session.add(
        NeedStatement(
            person_id=person.id, need_code=code, state=state, on_day=on_day, by_id=by_id, words=words
        )
    )
    db.session.flush()
    db.session.expire(person, ["needs"])
    audit.record("need.said", "person", [person.id], area_id=person.area_id, need=code, state=state)

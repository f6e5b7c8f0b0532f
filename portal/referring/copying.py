"""A new referral filled from one that went to the wrong service. Actions never commit."""

from __future__ import annotations

import sqlalchemy as sa

from portal.db import current_scope, db
from portal.people.models import Person
from portal.people.wording import today
from portal.referrals import actions as referrals
from portal.referrals.models import Referral
from portal.referrals.moving import Actor
from portal.referrals.queries import visible
from portal.referring.answers import FIELDS, ON_REFERRAL, holder
from portal.referring.stranded import is_stranded

COPIED = ("request", "contact", "share")
# Asked anew each time: whether staff may visit alone.
ANEW = {"visit_alone"}


def may_copy(referral: Referral) -> bool:
    """Whether the agency said that another service is the right one, and did not take it back; or is there no more."""
    wrong = referral.decision == "declined" and referral.decline_reason == "wrong_service"
    return wrong or is_stranded(referral, today())


def copy_draft(referral: Referral, person: Person, by: Actor) -> Referral:
    """A draft that asks the same of a service yet to be chosen; the one that the same user began before, if there is one.

    What is asked counts as answered. Contact, risk and sharing are filled in but stand open: another agency reads them.
    The caller has locked the person.
    """
    if begun := _get_begun(referral, by):
        return begun
    draft = referrals.create_draft(person, referral.need_code, by)
    draft.copied_from_id = referral.id
    for task in COPIED:
        for name in FIELDS[task]:
            if name not in ANEW:
                setattr(holder(draft, name), name, _value(referral, name))
    draft.detail.done = ["request"]
    db.session.flush()
    return draft


def _value(referral: Referral, name: str) -> object:
    value = getattr(referral if name in ON_REFERRAL else referral.detail, name)
    return list(value) if isinstance(value, list) else value


def _get_begun(referral: Referral, by: Actor) -> Referral | None:
    return db.session.scalar(
        sa.select(Referral)
        .where(Referral.copied_from_id == referral.id, Referral.referrer_id == by.id)
        .where(Referral.status == "draft", visible(current_scope()))
        .limit(1)
    )

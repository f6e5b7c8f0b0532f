"""Proving that needs stand where their referrals, and what was said of them, put them."""

from __future__ import annotations

import sqlalchemy as sa

from portal.db import db

NEED_FAULT = """
SELECT person_id, need_code FROM (
    SELECT person_id, need_code, state, changed_on, referred_on, accepted_on, started_on FROM need_standing
    EXCEPT SELECT person_id, need_code, state, changed_on, referred_on, accepted_on, started_on FROM person_need
    UNION ALL
    SELECT person_id, need_code, NULL, NULL, NULL, NULL, NULL FROM need_voice
    WHERE (person_id, need_code) NOT IN (SELECT person_id, need_code FROM person_need)) fault
LIMIT 1
"""


def find_first_fault() -> str | None:
    """The first need that does not stand where it ought to, as the owner of the tables; None where all do."""
    if need := db.session.execute(sa.text(NEED_FAULT)).first():
        return f"Person {need.person_id}, {need.need_code}: the need is not where its referrals put it."
    return None

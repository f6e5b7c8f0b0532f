"""Reading for the pages of keeping: a person who may be erased, what is held on them, what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.db import beyond_scope, db
from portal.keeping.models import KeepingDecision

HELD = sa.text("""
    WITH m AS (SELECT id FROM person WHERE id = :person OR joined_to = :person),
         r AS (SELECT id FROM referral WHERE person_id IN (SELECT id FROM m))
    SELECT (SELECT nullif(count(*), 1) FROM m) AS rows,
           (SELECT count(*) FROM source_record WHERE person_id IN (SELECT id FROM m)) AS sources,
           (SELECT count(*) FROM person_edit WHERE person_id IN (SELECT id FROM m)) AS edits,
           (SELECT count(*) FROM cohort_spell WHERE person_id IN (SELECT id FROM m)) AS spells,
           (SELECT count(*) FROM cohort_review WHERE person_id IN (SELECT id FROM m)) AS reviews,
           (SELECT count(*) FROM person_need WHERE person_id IN (SELECT id FROM m)) AS needs,
           (SELECT count(*) FROM need_statement WHERE person_id IN (SELECT id FROM m)) AS statements,
           (SELECT count(*) FROM person_closing WHERE person_id IN (SELECT id FROM m)) AS closings,
           (SELECT count(*) FROM finding_set_aside WHERE person_id IN (SELECT id FROM m)) AS aside,
           (SELECT count(*) FROM r) AS referrals,
           (SELECT count(*) FROM message WHERE referral_id IN (SELECT id FROM r)) AS messages,
           (SELECT count(*) FROM appointment WHERE referral_id IN (SELECT id FROM r)) AS appointments,
           (SELECT count(*) FROM chase WHERE referral_id IN (SELECT id FROM r)) AS chases,
           (SELECT count(*) FROM meeting_decision WHERE referral_id IN (SELECT id FROM r)) AS meetings,
           (SELECT count(*) FROM person_copy WHERE person_id IN (SELECT id FROM m)) AS copies
""")
READERS = sa.text("SELECT role, organisation, times, first_at, last_at FROM readers_of_person(:person)")
Row = sa.Row[Any]


def count_held(person_id: int) -> dict[str, int]:
    """How many records of each kind there are of somebody in sight; those of rows joined to theirs among them."""
    with beyond_scope():
        return dict(db.session.execute(HELD, {"person": person_id}).one()._mapping)


def list_readers(person_id: int) -> list[Row]:
    """Who has read of the person, by role and organisation: how often, first and last."""
    return list(db.session.execute(READERS, {"person": person_id}))


def list_decisions(person_id: int) -> list[KeepingDecision]:
    """Newest first, with who decided."""
    query = sa.select(KeepingDecision).where(KeepingDecision.person_id == person_id)
    return list(
        db.session.scalars(query.options(joinedload(KeepingDecision.by)).order_by(KeepingDecision.id.desc()))
    )


def last_read(readers: list[Row]) -> datetime | None:
    return max((row.last_at for row in readers), default=None)

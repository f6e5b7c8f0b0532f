"""What somebody here types of people of whom extracts speak as well: kept by field, with what the sources said then.

As long as they say no other thing, what was typed stands (`register.resolving`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from portal.db import db
from portal.people.models import Person

# Of which sources speak. A cohort and the day it began are one fact, {"cohort", "from"} or null here; of needs an edit
# keeps {"removed": those that are not on the record}.
FIELDS = (
    "crn", "pnc_id", "noms_number", "niche_ref", "surname", "forenames", "date_of_birth", "sex", "language", "area_id",
    "local_authority_id", "police_om_id", "probation_om_id", "cohort", "wisdom", "y2a", "mappa", "needs",
)  # fmt: skip
_KEEP = sa.text(
    """
INSERT INTO person_edit AS held (person_id, leads_id, field, value, seen, by_id)
SELECT :id, :id, typed.field, typed.value,
       coalesce((SELECT jsonb_object_agg(s.source || ' ' || s.ref, s.stated -> typed.field) FROM source_record s
                  WHERE s.leads_id = :id AND s.source <> 'portal' AND s.stated ? typed.field), '{}'), :by_id
  FROM jsonb_each(CAST(:typed AS jsonb)) AS typed(field, value)
 WHERE EXISTS (SELECT FROM source_record s WHERE s.leads_id = :id)
ON CONFLICT (person_id, field) DO UPDATE SET value = EXCLUDED.value, seen = EXCLUDED.seen, at = now(), by_id = EXCLUDED.by_id
"""
)


def keep_edits(person: Person, typed: Mapping[str, Any], by_id: int | None) -> None:
    """Field -> what stands now by somebody's word: it is settled, whatever the sources say today.

    Of a person of whom no source speaks nothing is kept: what was typed is all there is.
    """
    shared = {name: _json(value) for name, value in typed.items() if name in FIELDS}
    if shared:
        db.session.execute(_KEEP, {"id": person.id, "typed": json.dumps(shared), "by_id": by_id})
        person.differs = [name for name in person.differs if name not in shared]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

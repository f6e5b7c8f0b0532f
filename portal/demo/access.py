"""The last review of who has access, of everybody, so that the next one is soon due and none is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from portal.db import db
from portal.staff.queries import EVERY

SOON = timedelta(days=10)
_REVIEWS = """
INSERT INTO access_review (agency_id, area_id, opened_at, opened_by_id, closed_at, closed_by_id)
SELECT unit.agency_id, unit.area_id, :at, manager.id, :at, manager.id
  FROM (SELECT DISTINCT agency_id, area_id FROM access_member) unit
  JOIN LATERAL (
       SELECT min(u.id) AS id FROM user_account u
        WHERE CASE WHEN unit.agency_id IS NOT NULL THEN u.role = 'agency_manager' AND u.agency_id = unit.agency_id
                   WHEN unit.area_id IS NOT NULL THEN u.role = 'iom_manager' AND EXISTS (
                        SELECT FROM user_area a WHERE a.user_id = u.id AND a.area_id = unit.area_id)
                   ELSE u.role = 'administrator' END) manager ON manager.id IS NOT NULL
 ORDER BY unit.agency_id, unit.area_id
"""
_ANSWERS = """
INSERT INTO access_answer (review_id, user_id, answer, by_id, at)
SELECT r.id, m.user_id, 'keep', r.closed_by_id, :at
  FROM access_review r JOIN access_member m
    ON m.agency_id IS NOT DISTINCT FROM r.agency_id AND m.area_id IS NOT DISTINCT FROM r.area_id
 WHERE m.user_id <> r.closed_by_id ORDER BY r.id, m.user_id
"""


def add_reviews_of_access(as_of: date) -> None:
    at = datetime.combine(as_of - EVERY + SOON, time(14, 10), UTC)
    for statement in (_REVIEWS, _ANSWERS):
        db.session.execute(sa.text(statement), {"at": at})

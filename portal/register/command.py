"""The command `register`: everyone on the register, as JSON, for checks."""

from __future__ import annotations

import json
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from portal.db import SYSTEM, db, enter_scope

# In an order that says nothing of which row came first.
_EVERYONE = sa.text(
    """
SELECT p.crn, p.niche_ref, p.pnc_id, p.noms_number, p.surname, p.forenames, p.date_of_birth::text,
       c.cohort, a.code AS area,
       CASE WHEN r.rows > 1 OR r.sources > 1 THEN 'paired'
            WHEN q.id IS NOT NULL THEN 'asked' ELSE 'single' END AS state
  FROM person p
  JOIN area a ON a.id = p.area_id
  LEFT JOIN cohort_spell c ON c.person_id = p.id AND c.to_on IS NULL
  LEFT JOIN (SELECT leads_id, count(DISTINCT person_id) AS rows,
                    count(DISTINCT source) FILTER (WHERE source <> 'portal') AS sources
               FROM source_record GROUP BY leads_id) r ON r.leads_id = p.id
  LEFT JOIN (SELECT one_leads AS id FROM person_pair WHERE state = 'asked'
              UNION SELECT other_leads FROM person_pair WHERE state = 'asked') q ON q.id = p.id
 WHERE p.joined_to IS NULL AND p.erased_on IS NULL
 ORDER BY p.surname COLLATE "C", p.forenames COLLATE "C", p.date_of_birth, p.crn, p.niche_ref, p.pnc_id, p.noms_number, p.id
"""
)


def list_register() -> list[dict[str, Any]]:
    """The people that there are in the current scope."""
    return [dict(row) for row in db.session.execute(_EVERYONE).mappings()]


@click.command("register")
@click.option("--json", "json_wanted", is_flag=True, required=True, help="Everyone, as JSON.")
@with_appcontext
def register(json_wanted: bool) -> None:
    """Everyone on the register: whose records are paired, single, or asked about."""
    enter_scope(SYSTEM)
    click.echo(json.dumps({"people": list_register()}, ensure_ascii=False))

"""Extracts between their sender and the register: kept once checked, confirmed, and what stays of them. Nothing here
commits."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale

from portal import audit
from portal.db import current_scope, db, run
from portal.i18n import LANGUAGES
from portal.register.checking import Checked
from portal.register.columns import DATES, REF
from portal.register.extract_models import ExtractImport, ExtractRow
from portal.register.stated import Stated
from portal.sheets.findings import FORBIDDEN, Finding
from portal.sheets.reading import Sheet

_WRITE = """
INSERT INTO extract_row (import_id, user_id, line, cells, stated, said)
SELECT %(import_id)s::int, %(user_id)s::int, line, cells, stated, said
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (line int, cells jsonb, stated jsonb, said jsonb)
"""


def keep(sheet: Sheet, checked: Checked, source: str, file_name: str, user_id: int) -> ExtractImport:
    """A file that waits for its sender to confirm it. Who sends another of the source has done with the one before."""
    db.session.execute(
        sa.delete(ExtractImport)
        .where(
            ExtractImport.user_id == user_id,
            ExtractImport.source == source,
            ExtractImport.state == "checked",
        )
        .execution_options(synchronize_session=False)
    )
    extract = new_import(sheet, checked, source, file_name, state="checked", user_id=user_id)
    db.session.add(extract)
    db.session.flush()
    rows = json.dumps(list(_rows(sheet, checked)), default=str)
    run(_WRITE, {"import_id": extract.id, "user_id": user_id, "rows": rows})
    return extract


def new_import(sheet: Sheet, checked: Checked, source: str, file_name: str, **values: Any) -> ExtractImport:
    return ExtractImport(
        source=source,
        file_name=file_name,
        area_ids=sorted({row.values["area_id"] for row in checked.good}),
        headings=[[column, _shown(heading)] for column, heading in sheet.headings.items()],
        ignored=[_shown(heading)[:40] for heading in sheet.ignored[:20]],
        good=len(checked.good),
        refused=len(checked.refused),
        repeated=checked.repeated,
        **values,
    )


def _rows(sheet: Sheet, checked: Checked) -> Iterable[dict[str, Any]]:
    said = spoken(checked.found)
    good = {row.line: dict(row.values) for row in checked.good}
    refused = {row.line for row in checked.refused}
    for raw in sheet.rows:
        if raw.line in good or raw.line in refused:
            yield {
                "line": raw.line,
                "cells": {column: _shown(text) for column, text in raw.cells.items()},
                "stated": good.get(raw.line),
                "said": said.get(raw.line, []),
            }


def spoken(found: Iterable[Finding]) -> Mapping[int, list[list[str]]]:
    """[column, words in each language] by line: whoever reads them may have another language by then."""
    lines: dict[int, list[list[str]]] = defaultdict(list)
    every = list(found)
    words = []
    for language in LANGUAGES:
        with force_locale(language):
            words.append([str(finding.reason) for finding in every])
    for finding, *spoken_words in zip(every, *words, strict=True):
        lines[finding.line].append([_shown(text) for text in (finding.column, *spoken_words)])
    return lines


def _shown(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)


def get_own(extract_id: int, user_id: int, *, lock: bool = False) -> ExtractImport | None:
    """None for what is another's, and for a file of areas that its sender works for no longer."""
    areas = list(current_scope().area_ids or ())
    query = sa.select(ExtractImport).where(
        ExtractImport.id == extract_id,
        ExtractImport.user_id == user_id,
        ExtractImport.area_ids.contained_by(areas),
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def confirm(extract: ExtractImport) -> bool:
    """Whether it is for the worker now and was not before; `extract` is locked."""
    if extract.state not in ("checked", "failed") or not extract.good:
        return False
    extract.state, extract.loaded = "waiting", 0
    db.session.flush()
    audit.record("extract.confirmed", "extract_import", [extract.id], source=extract.source)
    return True


def rows_to_load(extract: ExtractImport) -> list[Stated]:
    query = (
        sa.select(ExtractRow.line, ExtractRow.stated)
        .where(ExtractRow.import_id == extract.id, ExtractRow.stated.is_not(None))
        .order_by(ExtractRow.line)
    )
    return [_stated(extract.source, row.line, row.stated) for row in db.session.execute(query)]


def _stated(source: str, line: int, kept: dict[str, Any]) -> Stated:
    values: dict[str, Any] = dict(kept)
    for name in DATES:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    if "needs" in values:
        values["needs"] = tuple(values["needs"])
    return Stated(line, source, values[REF[source]], values)


def drop_rows(*conditions: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.delete(ExtractRow).where(*conditions).execution_options(synchronize_session=False))

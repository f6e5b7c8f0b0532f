"""What the pages of extracts hold: a file before and after it is imported, in words, and the files to download."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.models import Area
from portal.db import db
from portal.i18n import LANGUAGES, date_and_time, language, short_date
from portal.register.columns import COLUMNS, REASON, REF
from portal.register.extract_forms import SOURCES
from portal.register.extract_models import ExtractImport, ExtractRow
from portal.sheets.writing import as_csv

HOME = "/register/extracts"
SHOWN = 100  # rows of which something is said; the files hold them all
PEOPLE_SHOWN = 5
IMPORTS_SHOWN = 50
NUMBERS = _l("%(column)s: %(codes)s, or empty")
# Each with the column's name, which is the same in both languages.
MEANINGS = {
    "crn": _l("%(column)s: a letter and six numbers, like X123456. Required."),
    "niche_ref": _l("%(column)s: Niche’s reference of the person. Required."),
    "pnc_id": _l("%(column)s: like 2003/0123456X or 03/123456X"),
    "noms_number": _l("%(column)s: the prison number, like A1234BC"),
    "surname": _l("%(column)s: the last name. Required."),
    "forenames": _l("%(column)s: the first names. Required."),
    "date_of_birth": _l("%(column)s: like 1990-03-27 or 27/03/1990"),
    "sex": _l("%(column)s: female, male, F or M, or empty"),
    "language": _l("%(column)s: English, Welsh or another language"),
    "area": _l("%(column)s: the name or code of the police force area. Required."),
    "local_authority": _l("%(column)s: the name or code of the local authority"),
    "probation_om_email": _l("%(column)s: the email address of the probation offender manager"),
    "police_om_email": _l("%(column)s: the email address of the police offender manager"),
    "cohort": NUMBERS,
    "cohort_from": _l("%(column)s: the day from which they are in the cohort"),
    "wisdom": _l("%(column)s: yes or no. With yes, the cohort can only be Free."),
    "y2a": _l("%(column)s: yes or no"),
    "mappa": _l("%(column)s: yes or no"),
    "needs": _l("%(column)s: any of %(codes)s, with ; between them"),
}
CODES = {"cohort": COHORT_NAMES, "needs": NEEDS}


@dataclass(frozen=True)
class ImportLine:
    """One file in words. `href` is empty for a colleague's, `by` for the command line's; `state` for one that is done."""

    href: str
    file_name: str
    source: str
    at: str
    by: str
    state: str
    counts: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """What is said of a row; once for each fault or doubt."""

    line: int
    column: str
    words: str
    refused: bool


@dataclass(frozen=True)
class Shown:
    """Rows of a file of which something is said: the first of them, and of how many."""

    said: list[Said]
    shown_rows: int
    rows: int
    doubtful: int


def meanings(source: str) -> list[str]:
    return [
        str(MEANINGS[column]) % {"column": column, "codes": ", ".join(CODES.get(column, ()))}
        for column in COLUMNS[source]
    ]


def list_imports(user_id: int) -> list[ImportLine]:
    """The latest first: one's own, and what colleagues and the command have imported of one's areas."""
    query = (
        sa.select(ExtractImport)
        .options(sa.orm.joinedload(ExtractImport.user))
        .order_by(ExtractImport.id.desc())
        .limit(IMPORTS_SHOWN)
    )
    return [_line(done, user_id) for done in db.session.scalars(query)]


def _line(extract: ExtractImport, user_id: int) -> ImportLine:
    states = {"checked": _("Not confirmed"), "waiting": _("Being imported"), "failed": _("Not imported")}
    counts = (extract.added, extract.updated, extract.refused)
    return ImportLine(
        href=f"{HOME}/{extract.id}" if extract.user_id == user_id else "",
        file_name=extract.file_name,
        source=str(SOURCES[extract.source]),
        at=date_and_time(extract.done_at or extract.sent_at),
        by=extract.user.name if extract.user else "",
        state=states.get(extract.state, ""),
        counts=tuple("–" if number is None else f"{number:,}" for number in counts),
    )


def parts(extract: ExtractImport) -> dict[str, Any]:
    """What its page holds before it is imported, or afterwards."""
    if extract.state == "done":
        return {"counts": done_counts(extract), "refused_kept": has_refused_rows(extract)}
    return {"counts": checked_counts(extract), "people": first_people(extract)}


def checked_counts(extract: ExtractImport) -> list[tuple[str, int]]:
    return [
        (_("Good: they can be imported"), extract.good),
        (_("Said twice in the file"), extract.repeated),
        (pgettext("rows", "Refused"), extract.refused),
    ]


def done_counts(extract: ExtractImport) -> list[tuple[str, int]]:
    return [
        (_("People added to the register"), extract.added or 0),
        (_("Added, but may be somebody on the register"), extract.asked or 0),
        (_("People whose record was updated"), extract.updated or 0),
        (_("People whose record was the same already"), extract.unchanged or 0),
        (_("Rows refused"), extract.refused),
    ]


def first_people(extract: ExtractImport) -> list[tuple[str, ...]]:
    """Line, reference, name, birth, area and cohort of the first good rows, as they were read."""
    query = (
        sa.select(ExtractRow.line, ExtractRow.stated, Area.name_cy if language() == "cy" else Area.name_en)
        .join(Area, Area.id == ExtractRow.stated["area_id"].as_integer())
        .where(ExtractRow.import_id == extract.id, ExtractRow.stated.is_not(None))
        .order_by(ExtractRow.line)
        .limit(PEOPLE_SHOWN)
    )
    return [_person(extract.source, *row) for row in db.session.execute(query)]


def _person(source: str, line: int, stated: Mapping[str, Any], area: str) -> tuple[str, ...]:
    born, cohort = stated.get("date_of_birth"), stated.get("cohort")
    return (
        str(line),
        stated[REF[source]],
        f"{stated['forenames']} {stated['surname']}",
        short_date(date.fromisoformat(born)) if born else "–",
        area,
        str(COHORT_NAMES[cohort]) if cohort else "–",
    )


def said_of(extract: ExtractImport) -> Shown:
    """Refused rows first."""
    of_it = ExtractRow.import_id == extract.id, sa.text("said <> '[]'")
    refused = ExtractRow.stated.is_(None)
    doubtful = db.session.scalar(sa.select(sa.func.count()).where(*of_it, sa.not_(refused))) or 0
    query = (
        sa.select(ExtractRow.line, ExtractRow.said, refused.label("refused"))
        .where(*of_it)
        .order_by(sa.not_(refused), ExtractRow.line)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    said = [
        Said(row.line, column, words, row.refused) for row in rows for column, words in in_language(row.said)
    ]
    return Shown(said, len(rows), extract.refused + doubtful, doubtful)


def in_language(said: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """(column, words) in the reader's language, of what `extracts.spoken` gives for a row."""
    place = 1 + LANGUAGES.index(language())
    return [(one[0], one[place]) for one in said]


def has_refused_rows(extract: ExtractImport) -> bool:
    """They are kept for a week."""
    kept = sa.select(ExtractRow.line).where(ExtractRow.import_id == extract.id, ExtractRow.stated.is_(None))
    return db.session.scalar(sa.select(kept.exists())) or False


def refused_file(extract: ExtractImport) -> str:
    query = (
        sa.select(ExtractRow.cells, ExtractRow.said)
        .where(ExtractRow.import_id == extract.id, ExtractRow.stated.is_(None))
        .order_by(ExtractRow.line)
    )
    return write_refused(dict(extract.headings), [(row.cells, row.said) for row in db.session.execute(query)])


def write_refused(
    headings: Mapping[str, str], rows: Iterable[tuple[Mapping[str, str], Sequence[Sequence[str]]]]
) -> str:
    """The rows (cells, what is said of them) under the headings of their file, and why each was refused."""
    lines = [[*headings.values(), REASON]]
    for cells, said in rows:
        reason = "; ".join(": ".join(filter(None, one)) for one in in_language(said))
        lines.append([*(cells.get(column, "") for column in headings), reason])
    return as_csv(lines)


def template_file(source: str) -> str:
    return as_csv([COLUMNS[source]])

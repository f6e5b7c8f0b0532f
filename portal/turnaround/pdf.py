"""The summary on paper: the words of its published tables, set by Typst."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from portal.i18n import language
from portal.paper.setting import set_pdf
from portal.turnaround.disclosure import published
from portal.turnaround.lines import Lines, in_lines
from portal.turnaround.page import Section

TEMPLATE = Path(__file__).parent.parent.parent / "templates" / "turnaround" / "summary.typ"


def make_pdf(sections: Sequence[Section], about: Sequence[str]) -> bytes:
    """`about`: sentences on what was asked for and how it is shown. Raises CannotSet."""
    return set_pdf(TEMPLATE, document(sections, about))


def document(sections: Sequence[Section], about: Sequence[str]) -> dict[str, Any]:
    """All that the template sets: text only, in the reader's language, of published numbers."""
    meanings = {
        column.heading: column.definition
        for section in sections
        for table in (section.summary, section.bands)
        for column in table.columns
        if column.definition
    }
    return {
        "lang": language(),
        "title": _("Turnaround"),
        "about": list(about),
        "words": {
            "nothing": _("No referrals were sent in this period, and none are waiting."),
            "meanings": _("What the figures mean"),
            "page": _("Page {number} of {total}"),
        },
        "sections": [
            {
                "title": section.title,
                "sentences": section.sentences,
                "tables": [_table(in_lines(published(table))) for table in (section.summary, section.bands)],
            }
            for section in sections
        ],
        "meanings": list(meanings.items()),
    }


def _table(lines: Lines) -> dict[str, Any]:
    return {
        "title": lines.title,
        "heads": lines.heads,
        "rows": [
            [{"words": cell.words, "beneath": list(cell.beneath)} for cell in row] for row in lines.rows
        ],
        "note": lines.note,
    }

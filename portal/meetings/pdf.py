"""The pack as a PDF: its words, set by Typst (docs/decisions/0010-pdf.md)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from portal.i18n import date_and_time, language, long_date
from portal.meetings import wording
from portal.meetings.pack import Pack, Part
from portal.paper.setting import set_pdf

HERE = Path(__file__).parent
TEMPLATE = HERE.parent.parent / "templates" / "meetings" / "pack.typ"


def make_pdf(pack: Pack, made_by: str) -> bytes:
    """Tagged, PDF/UA-1. Raises CannotSet."""
    return set_pdf(TEMPLATE, document(pack, made_by))


def document(pack: Pack, made_by: str) -> dict[str, Any]:
    """All that the template sets: text only, in the reader's language."""
    meeting = pack.meeting
    return {
        "lang": language(),
        "title": _(
            "Meeting pack: %(area)s, %(date)s",
            area=meeting.area.name(language()),
            date=long_date(meeting.held_on),
        ),
        "area": meeting.area.name(language()),
        "held_on": long_date(meeting.held_on),
        "place": meeting.place,
        "intro": [
            _("As things stood on %(when)s.", when=date_and_time(pack.now)),
            _(
                "Made for %(name)s. It holds personal information: keep it safe, and destroy it once it is no longer needed.",
                name=made_by,
            ),
            *([more_words()] if pack.more else []),
        ],
        "words": {
            "kind": _("Multi-agency meeting pack"),
            "contents": _("Contents"),
            "figures": _("What the figures say: the last six months"),
            "nothing": _("There are no open referrals to this agency in the area."),
            "page": _("Page {number} of {total}"),
            "heads": list(heads()),
        },
        "agencies": [_part(part) for part in pack.parts],
    }


def heads() -> tuple[str, ...]:
    return (
        _("Reference"), _("Person"), _("Need and service"), _("Where it stands"), _("Clock"),
        _("Worker and referrer"), _("What was decided"),
    )  # fmt: skip


def more_words() -> str:
    return _("There are more referrals than the 500 most urgent that this pack holds.")


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "number": wording.referrals(part.number),
        "figures": part.figures,
        "sections": [
            {
                "title": section.title,
                "number": str(len(section.lines)),
                "lines": [asdict(line) for line in section.lines],
            }
            for section in part.sections
        ],
    }

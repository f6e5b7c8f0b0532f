"""What every page of figures begins with: the filter of the address, who looks, and the trace of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import abort, request
from flask_login import current_user

from portal import audit
from portal.agencies.lookup import list_agencies, list_areas
from portal.agencies.models import Agency, Service
from portal.db import current_scope, db
from portal.i18n import LONDON, language
from portal.turnaround import page
from portal.turnaround.filters import MONTHS, Filter
from portal.turnaround.forms import FilterForm


@dataclass(frozen=True)
class Question:
    """What is asked for. `asked` and `in_words` are None while the filter has errors: answer 422 with the form."""

    form: FilterForm
    viewer: page.Viewer
    asked: Filter | None = None
    in_words: str | None = None
    measure: str = "M1"


def read_question(
    agency: Agency | None = None,
    *,
    action: str | None = "turnaround.read",
    back: int = MONTHS,
    with_measure: bool = False,
    **detail: str,
) -> Question:
    """Read the filter from the address and write what was asked for into the access log, with `detail` (codes). Where
    `action` is None the caller writes.

    `back` and `with_measure`: see FilterForm.
    """
    today = datetime.now(LONDON).date()
    names: dict[str, Mapping[int, str]] = {"areas": area_names()}
    if agency is not None:
        names["services"] = _service_names(agency)
    elif current_user.side != "agency":
        names["agencies"] = {one.id: one.name_in(language()) for one in list_agencies(closed=True)}
    viewer = page.Viewer(current_user.side)
    form = FilterForm(
        request.args, today, months=viewer.hide_small, back=back, with_measure=with_measure, **names
    )
    if not form.validate():
        return Question(form, viewer)
    asked = form.asked(agency.id if agency else None)
    form.show(asked)
    if action:
        record(action, asked, detail)
    measure = form.measure.data if with_measure else "M1"
    return Question(form, viewer, asked, page.in_words(asked, today, names), measure)


def find_agency(text: str) -> Agency:
    """The agency, or the same 404 whether it is missing or, to another agency's manager, foreign."""
    number = int(text) if re.fullmatch(r"[1-9][0-9]{0,8}", text) else 0
    own = current_user.agency_id
    agency = db.session.get(Agency, number) if own in (None, number) else None
    if agency is None:
        abort(404)
    return agency


def agency_of_file() -> Agency | None:
    """The agency that a file is of: the viewer’s own, else the one in the address."""
    chosen, own = request.args.get("agency", ""), current_user.agency_id
    return find_agency(str(own)) if own else find_agency(chosen) if chosen else None


def area_names() -> dict[int, str]:
    """Police force areas and local authorities in which this viewer may see anything."""
    seen = current_scope().area_ids
    return {
        area.id: area.name(language())
        for area in list_areas("police_force", "local_authority", closed=True)
        if seen is None or area.id in seen or area.police_force_id in seen
    }


def _service_names(agency: Agency) -> dict[int, str]:
    found = db.session.scalars(
        sa.select(Service).where(Service.agency_id == agency.id).order_by(Service.name)
    )
    seen = current_scope().service_ids or None
    return {each.id: each.name_in(language()) for each in found if seen is None or each.id in seen}


def record(action: str, asked: Filter, more: Mapping[str, Any], ids: Sequence[int] = ()) -> None:
    """One entry of the access log: what was asked for, `more` of it (codes), and the numbers of the referrals shown."""
    detail: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in vars(asked).items()
        if value is not None and name not in ("agency_id", "area_id", "by")
    }
    subject = "referral" if ids else None
    audit.record(action, subject, ids, agency_id=asked.agency_id, area_id=asked.area_id, **detail, **more)

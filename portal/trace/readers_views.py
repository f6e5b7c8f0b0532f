"""Who has read of a person, or of a referral: for IOM managers, and for managers of the agency that has the referral."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request

from portal import audit
from portal.access import Permission, require
from portal.people.queries import get_person
from portal.referrals.queries import get_release
from portal.referrals.views import load
from portal.trace import readers

bp = Blueprint("readers", __name__)


@bp.get("/people/<int(max=9223372036854775807):person_id>/readers")
@require(Permission.SEE_READERS)
def of_person(person_id: int) -> str:
    person = get_person(person_id)
    if person is None:
        abort(404)
    audit.record("readers.read", "person", [person.id], area_id=person.area_id)
    return _page("person", person.id, f"/people/{person.id}", person=person)


@bp.get("/referrals/<reference>/readers")
@require(Permission.SEE_READERS)
def of_referral(reference: str) -> str:
    referral = load(reference)
    if referral.agency_id is None or referral.sent_at is None:
        abort(404)
    audit.record(
        "readers.read", "referral", [referral.id], area_id=referral.area_id, agency_id=referral.agency_id
    )
    release = get_release(referral)
    return _page(
        "referral", referral.id, f"/referrals/{referral.reference}", referral=referral, release=release
    )


def _page(about: str, which: int, back: str, **more: Any) -> str:
    asked = readers.read_asked(request.args)
    lines, there_is_more = readers.list_readers(about, which, asked)
    return render_template(
        "trace/readers.html",
        about=about,
        at=f"{back}/readers",
        back=back,
        lines=lines,
        names=readers.list_names(about, which),
        reader=asked.reader,
        pages=readers.hrefs(f"{back}/readers", asked, lines, more=there_is_more),
        **more,
    )

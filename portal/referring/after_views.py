"""What follows an answer: a new referral in place of one to the wrong service, and withdrawing those no longer needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.clocks.clock import london_date
from portal.db import db
from portal.fields import PortalForm
from portal.i18n import language
from portal.people.queries import get_person
from portal.referrals import listing
from portal.referrals.models import Referral
from portal.referrals.states import TransitionRefused
from portal.referrals.views import conflict_page, load
from portal.referring import parallel, stranded
from portal.referring.copying import copy_draft, may_copy
from portal.referring.forms import OthersForm

bp = Blueprint("after", __name__)
Page = str | tuple[str, int] | Response


@bp.get("/referrals/closed-agencies")
@require(Permission.REFER)
def list_stranded() -> str:
    today = london_date(datetime.now(UTC))
    rows = stranded.list_stranded(today)
    audit.record("referrals.listed", "referral", [row.id for row in rows], tab="stranded")
    return render_template("referring/stranded.html", lines=listing.lines(rows, today, agency_side=False))


@bp.post("/referrals/<reference>/refer-again")
@require(Permission.REFER)
def refer_again(reference: str) -> Page:
    referral = load(reference)
    person = get_person(referral.person_id, lock=True)
    if person is None:
        abort(404)
    if not may_copy(referral):
        return conflict_page(reference, PortalForm())
    draft = copy_draft(referral, person, current_user)
    audit.record("person.read", "person", [person.id], area_id=person.area_id)
    db.session.commit()
    return redirect(f"/refer/{draft.reference}/service")


@bp.route("/referrals/<reference>/withdraw-others", methods=["GET", "POST"])
@require(Permission.REFER)
def withdraw_others(reference: str) -> Page:
    referral = load(reference)
    others = parallel.list_parallel(referral)
    form = OthersForm(others=_choices(others))
    if not form.is_submitted():
        form.version.data = parallel.state_of(others)
        return _show(referral, form, others) if others else redirect(f"/referrals/{reference}")
    if form.version.data != parallel.state_of(others):
        return _changed(reference, form)
    if not form.validate_on_submit():
        return _show(referral, form, others), 422
    return _withdraw(reference, form)


def _withdraw(reference: str, form: OthersForm) -> Page:
    chosen = form.others.data
    now = datetime.now(UTC)
    try:
        parallel.withdraw_others(chosen, current_user, now, reason=form.reason.data, words=form.words.data)
        db.session.commit()
    except (TransitionRefused, StaleDataError):
        db.session.rollback()
        return _changed(reference, form)
    done = ngettext(
        "You have withdrawn %(num)d referral. The agency is told.",
        "You have withdrawn %(num)d referrals. The agencies are told.",
        len(chosen),
    )
    flash(done, "success")
    return redirect(f"/referrals/{reference}")


def _changed(reference: str, form: OthersForm) -> Page:
    """Show them as they are now, with what was typed."""
    referral = load(reference)
    others = parallel.list_parallel(referral)
    if not others:
        return conflict_page(reference, form)
    form.others.choices = _choices(others)
    form.form_errors.append(_("These referrals have changed since you opened this page. Check them again"))
    form.version.data = form.version.typed = parallel.state_of(others)
    return _show(referral, form, others), 409


def _choices(others: Any) -> list[tuple[str, str]]:
    welsh = language() == "cy"
    return [
        (
            other.reference,
            f"{other.reference}: {(welsh and other.service_cy) or other.service}, {other.agency}",
        )
        for other in others
    ]


def _show(referral: Referral, form: OthersForm, others: Any) -> str:
    shown = [referral.id, *(other.id for other in others)]
    audit.record("referral.read", "referral", shown, area_id=referral.area_id)
    return render_template(
        "referrals/answer.html",
        form=form,
        referral=referral,
        release=None,
        said=[],
        heading=_("Withdraw other referrals for this need"),
        button_text=_("Withdraw"),
        lead=[_("This referral has been accepted. Withdraw those that the person no longer needs.")],
    )

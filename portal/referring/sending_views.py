"""Check answers and send, once however often the button is pressed; and discarding a draft."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user

from portal import audit
from portal.access import Permission, require
from portal.agencies.models import Service
from portal.db import db
from portal.fields import PortalForm
from portal.people.queries import get_person
from portal.referrals.actions import AlreadyLive, discard_draft
from portal.referrals.emails import list_responders
from portal.referrals.models import Referral
from portal.referrals.queries import get_visible
from portal.referrals.states import Status
from portal.referring import actions, checking
from portal.referring.forms import DraftForm
from portal.referring.tasks import next_task
from portal.referring.views import Page, facts_of, load, me, now

bp = Blueprint("sending", __name__)


@bp.route("/refer/<reference>/check", methods=["GET", "POST"])
@require(Permission.REFER)
def check(reference: str) -> Page:
    draft = load(reference)
    form = DraftForm()
    if draft.status != Status.DRAFT:
        return redirect(f"/refer/{reference}/sent")
    if draft.service is None or next_task(draft.detail.done).code != "check":
        return redirect(f"/refer/{reference}")
    preview, against = checking.preview(draft, me()), checking.obstacle(draft, facts_of(draft))
    if not form.is_submitted():
        form.version.data = preview.seen
        return _show(draft, form, preview, against)
    if against or not form.validate_on_submit():
        return _show(draft, form, preview, against), 422
    if form.version.data != preview.seen:
        form.form_errors.append(_("The answers have changed since you looked at them. Check them again"))
        form.version.data = form.version.typed = preview.seen
        return _show(draft, form, preview, against), 409
    return _send(draft, draft.service)


def _send(draft: Referral, service: Service) -> Page:
    try:
        actions.send_draft(draft, service, current_user, now())
    except AlreadyLive:
        db.session.rollback()
        return redirect(f"/refer/{draft.reference}/check")
    db.session.commit()
    return redirect(f"/refer/{draft.reference}/sent")


def _show(
    draft: Referral, form: DraftForm, preview: checking.Preview, against: tuple[str, str | None] | None
) -> str:
    return render_template(
        "referring/check.html",
        draft=draft,
        person=draft.person,
        form=form,
        preview=preview,
        kept_back=checking.kept_back(draft, me()),
        changes=checking.changes(draft),
        sharing=checking.share_rows(draft),
        against=against,
        untold=is_untold(draft, draft.person.area_id),
        alone_unshared=draft.detail.visit_alone == "no" and "risk" not in draft.detail.sections,
    )


def is_untold(referral: Referral, area_id: int) -> bool:
    """Nobody at the agency would hear of it."""
    service = referral.service
    return service is not None and not (service.intake_email or list_responders(service, area_id))


@bp.get("/refer/<reference>/sent")
@require(Permission.REFER)
def sent(reference: str) -> Page:
    referral = get_visible(reference)
    if referral is None or get_person(referral.person_id) is None:
        abort(404)
    if referral.status == Status.DRAFT:
        return redirect(f"/refer/{reference}")
    audit.record(
        "referral.read", "referral", [referral.id], area_id=referral.area_id, agency_id=referral.agency_id
    )
    return render_template(
        "referring/sent.html",
        referral=referral,
        person=referral.person,
        untold=is_untold(referral, referral.area_id),
    )


@bp.route("/refer/<reference>/discard", methods=["GET", "POST"])
@require(Permission.REFER)
def discard(reference: str) -> Page:
    draft = load(reference)
    form = PortalForm()
    if draft.status != Status.DRAFT:
        return redirect(f"/referrals/{reference}")
    if not form.validate_on_submit():
        page = render_template("referring/discard.html", draft=draft, person=draft.person, form=form)
        return page, 422 if form.is_submitted() else 200
    discard_draft(draft, current_user)
    db.session.commit()
    flash(_("You have discarded the draft."), "success")
    return redirect(f"/people/{draft.person_id}")

"""The promise register: all agreements, one agreement, and what IOM and the agency do to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal.access import Permission, require
from portal.agencies.forms import VersionedForm
from portal.agencies.queries import get_service, today
from portal.db import current_scope, db
from portal.promises import actions, listing, queries, rights, wording
from portal.promises.forms import AgreementForm, EndForm, ProposalForm, RefuseForm
from portal.promises.models import Agreement

bp = Blueprint("agreements", __name__)
Page = str | tuple[str, int] | Response
ID = "<int(max=2147483647):agreement_id>"


def now() -> datetime:
    return datetime.now(UTC)


@bp.get("/agreements")
@require(Permission.SEE_SERVICES)
def register() -> str:
    found = listing.read_register(current_user, current_scope(), request.args.get("show", ""))
    return render_template("promises/register.html", register=found)


@bp.route("/services/<int(max=2147483647):service_id>/agreements/new", methods=["GET", "POST"])
@require(Permission.PROPOSE_AGREEMENTS)
def propose(service_id: int) -> Page:
    service = get_service(service_id, lock=request.method == "POST") or abort(404)
    areas = rights.list_proposable_areas(service) or abort(404)
    form = ProposalForm(areas=areas, today=today(), data=_as_it_stands(service_id, areas))
    if not form.validate_on_submit():
        page = render_template("promises/propose.html", form=form, service=service)
        return page, 422 if form.is_submitted() else 200
    proposal = actions.propose(service, current_user.id, now(), form.areas.data, form.values())
    db.session.commit()
    flash(_("The agreement is proposed. The agency’s managers are told."), "success")
    return redirect(f"/agreements/{proposal.id}")


def _as_it_stands(service_id: int, areas: list[Any]) -> dict[str, Any]:
    """A proposal starts from the agreement in force, today, for all areas that it may be for."""
    area_ids = [area.id for area in areas]
    held = queries.list_in_force([service_id], area_ids, today()).get(service_id)
    kept = ("acknowledge_days", "decide_days", "offer_days", "document")
    return {"areas": area_ids, "from_on": today()} | {name: getattr(held, name) for name in kept if held}


@bp.get(f"/agreements/{ID}")
@require(Permission.SEE_SERVICES)
def show(agreement_id: int) -> str:
    agreement = queries.get_agreement(agreement_id) or abort(404)
    return render_template("promises/agreement.html", agreement=agreement, **_described(agreement))


@bp.route(f"/agreements/{ID}/sign", methods=["GET", "POST"])
@require(Permission.SIGN_AGREEMENTS)
def sign(agreement_id: int) -> Page:
    return answer(
        agreement_id,
        lambda agreement: AgreementForm(),
        rights.may_sign,
        lambda agreement, form: actions.sign(agreement, current_user.id, now()),
        _("You have signed this agreement. It holds for referrals sent from now on."),
        heading=_("Sign this agreement"),
        button_text=_("Sign"),
    )


@bp.route(f"/agreements/{ID}/refuse", methods=["GET", "POST"])
@require(Permission.SIGN_AGREEMENTS)
def refuse(agreement_id: int) -> Page:
    return answer(
        agreement_id,
        lambda agreement: RefuseForm(),
        rights.may_sign,
        lambda agreement, form: actions.refuse(agreement, current_user.id, now(), form["words"].data),
        _("You have refused this agreement. IOM is told."),
        heading=_("Refuse this agreement"),
        button_text=_("Refuse"),
    )


@bp.route(f"/agreements/{ID}/take-back", methods=["GET", "POST"])
@require(Permission.PROPOSE_AGREEMENTS)
def take_back(agreement_id: int) -> Page:
    return answer(
        agreement_id,
        lambda agreement: AgreementForm(),
        rights.may_take_back,
        lambda agreement, form: actions.take_back(agreement, current_user.id, now()),
        _("You have taken this proposal back."),
        heading=_("Take this proposal back"),
        button_text=_("Take back"),
    )


@bp.route(f"/agreements/{ID}/end", methods=["GET", "POST"])
@require(Permission.PROPOSE_AGREEMENTS, Permission.SIGN_AGREEMENTS)
def end(agreement_id: int) -> Page:
    return answer(
        agreement_id,
        lambda agreement: EndForm(today=today(), to_on=agreement.to_on),
        rights.may_end,
        lambda agreement, form: actions.end(agreement, current_user.id, now(), form["last_day"].data),
        _("You have ended this agreement. The other side is told."),
        heading=_("End this agreement"),
        button_text=_("End agreement"),
    )


def answer(
    agreement_id: int,
    make_form: Callable[[Agreement], VersionedForm],
    may: Callable[[Agreement], bool],
    act: Callable[[Agreement, VersionedForm], None],
    done: str,
    **page: str,
) -> Page:
    """Show the form; or act on the version that it was shown for, commit and go back to the agreement.

    404 for whoever never could; whoever comes second gets the conflict page with what they typed.
    """
    agreement = queries.get_agreement(agreement_id, lock=request.method == "POST") or abort(404)
    if not queries.concerns(agreement, current_scope()):
        abort(404)
    form = make_form(agreement)
    if not may(agreement) or (form.is_submitted() and form.version.data != str(agreement.version)):
        return _conflict(agreement, form)
    form.version.data = str(agreement.version)
    if not form.validate_on_submit():
        shown = render_template(
            "promises/answer.html", agreement=agreement, form=form, **_terms(agreement), **page
        )
        return shown, 422 if form.is_submitted() else 200
    try:
        act(agreement, form)
        db.session.commit()
    except StaleDataError:
        db.session.rollback()
        return _conflict(queries.get_agreement(agreement_id) or abort(404), form)
    flash(done, "success")
    return redirect(f"/agreements/{agreement_id}")


def _conflict(agreement: Agreement, form: VersionedForm) -> Page:
    typed = [(field.label.text, field.in_words()) for field in form if getattr(field, "error_href", None)]
    entered = [(label, words) for label, words in typed if words]
    page = render_template(
        "promises/conflict.html", agreement=agreement, typed=entered, **_described(agreement)
    )
    return page, 409


def _terms(agreement: Agreement) -> dict[str, Any]:
    others = queries.list_of_service(agreement.service_id)
    standing = listing.standing(agreement, others)
    return {
        "names": listing.names(agreement.service),
        "terms": wording.terms(agreement),
        "standing": standing,
        "tag_shown": wording.STANDINGS[standing],
    }


def _described(agreement: Agreement) -> dict[str, Any]:
    return _terms(agreement) | {
        "steps": wording.steps(agreement),
        "may_sign": rights.may_sign(agreement),
        "may_take_back": rights.may_take_back(agreement),
        "may_end": rights.may_end(agreement),
    }

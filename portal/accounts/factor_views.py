"""One's own ways to sign in: passkeys, the authenticator app, recovery codes; and setting up the first of them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from portal import audit
from portal.access import Permission, before_whole, require
from portal.accounts import actions, factors, passkeys, recovery, totp
from portal.accounts.challenges import send_options, take_challenge
from portal.accounts.confirming import recently_confirmed
from portal.accounts.factor_forms import CodeForm, NewPasskeyForm, RenamePasskeyForm
from portal.accounts.factor_models import Passkey
from portal.accounts.models import User
from portal.accounts.views import enter
from portal.accounts.wording import device_name
from portal.agencies.form_page import Answer, form_page
from portal.db import db
from portal.once import shown_once
from portal.web import SESSION_KEY

bp = Blueprint("factors", __name__, url_prefix="/account")
ONE = "/security/passkeys/<int(max=2147483647):passkey_id>"
HOME = "/account/security"


@bp.get("/set-up")
@require(Permission.SIGNED_IN)
@before_whole("set-up")
def set_up() -> Answer:
    if not current_user.step:
        return redirect(HOME)
    return render_template("accounts/set_up.html", passkeys=passkeys.are_possible())


@bp.get("/security")
@require(Permission.SIGNED_IN)
def show() -> str:
    audit.record("factors.read", "user", [current_user.id])
    return render_template(
        "accounts/security.html",
        ways=factors.get_ways(current_user.id),
        held=passkeys.list_passkeys(current_user.id),
        possible=passkeys.are_possible(),
        few=recovery.FEW,
    )


@bp.route("/security/passkeys/new", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@before_whole("set-up")
@recently_confirmed
def add_passkey() -> Answer:
    form, back = NewPasskeyForm(), HOME if not current_user.step else "/account/set-up"
    if form.validate_on_submit():
        user = factors.lock(current_user.id)
        name = form.name.data or device_name(request.user_agent.string)
        try:
            passkeys.register(user, form.credential.data or "", take_challenge(), name)
        except passkeys.Refused:
            db.session.commit()
            form.form_errors = [_("The passkey could not be made. Try again, or use an authenticator app.")]
        else:
            return _added(user, "passkey", _("The passkey is added."))
    elif request.method == "GET":
        form.name.data = device_name(request.user_agent.string)
    return form_page(
        form,
        _("Add a passkey"),
        back,
        template="accounts/passkey_new.html",
        possible=passkeys.are_possible(),
    )


@bp.post("/security/passkeys/options")
@require(Permission.SIGNED_IN)
@before_whole("set-up")
@recently_confirmed
def passkey_options() -> Response:
    return send_options(passkeys.registration_options(db.session.get_one(User, current_user.id)))


@bp.route(f"{ONE}/rename", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
def rename_passkey(passkey_id: int) -> Answer:
    passkey = _own(passkey_id)
    form = RenamePasskeyForm(data={"name": passkey.name})
    if not form.validate_on_submit():
        return form_page(form, _("Rename a passkey"), HOME)
    passkey.name = form.name.data or ""
    audit.record("factor.passkey_renamed", "user", [current_user.id])
    return _done(_("The passkey is renamed."))


@bp.route(f"{ONE}/remove", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@recently_confirmed
def remove_passkey(passkey_id: int) -> Answer:
    passkey = _own(passkey_id)
    if request.method == "POST":
        user = factors.lock(current_user.id)
        if not factors.remove_passkey(user, passkey, session[SESSION_KEY]):
            return _kept()
        return _done(_("The passkey is removed. You are signed out everywhere else."))
    heading = _("Remove the passkey %(name)s?", name=passkey.name)
    return render_template("accounts/factor_remove.html", heading=heading, action=request.path)


@bp.route("/security/app", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@before_whole("set-up")
@recently_confirmed
def add_app() -> Answer:
    secret = totp.pending_secret(current_user.id)
    if secret is None:
        return redirect(HOME)
    form = CodeForm()
    if form.validate_on_submit():
        user = factors.lock(current_user.id)
        if totp.confirm_key(user.id, form.code.data):
            return _added(user, "totp", _("The authenticator app is set up."))
        form.code.errors = [
            _("The code is not right. Wait for the next one, and check the clock of your device.")
        ]
    back = HOME if not current_user.step else "/account/set-up"
    heading = _("Set up an authenticator app")
    return form_page(form, heading, back, template="accounts/app_new.html", secret=secret)


@bp.get("/security/app/qr.svg")
@require(Permission.SIGNED_IN)
@before_whole("set-up")
@recently_confirmed
def show_qr_code() -> Response:
    secret = totp.pending_secret(current_user.id) or abort(404)
    return Response(totp.qr_code(secret, current_user.email), mimetype="image/svg+xml")


@bp.route("/security/app/remove", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@recently_confirmed
def remove_app() -> Answer:
    if not factors.get_ways(current_user.id).app:
        abort(404)
    if request.method == "POST":
        if not factors.remove_app(factors.lock(current_user.id), session[SESSION_KEY]):
            return _kept()
        return _done(_("The authenticator app is removed. You are signed out everywhere else."))
    heading = _("Remove the authenticator app?")
    return render_template("accounts/factor_remove.html", heading=heading, action=request.path)


@bp.route("/security/codes", methods=["GET", "POST"])
@require(Permission.SIGNED_IN)
@recently_confirmed
def make_codes() -> Answer:
    """Shown once, in answer to the POST; kept as hashes."""
    ways = factors.get_ways(current_user.id)
    if not ways.factors:
        return redirect(HOME)
    if request.method == "GET":
        return render_template("accounts/codes_ask.html", ways=ways)
    codes = recovery.make_codes(current_user.id)
    factors.note(factors.lock(current_user.id), "codes_made")
    db.session.commit()
    shown_once(HOME)
    return render_template("accounts/codes.html", codes=codes)


@bp.post("/security/codes/file")
@require(Permission.SIGNED_IN)
@recently_confirmed
def download_codes() -> Response:
    """The page's own codes as a file: they come with the form, because the portal does not keep them."""
    codes = request.form.getlist("codes")[: recovery.HOW_MANY]
    if not recovery.are_own(current_user.id, codes):
        abort(404)
    audit.record("factor.codes_downloaded", "user", [current_user.id])
    lines = [_("Recovery codes for Blaenoriaeth. Each works once."), "", *codes, ""]
    answer = Response("\r\n".join(lines), mimetype="text/plain")
    answer.headers["Content-Disposition"] = 'attachment; filename="blaenoriaeth-codes.txt"'
    return answer


def _own(passkey_id: int) -> Passkey:
    passkey = db.session.get(Passkey, passkey_id)
    return passkey if passkey and passkey.user_id == current_user.id else abort(404)


def _added(user: User, factor: str, words: str) -> BaseResponse:
    """A session that lacked it is whole now, and another; codes come next where there are none."""
    factors.note(user, "passkey_added" if factor == "passkey" else "app_added")
    codes = factors.get_ways(user.id).codes
    if current_user.step:
        token = actions.renew_session(user, session[SESSION_KEY], factor)
        db.session.commit()
        enter(user, token)
    return _done(words, HOME if codes else f"{HOME}/codes")


def _done(words: str, where: str = HOME) -> BaseResponse:
    db.session.commit()
    flash(words, "success")
    return redirect(where)


def _kept() -> BaseResponse:
    flash(_("Add another way to sign in first: this is the last one you have."), "error")
    return redirect(HOME)

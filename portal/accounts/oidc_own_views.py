"""The identities of a user at providers: one's own in the account, anybody's for an administrator."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.accounts import oidc_actions as actions
from portal.accounts.admin_views import ID
from portal.accounts.admin_views import load as load_user
from portal.accounts.confirming import recently_confirmed
from portal.accounts.oidc_flow import Journey
from portal.accounts.oidc_provider import ProviderAway, ProviderRefused, configured
from portal.accounts.oidc_queries import list_identities
from portal.accounts.oidc_views import Answer, departure, load, trouble
from portal.db import db
from portal.i18n import language
from portal.web import SESSION_KEY

bp = Blueprint("own_identities", __name__)


@bp.get("/account/identities")
@require(Permission.SIGNED_IN)
@recently_confirmed
def show() -> str:
    joined = {identity.issuer: identity for identity in list_identities(current_user.id)}
    audit.record("identities.read", "user", [current_user.id])
    rows = [(one.key, one.name(language()), joined.get(one.issuer)) for one in configured()]
    return render_template("accounts/identities.html", rows=rows)


@bp.post("/account/identities/<provider>/join")
@require(Permission.SIGNED_IN)
@recently_confirmed
def join(provider: str) -> Answer:
    """A page with the way there: the policy of pages lets no form lead to another site."""
    chosen = load(provider)
    try:
        there = departure(chosen, Journey(chosen.key, user_id=current_user.id))
    except ProviderAway:
        return trouble(chosen, "away")
    except ProviderRefused as refusal:
        return trouble(chosen, str(refusal))
    return render_template("accounts/identity_join.html", name=chosen.name(language()), there=there)


@bp.post("/account/identities/<provider>/remove")
@require(Permission.SIGNED_IN)
@recently_confirmed
def remove(provider: str) -> Response:
    chosen = load(provider)
    removed = actions.remove_own(current_user.id, chosen.issuer, session[SESSION_KEY])
    if removed is None:
        abort(404)
    db.session.commit()
    name = chosen.name(language())
    if removed:
        flash(_("You can no longer sign in with %(provider)s.", provider=name), "success")
    else:
        flash(_("Set up another way to sign in before you remove %(provider)s.", provider=name))
    return redirect("/account/identities")


@bp.get(f"/admin/users/{ID}/identities")
@require(Permission.ADMINISTER)
def show_user(user_id: int) -> str:
    user = load_user(user_id)
    names = {provider.issuer: provider.name(language()) for provider in configured()}
    audit.record("identities.read", "user", [user.id])
    rows = [(names.get(one.issuer, one.issuer), one) for one in list_identities(user.id)]
    return render_template("admin/identities.html", user=user, rows=rows)


@bp.post(f"/admin/users/{ID}/identities/<int(max=2147483647):identity_id>/remove")
@require(Permission.ADMINISTER)
def remove_of_user(user_id: int, identity_id: int) -> Response:
    user = load_user(user_id)
    identity = next((one for one in list_identities(user.id) if one.id == identity_id), None) or abort(404)
    actions.remove(identity)
    db.session.commit()
    flash(_("%(name)s can no longer sign in that way.", name=user.name), "success")
    return redirect(f"/admin/users/{user.id}/identities")

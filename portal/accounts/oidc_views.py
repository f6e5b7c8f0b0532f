"""Signing in at a provider of identities: off, back, and out again there."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, session
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from config import Provider
from portal.access import public
from portal.accounts import oidc_actions as actions
from portal.accounts import oidc_flow as flow
from portal.accounts.models import OneTimeLink
from portal.accounts.oidc_provider import (
    ProviderAway,
    ProviderRefused,
    configured,
    end_session_url,
    find_provider,
)
from portal.accounts.oidc_queries import may_join
from portal.accounts.oidc_tokens import Shown
from portal.accounts.queries import get_live_link
from portal.accounts.views import enter, safe_next
from portal.db import db
from portal.i18n import language

bp = Blueprint("identities", __name__)
JOURNEY = "journey"  # in the cookie: what `oidc_flow.Journey` keeps while the browser is away
# What a page explains; whatever else is wrong with an answer is not the visitor's to know.
TROUBLES = ("away", "expired", "cancelled", "not_invited", "taken", "link_used", "refused")
Answer = str | tuple[str, int] | BaseResponse


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """Templates may name the providers; a provider's own server has no form of ours to send a token from."""
    state.app.jinja_env.globals.update(identity_providers=configured, providers_to_join=providers_to_join)
    # Its logout token is signed by the provider.
    state.app.extensions["csrf"].exempt(end_at_provider)  # nosemgrep: no-form-without-its-token


@bp.get("/sign-in/with/<provider>")
@public
def begin(provider: str) -> Answer:
    chosen = load(provider)
    return _leave(chosen, flow.Journey(chosen.key, safe_next(request.args.get("next"))))


@bp.get("/set-password/<token>/with/<provider>")
@public
def begin_invited(token: str, provider: str) -> Answer:
    chosen, link = load(provider), get_live_link(token)
    if link is None or not may_join(link):
        return render_template("accounts/link_used.html"), 404
    return _leave(chosen, flow.Journey(chosen.key, link=link.token_hash.hex()))


@bp.get("/sign-in/with/<provider>/callback")
@public
def come_back(provider: str) -> Answer:
    chosen = load(provider)
    journey = flow.read_journey(session.pop(JOURNEY, None), chosen, request.args.get("state", ""))
    fresh = journey is not None and actions.spend(journey.state)
    db.session.commit()  # before the provider is asked: the state stays spent, and no connection waits
    if journey is None or not fresh:
        return trouble(chosen, "expired")
    try:
        shown = flow.come_back(chosen, journey, request.args, callback_url(chosen))
    except ProviderAway:
        return trouble(chosen, "away")
    except ProviderRefused as refusal:
        return trouble(chosen, str(refusal))
    if journey.user_id is not None:
        return _join(chosen, journey, shown)
    return _enter(chosen, journey, shown)


@bp.get("/sign-in/with/<provider>/trouble/<why>")
@public
def explain(provider: str, why: str) -> Response:
    chosen = load(provider)
    if why not in TROUBLES:
        abort(404)
    page = render_template("accounts/provider_trouble.html", name=chosen.name(language()), why=why)
    answer = Response(page, 503 if why == "away" else 403)
    if why == "away":
        answer.headers["Retry-After"] = "60"
    return answer


@bp.post("/sign-in/with/<provider>/logout")
@public
def end_at_provider(provider: str) -> Response:
    """Back-channel logout: the provider says that somebody has signed out there."""
    chosen = load(provider)
    try:
        ended = actions.end_at_provider(
            chosen, flow.read_logout(chosen, request.form.get("logout_token", ""))
        )
    except (ProviderAway, ProviderRefused):
        ended = False
    if not ended:
        actions.refuse(chosen, "logout_token")
    db.session.commit()
    return Response("", 200 if ended else 400)


@bp.get("/signed-out/<provider>")
@public
def signed_out(provider: str) -> Answer:
    chosen = load(provider)
    if current_user.is_authenticated:
        return redirect("/")
    there = end_session_url(chosen, f"{current_app.config['SETTINGS'].base_url}/sign-in", language())
    return render_template("accounts/signed_out.html", name=chosen.name(language()), there=there)


def providers_to_join(link: OneTimeLink | None) -> tuple[Provider, ...]:
    """Those with whom whoever holds this link may come in."""
    return configured() if link is not None and configured() and may_join(link) else ()


def load(key: str) -> Provider:
    return find_provider(key) or abort(404)


def callback_url(provider: Provider) -> str:
    return f"{current_app.config['SETTINGS'].base_url}/sign-in/with/{provider.key}/callback"


def departure(provider: Provider, journey: flow.Journey) -> str:
    """The provider's address to go to; the cookie keeps the journey. Raises ProviderAway and ProviderRefused."""
    address, kept = flow.set_out(provider, journey, callback_url(provider), language())
    session[JOURNEY] = kept
    return address


def trouble(provider: Provider, why: str) -> BaseResponse:
    """The trace, and the way to a page that says what to do; code and state leave the address with this."""
    actions.refuse(provider, why, getattr(current_user, "id", None))
    db.session.commit()
    return to_page(provider, why)


def to_page(provider: Provider, why: str) -> BaseResponse:
    return redirect(f"/sign-in/with/{provider.key}/trouble/{why if why in TROUBLES else 'refused'}")


def _leave(provider: Provider, journey: flow.Journey) -> Answer:
    try:
        return redirect(departure(provider, journey))
    except ProviderAway:
        return trouble(provider, "away")
    except ProviderRefused as refusal:
        return trouble(provider, str(refusal))


def _enter(provider: Provider, journey: flow.Journey, shown: Shown) -> Answer:
    device = request.user_agent.string
    if journey.link is not None:
        entered = actions.accept_invitation(journey.link, provider, shown, device)
    else:
        entered = actions.sign_in(provider, shown, device)
    db.session.commit()
    if entered is None:
        return to_page(provider, "link_used" if journey.link is not None else "not_invited")
    enter(*entered)
    return redirect(journey.target)


def _join(provider: Provider, journey: flow.Journey, shown: Shown) -> Answer:
    """For whoever set out from their account, and is still signed in."""
    if getattr(current_user, "id", None) != journey.user_id:
        return trouble(provider, "expired")
    joined = actions.join(current_user.id, provider, shown)
    db.session.commit()
    if not joined:
        return to_page(provider, "taken")
    flash(_("You can now sign in with %(provider)s.", provider=provider.name(language())), "success")
    return redirect("/account/identities")

"""Whoever cannot sign in asks for a link. The answer, and the time it takes, say nothing of who has an account."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal import audit
from portal.access import public
from portal.accounts import attempts
from portal.accounts.actions import RESET_LIFE
from portal.accounts.factor_forms import ResetForm
from portal.accounts.queries import token_hash
from portal.db import db, run

bp = Blueprint("reset", __name__, url_prefix="/sign-in/reset")

# The same statement whoever is named; at most one link in five minutes.
_ASK = """
WITH asked AS (
    SELECT u.id, u.email, u.language FROM user_account u
     WHERE u.email = %(email)s AND u.suspended_at IS NULL AND u.role <> 'system'
       AND NOT EXISTS (SELECT FROM one_time_link l WHERE l.user_id = u.id AND l.purpose = 'reset'
                        AND l.used_at IS NULL AND l.expires_at > now() + %(life)s - interval '5 minutes')
), link AS (
    INSERT INTO one_time_link (token_hash, user_id, purpose, expires_at)
    SELECT %(hash)s, id, 'reset', now() + %(life)s FROM asked
), mail AS (
    INSERT INTO outbox (key, template, address, user_id, language, params)
    SELECT 'reset:' || %(key)s, 'reset_asked', email, id, language, jsonb_build_object('token', %(token)s::text) FROM asked
)
SELECT id FROM asked
"""


@bp.route("", methods=["GET", "POST"])
@public
def ask() -> str | tuple[str, int] | Response:
    form = ResetForm()
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form), 422 if form.is_submitted() else 200
    attempts.begin(
        None, request.remote_addr or "", None
    )  # asked too often from one address, nobody is mailed
    token = secrets.token_urlsafe(32)
    hashed = token_hash(token)
    email = (form.email.data or "").strip().lower()
    values = {"email": email, "life": RESET_LIFE, "hash": hashed, "key": hashed.hex()[:32], "token": token}
    rows = run(_ASK, values)
    audit.record("reset.asked", by=rows[0].id if rows else None)
    db.session.commit()
    return redirect("/sign-in/reset/sent")


@bp.get("/sent")
@public
def sent() -> str:
    return render_template("accounts/reset_sent.html")

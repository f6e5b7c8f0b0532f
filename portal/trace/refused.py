"""Records that were asked for by their number and not shown leave a trace too: the number, and nothing of whose it is."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request
from flask_login import current_user
from werkzeug.exceptions import NotFound

from portal import audit
from portal.db import db
from portal.web import error_page

bp = Blueprint("refused", __name__)
REFERENCE = re.compile("[A-HJ-NP-Z]{2}[2-9]{4}[A-HJ-NP-Z]{2}")


@bp.app_errorhandler(404)
def not_found(error: NotFound) -> Any:
    """The usual page; missing, foreign and restricted leave the same entry."""
    answer = error_page(error)
    asked = request.view_args or {}
    if asked and current_user and current_user.is_authenticated:
        number, reference = asked.get("person_id"), str(asked.get("reference", ""))
        if number:
            audit.record("person.refused", "refused_person", [number], by=current_user.id)
            db.session.commit()
        elif REFERENCE.fullmatch(reference):
            audit.record("referral.refused", None, (), by=current_user.id, reference=reference)
            db.session.commit()
    return answer

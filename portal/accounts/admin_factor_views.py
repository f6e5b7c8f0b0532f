"""An administrator takes away somebody's second factors, once they have made sure who asks for it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.access import Permission, require
from portal.accounts import factors
from portal.accounts.admin_views import ID, load_other
from portal.accounts.factor_forms import RemoveFactorsForm
from portal.agencies.form_page import Answer, form_page
from portal.db import db

bp = Blueprint("factor_admin", __name__, url_prefix="/admin/users")


@bp.route(f"/{ID}/factors/remove", methods=["GET", "POST"])
@require(Permission.ADMINISTER)
def remove(user_id: int) -> Answer:
    user = load_other(user_id)
    form, back = RemoveFactorsForm(), f"/admin/users/{user_id}"
    if not form.validate_on_submit():
        heading = _("Remove the second factors of %(name)s", name=user.name)
        return form_page(
            form,
            heading,
            back,
            template="admin/factors_remove.html",
            button_text=_("Remove them"),
            button_variant="warning",
            ways=factors.get_ways(user_id),
        )
    return _remove(user_id, form, back)


def _remove(user_id: int, form: RemoveFactorsForm, back: str) -> Response:
    user = factors.lock(user_id)
    factors.remove_all(user, why=form.why.data, checked=form.checked.data)
    db.session.commit()
    flash(_("%(name)s is signed out everywhere and has no second factor now.", name=user.name), "success")
    return redirect(back)

"""Pages of one form: drawn with the status that says how it stands."""

from __future__ import annotations

from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from portal.fields import PortalForm

Answer = str | tuple[str, int] | Response


def form_page(
    form: PortalForm,
    heading: str,
    back: str,
    *,
    template: str = "agencies/form.html",
    conflict: bool = False,
    **more: Any,
) -> Answer:
    """409 where someone else has saved since (the page says so, and keeps what was typed), 422 with errors, else 200.

    `back` is where *Back* and *Cancel* lead.
    """
    status = 409 if conflict else 422 if form.is_submitted() else 200
    page = render_template(template, form=form, heading=heading, back=back, conflict=conflict, **more)
    return page, status

"""The pages by which an appointment is offered, moved, cancelled and recorded."""

from __future__ import annotations

from flask import Blueprint

from portal.appointments import wording

bp = Blueprint("appointments", __name__)
bp.add_app_template_global(wording.lines, "appointment_lines")
bp.add_app_template_global(wording.may_offer, "may_offer_appointment")

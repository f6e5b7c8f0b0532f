"""Files of past referrals: the columns that they have, and how much they may hold."""

from __future__ import annotations

from portal.sheets import reading
from portal.sheets.reading import Layout, Sheet

COLUMNS = (
    "reference", "agency", "service", "need", "area", "cohort", "sent_on", "acknowledged_on", "decided_on", "decision",
    "decline_reason", "first_appointment_offered_on", "service_started_on", "closed_on", "outcome", "withdrawn_on",
)  # fmt: skip
REQUIRED = ("reference", "agency", "need", "area", "sent_on")
LAYOUT = Layout(COLUMNS, REQUIRED, dated=frozenset(name for name in COLUMNS if name.endswith("_on")))


def read(content: bytes) -> Sheet:
    """Raises Unusable for what is too large, or is neither CSV in UTF-8 nor a workbook."""
    return reading.read(content, LAYOUT)

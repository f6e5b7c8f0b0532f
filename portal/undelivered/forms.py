"""The form by which an email that was given up is let go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.fields import PortalForm, RadioField, Required
from portal.undelivered.wording import LET_GO


class LetGoForm(PortalForm):
    reason = RadioField(
        _l("Why is it not sent?"), [Required(_l("Select a reason"))], choices=list(LET_GO.items()), size="m"
    )

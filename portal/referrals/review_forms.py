"""The forms by which a decline is reviewed, and a referral is paused, resumed or reopened."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.fields import RadioField, Required, TextAreaField
from portal.referrals.forms import VersionedForm
from portal.referrals.wording import PAUSE_REASONS


class ChallengeForm(VersionedForm):
    words = TextAreaField(
        _l("Why do you challenge the decline?"),
        [Required(_l("Explain why you challenge the decline"))],
        hint=_l("The agency’s manager reads this, and reverses or upholds the decline"),
        size="m",
        max_length=2000,
        count=True,
    )


class UpholdForm(VersionedForm):
    words = TextAreaField(
        _l("Why do you uphold the decline?"),
        [Required(_l("Explain why you uphold the decline"))],
        hint=_l("The officer reads this. The referral closes"),
        size="m",
        max_length=2000,
        count=True,
    )


class PauseForm(VersionedForm):
    reason = RadioField(
        _l("Why do you pause this referral?"),
        [Required(_l("Select why you pause the referral"))],
        choices=list(PAUSE_REASONS.items()),
        size="m",
    )
    words = TextAreaField(
        _l("Anything the other side should know"),
        hint=_l("You may leave this empty unless you selected ‘Other’"),
        max_length=2000,
        count=True,
    )

    def validate_words(self, field: TextAreaField) -> None:
        if self.reason.data == "other" and not field.data:
            raise ValidationError(_("Explain the reason"))


class ResumeForm(VersionedForm):
    words = TextAreaField(
        _l("Anything the other side should know (optional)"), max_length=2000, rows=3, count=True
    )


class ReopenForm(VersionedForm):
    words = TextAreaField(
        _l("What was the error?"),
        [Required(_l("Explain what the error was"))],
        hint=_l("Reopen only what was ended in error. For a new episode, make a new referral"),
        size="m",
        max_length=2000,
        count=True,
    )

"""The forms of leavers and of reviews of access."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.access import ROLE_NAMES
from portal.accounts.models import User
from portal.fields import (
    CheckboxesField,
    Option,
    PortalForm,
    RadioField,
    Required,
    SelectField,
    TextAreaField,
)


class GiveForm(PortalForm):
    """`to`: id of the colleague, or None."""

    to = SelectField(
        _l("Give their open work to (optional)"),
        hint=_l("A colleague gets only what they may see anyway"),
        empty=_l("Nobody for now"),
    )

    def __init__(self, *args: Any, colleagues: list[User], required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = [(user.id, _in_words(user)) for user in colleagues]
        if required:
            self.to.label.text = _("Give their open work to")
            self.to.empty = ""
            self.to.validators = [Required(_("Select a colleague"))]


def _in_words(user: User) -> str:
    return f"{user.name} ({ROLE_NAMES[user.as_role]})"


class KeepForm(PortalForm):
    """`users`: ids of those whose access stays as it is."""

    users = CheckboxesField(_l("Keep their access"), [Required(_l("Select whose access stays as it is"))])

    def __init__(self, *args: Any, user_ids: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.users.choices = [(user_id, "") for user_id in user_ids]


class AnswerForm(PortalForm):
    """`may_suspend`: whether whoever answers may do so themselves."""

    answer = RadioField(_l("Should this access stay?"), [Required(_l("Select what should happen"))], size="m")
    words = TextAreaField(
        _l("What should change, or why do you suspend them?"),
        hint=_l("You can leave this empty if nothing changes"),
        max_length=1000,
        rows=3,
        count=True,
    )

    def __init__(self, *args: Any, may_suspend: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [
            Option("keep", _("Keep it as it is")),
            Option("change", _("Change it"), _("We ask an administrator to do it")),
        ]
        if may_suspend:
            signed_out = _(
                "They are signed out everywhere at once and cannot sign in until they are reactivated."
            )
            options.append(Option("suspend", _("Suspend them"), signed_out))
        self.answer.choices = options

    def validate_words(self, field: TextAreaField) -> None:
        if self.answer.data == "change" and not field.data:
            raise ValidationError(_("Say what should change"))
        if self.answer.data == "suspend" and not field.data:
            raise ValidationError(_("Say why you suspend them"))

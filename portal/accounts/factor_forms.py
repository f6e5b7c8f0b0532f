"""Forms of second factors, of proving again who one is, and of asking for a reset."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.accounts.passkeys import NAME_LENGTH
from portal.fields import (
    EmailField,
    HiddenField,
    PasswordField,
    PortalForm,
    RadioField,
    Required,
    Text,
    TextField,
)

WHY = {
    "lost": _l("They have lost the device"),
    "replaced": _l("They have a new device"),
    "stolen": _l("Somebody else may have it"),
    "left_over": _l("It belongs to somebody who has left"),
}
CHECKED = {
    "in_person": _l("I saw them in person"),
    "video": _l("I saw them on a video call"),
    "manager": _l("Their manager confirmed it to me"),
}


class CodeField(TextField):
    """Six digits; spaces between them are forgiven."""

    def normalised(self, text: str) -> str:
        return re.sub(r"\s", "", text)

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        if self.data and not re.fullmatch("[0-9]{6}", self.data):
            raise StopValidation(str(_l("The code is 6 digits, like 123456")))


def code_field(label: Text, hint: Text | None = None) -> CodeField:
    return CodeField(
        label,
        [Required(_l("Enter the code"))],
        hint=hint,
        max_length=20,
        width="10",
        inputmode="numeric",
        autocomplete="one-time-code",
        spellcheck=False,
    )


class CodeForm(PortalForm):
    code = code_field(
        _l("Code from your authenticator app"), _l("6 digits. A new code appears every 30 seconds.")
    )


class RecoveryForm(PortalForm):
    code = TextField(
        _l("Recovery code"),
        [Required(_l("Enter a recovery code"))],
        hint=_l("24 letters and numbers, like 7K2M-9QXD-4RTA-0WGE-M3VN-8HJC. Each works once."),
        max_length=60,
        autocomplete="off",
        autocapitalize="characters",
        spellcheck=False,
    )


class CredentialForm(PortalForm):
    """What the browser's script writes, as JSON."""

    credential = HiddenField(max_length=20_000)


class NewPasskeyForm(CredentialForm):
    name = TextField(
        _l("Name of the passkey"),
        hint=_l("So that you know it again in a list, for example by the device that keeps it."),
        max_length=NAME_LENGTH,
        width="20",
    )


class RenamePasskeyForm(PortalForm):
    name = TextField(
        _l("Name of the passkey"), [Required(_l("Enter a name"))], max_length=NAME_LENGTH, width="20"
    )


class ConfirmForm(PortalForm):
    password = PasswordField(
        _l("Password"), [Required(_l("Enter your password"))], autocomplete="current-password"
    )


class ConfirmWithCodeForm(ConfirmForm):
    code = code_field(_l("Code from your authenticator app"))


class ResetForm(PortalForm):
    email = EmailField(
        _l("Email address"),
        [Required(_l("Enter your email address"))],
        hint=_l("The one that your account is under."),
        autocomplete="username",
    )


class RemoveFactorsForm(PortalForm):
    """Codes alone, because the access log takes no words."""

    why = RadioField(
        _l("Why are they to be removed?"), [Required(_l("Select why"))], choices=list(WHY.items()), size="m"
    )
    checked = RadioField(
        _l("How did you check who they are?"),
        [Required(_l("Select how you checked"))],
        hint=_l("Anybody can write an email or ring up. Do not go by that alone."),
        choices=list(CHECKED.items()),
        size="m",
    )

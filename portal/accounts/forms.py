"""Forms of signing in and of one's own password."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError
from wtforms.validators import EqualTo

from portal.accounts.passwords import MINIMUM_LENGTH, is_easily_guessed
from portal.fields import CheckboxesField, EmailField, Option, PasswordField, PortalForm, RadioField, Required


class SignInForm(PortalForm):
    email = EmailField(
        _l("Email address"),
        [Required(_l("Enter your email address"))],
        autocomplete="username",
    )
    password = PasswordField(
        _l("Password"),
        [Required(_l("Enter your password"))],
        autocomplete="current-password",
    )


class CurrentPasswordForm(PortalForm):
    current = PasswordField(
        _l("Current password"),
        [Required(_l("Enter your current password"))],
        autocomplete="current-password",
    )


class SetPasswordForm(PortalForm):
    password = PasswordField(
        _l("New password"),
        [Required(_l("Enter a new password"))],
        hint=_l("At least 15 characters. Three or four unrelated words are easy to remember."),
        autocomplete="new-password",
    )
    again = PasswordField(
        _l("Enter the new password again"),
        [EqualTo("password", _l("Both passwords must be the same"))],
        autocomplete="new-password",
    )

    def validate_password(self, field: PasswordField) -> None:
        if len(field.data or "") < MINIMUM_LENGTH:
            raise ValidationError(str(_l("Password must be 15 characters or more")))
        if is_easily_guessed(field.data or ""):
            raise ValidationError(str(_l("Choose another password: this one is easily guessed")))


class ChangePasswordForm(CurrentPasswordForm, SetPasswordForm):
    """Asks for the current password first."""


class LanguageForm(PortalForm):
    language = RadioField(
        _l("Which language do you want to use?"),
        [Required(_l("Select a language"))],
        hint=_l("Pages and emails are then in this language."),
        choices=[("en", "English"), ("cy", "Cymraeg")],
        size="m",
    )


class EmailsForm(PortalForm):
    wanted = CheckboxesField(
        _l("Which emails do you want?"),
        hint=_l("Select all that apply."),
        choices=[
            Option(
                "digest",
                _l("One each working day at 7:30am, saying what needs me"),
                _l("None on a day when nothing does, or when you are away."),
            ),
            Option(
                "mails_at_once",
                _l("One at once when something happens to a referral of mine"),
                _l("A service’s intake mailbox is told of each new referral whatever you choose here."),
            ),
        ],
        size="m",
    )

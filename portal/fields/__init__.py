"""Form fields that draw themselves as GOV.UK form groups and refuse, without failing, what nobody can type.

A field's `data` is clean text, a whole number, a date, or one of the choices offered; anything else is an
error beside the field, and what was typed is shown again. See docs/decisions/0004-look.md.
"""

from portal.fields.base import PortalField, PortalForm, Required, Text
from portal.fields.choices import (
    IS_ANSWERS,
    THERE_IS_ANSWERS,
    CheckboxesField,
    Divider,
    Heading,
    Option,
    RadioField,
    SelectField,
    YesNoField,
)
from portal.fields.dates import DateField
from portal.fields.files import FileField
from portal.fields.text import EmailField, HiddenField, IntegerField, PasswordField, TextAreaField, TextField
from portal.fields.times import TimeField

__all__ = [
    "IS_ANSWERS",
    "THERE_IS_ANSWERS",
    "CheckboxesField",
    "DateField",
    "Divider",
    "EmailField",
    "FileField",
    "Heading",
    "HiddenField",
    "IntegerField",
    "Option",
    "PasswordField",
    "PortalField",
    "PortalForm",
    "RadioField",
    "Required",
    "SelectField",
    "Text",
    "TextAreaField",
    "TextField",
    "TimeField",
    "YesNoField",
]

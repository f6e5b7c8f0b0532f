"""The form that sends a file of past referrals."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from portal.fields import FileField, PortalForm, Required
from portal.sheets.reading import Sheet, Unusable
from portal.turnaround.history_reading import LAYOUT, read


class UploadForm(PortalForm):
    """Once valid, `sheet` is what the file holds."""

    file = FileField(
        _l("Upload a file of past referrals"),
        [Required(_l("Select a file"))],
        hint=_l("A CSV file in UTF-8 or an Excel workbook (.xlsx), with up to 50,000 referrals"),
        accept=".csv,.xlsx",
        size="m",
    )
    sheet: Sheet

    def validate_file(self, field: FileField) -> None:
        try:
            self.sheet = read(field.data.stream.read(LAYOUT.most_bytes + 1))
        except Unusable as error:
            raise ValidationError(str(error.reason)) from None

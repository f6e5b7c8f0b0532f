"""The form that sends an extract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.fields import FileField, Option, PortalForm, RadioField, Required
from portal.register.columns import AS_THEY_ARE, ColumnMap, layout, read_map
from portal.sheets.reading import Sheet, Unusable, read

SOURCES = {"delius": _l("Delius"), "niche": _l("Niche")}
MOST_OF_A_MAP = 100_000


class ExtractForm(PortalForm):
    """Once valid, `sheet` is what the file holds, read with `mapped`."""

    source = RadioField(
        _l("Where is the file from?"),
        [Required(_l("Select where the file is from"))],
        choices=[
            Option("delius", SOURCES["delius"], _l("Probation’s case system")),
            Option("niche", SOURCES["niche"], _l("The police records system")),
        ],
        size="m",
    )
    file = FileField(
        _l("Upload the extract"),
        [Required(_l("Select a file"))],
        hint=_l("A CSV file or an Excel workbook (.xlsx), with up to 50,000 people"),
        accept=".csv,.xlsx",
        size="m",
    )
    columns = FileField(
        _l("Upload a file of columns (optional)"),
        hint=_l("Whoever makes your extracts can give you one (.toml)"),
        accept=".toml",
    )
    sheet: Sheet
    mapped: ColumnMap = AS_THEY_ARE

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        return super().validate(extra_validators) and self._read_map() and self._read_file()

    def _read_map(self) -> bool:
        if not self.columns.data:
            return True
        try:
            self.mapped = read_map(self.columns.data.stream.read(MOST_OF_A_MAP), self.source.data)
        except Unusable as error:
            self.columns.errors = [str(error.reason)]
        return not self.columns.errors

    def _read_file(self) -> bool:
        wanted = layout(self.source.data, self.mapped)
        try:
            self.sheet = read(self.file.data.stream.read(wanted.most_bytes + 1), wanted)
        except Unusable as error:
            self.file.errors = [str(error.reason)]
        return not self.file.errors

"""The columns of the two extracts, the headings under which they may stand, and maps for files that differ."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.register.stated import IDENTIFIER
from portal.sheets.findings import fold
from portal.sheets.reading import Layout, Unusable, heading_key

COLUMNS = {
    "delius": (
        "crn", "pnc_id", "noms_number", "surname", "forenames", "date_of_birth", "sex", "language", "area",
        "local_authority", "probation_om_email", "cohort", "cohort_from", "wisdom", "y2a", "mappa", "needs",
    ),
    "niche": (
        "niche_ref", "pnc_id", "surname", "forenames", "date_of_birth", "sex", "area", "local_authority",
        "police_om_email", "cohort", "cohort_from", "wisdom",
    ),
}  # fmt: skip
REF = IDENTIFIER
OM = {"delius": "probation_om_email", "niche": "police_om_email"}
REQUIRED = ("surname", "forenames", "area")
DATES = ("date_of_birth", "cohort_from")
REASON = "reason"  # what the file of refused rows has besides
# Other headings that mean the same without doubt; all else takes a map.
HEADINGS = {
    "crn": ("crn_number", "case_reference_number"),
    "niche_ref": ("niche_reference", "niche_id", "nominal_ref", "nominal_reference"),
    "pnc_id": ("pnc", "pncid", "pnc_number", "pnc_no"),
    "noms_number": ("noms", "noms_no", "noms_id", "nomis_number", "nomis_id", "prison_number"),
    "surname": ("last_name", "family_name", "cyfenw"),
    "forenames": ("forename", "forename(s)", "first_name", "first_names", "given_names", "enwau_cyntaf"),
    "date_of_birth": ("dob", "d.o.b.", "birth_date", "dyddiad_geni"),
    "sex": ("rhyw",),
    "language": ("preferred_language", "iaith"),
    "area": ("police_force", "police_force_area", "force", "ardal"),
    "local_authority": ("unitary_authority", "awdurdod_lleol"),
    "probation_om_email": ("probation_om", "om_email"),
    "police_om_email": ("police_om", "om_email"),
    "cohort": ("iom_cohort", "carfan"),
    "cohort_from": ("cohort_start", "cohort_start_date"),
    "needs": ("anghenion",),
}
SERIALS = range(3654, 80000)  # days as Excel numbers them, from 1910: a bare year of birth is none of them
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class ColumnMap:
    """`columns`: ours -> the file's heading. `values`: ours -> {the file's word, folded: ours}."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


AS_THEY_ARE = ColumnMap()


def layout(source: str, mapped: ColumnMap = AS_THEY_ARE, *, whole_country: bool = False) -> Layout:
    """What an extract of this source may hold; a command may be given a file of the whole country's people."""
    columns = COLUMNS[source]
    times = 10 if whole_country else 1
    return Layout(
        columns=columns,
        required=(REF[source], *REQUIRED),
        headings={
            name: (heading_key(mapped.columns[name]),)
            if name in mapped.columns
            else (name, *HEADINGS.get(name, ()))
            for name in columns
        },
        passed_over=frozenset({REASON}),
        dated=frozenset(DATES),
        serials=SERIALS,
        encodings=("utf-8-sig", "cp1252"),
        delimiters=",;\t",
        most_bytes=10 * MEGABYTE * times,
        most_rows=50_000 * times,
        most_letters=20_000_000 * times,
    )


def read_map(content: bytes, source: str) -> ColumnMap:
    """A map as TOML: `[columns]` ours = "theirs", `[values.ours]` theirs = "ours". Raises Unusable."""
    try:
        written = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise Unusable(_l("The file of columns cannot be read: it must be TOML in UTF-8")) from None
    columns = _texts(written.pop("columns", {}), source)
    values = {
        _known(name, source): {fold(theirs): ours for theirs, ours in _texts(words).items()}
        for name, words in _table(written.pop("values", {})).items()
    }
    if written:
        raise _misfit(next(iter(written)))
    return ColumnMap(columns, values)


def _texts(table: Any, source: str | None = None) -> dict[str, str]:
    """A table of texts, whose keys are columns of the source where one is given."""
    found = {}
    for name, text in _table(table).items():
        if not isinstance(text, str) or not text.strip():
            raise _misfit(name)
        found[_known(name, source) if source else name] = text
    return found


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _misfit("columns, values")
    return value


def _known(name: str, source: str) -> str:
    if name not in COLUMNS[source]:
        raise _misfit(name)
    return name


def _misfit(name: str) -> Unusable:
    return Unusable(
        _l(
            "The file of columns is wrong at %(name)s: it holds [columns], and [values.…] for columns of this source",
            name=name[:40],
        )
    )

"""The Welsh catalogue: `update` it from the code, `compile` it, or `check` that it is whole and fresh.

Each entry whose Welsh is our own, not found in published Welsh, is to be read by a native speaker before release.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "translations" / "cy" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLURALS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);"


def extract() -> Catalog:
    """Every message of the code and the templates, with where it stands."""
    template = Catalog(project="Blaenoriaeth", charset="utf-8", fuzzy=False)
    with open(ROOT / "babel.cfg", encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    found = extract_from_dir(str(ROOT), methods, options, keywords=KEYWORDS, comment_tags=("Translators:",))
    for path, _line, message, comments, context in sorted(found, key=lambda item: (item[0], item[1])):
        template.add(message, None, [(path, 1)], auto_comments=comments, context=context)
    return template


def read() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="cy", charset="utf-8")


def update() -> None:
    """Add what is new (empty), drop what is gone, keep what is written; no guessing of similar texts."""
    catalogue = read()
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, sort_output=True, include_lineno=False)
    PO.write_bytes(buffer.getvalue())
    compile_()


def compile_() -> None:
    with PO.with_suffix(".mo").open("wb") as file:
        write_mo(file, read())


def faults() -> list[str]:
    catalogue, found = read(), []
    if PLURALS not in PO.read_text(encoding="utf-8"):
        found.append(f"the plural header is not {PLURALS}")
    for message in extract():
        if not message.id:
            continue
        held = catalogue.get(message.id, message.context)
        where = message.locations[0][0] if message.locations else "?"
        if held is None:
            found.append(f"missing: {message.id!r} ({where})")
        elif held.fuzzy or not held.string or (isinstance(held.string, tuple) and not all(held.string)):
            found.append(f"without Welsh: {message.id!r} ({where})")
        else:
            found += [f"{message.id!r}: {error}" for error in held.check(catalogue)]
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    compiled = PO.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != buffer.getvalue():
        found.append("messages.mo is not what messages.po compiles to: run `make setup`")
    return found


def check() -> None:
    found = faults()
    for fault in found:
        print(f"catalogue: {fault}")
    if found:
        sys.exit(f"catalogue: {len(found)} faults. `make messages` adds what is missing; write the Welsh.")
    print(f"catalogue: {len(extract())} messages, all in Welsh and compiled")


if __name__ == "__main__":
    {"update": update, "compile": compile_, "check": check}[sys.argv[1]]()

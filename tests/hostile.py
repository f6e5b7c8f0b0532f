"""What nobody means to send, for every form: no answer may be a 500."""

from __future__ import annotations

import io
import zipfile

HOSTILE = (
    "\x00",
    "a\x00b",
    "\ud800",
    "9" * 400,
    "-1",
    "٣٤",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00%ff",
    "\u202e" + "x" * 300,
    "1e9",
    "2147483648",
)
# And where each is tried once, not in every field.
STRANGE = (
    *HOSTILE,
    "\u200b",
    "\ufeff=1+1",
    "9223372036854775808",
    "0001-01-01",
    "a\r\nBcc: x@evil.example",
    "{{ 7 * 7 }}",
    "x" * 20_000,
    "[" * 5_000,
)


def workbook_of(parts: dict[str, bytes]) -> bytes:
    """The least that opens as a workbook of one sheet, with these parts in it or in the place of its own."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    usual = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet("<row><c t='inlineStr'><is><t>a</t></is></c></row>").decode(),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in {**{name: text.encode() for name, text in usual.items()}, **parts}.items():
            book.writestr(name, content)
    return made.getvalue()


def sheet(rows: str, before: str = "") -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return f"{before}{head}{rows}</sheetData></worksheet>".encode()


def cells(*texts: str) -> str:
    return "<row>" + "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in texts) + "</row>"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
SHEET = "xl/worksheets/sheet1.xml"
# Name, content. None of them may take long, and none may be a failure.
BAD_FILES: tuple[tuple[str, bytes], ...] = (
    ("empty.csv", b""),
    ("nul.csv", b"a,b\n\x00,\x00\n"),
    ("utf16.csv", "crn,surname\nX1,Siôn\n".encode("utf-16")),
    ("latin.csv", "reference,agency\nŵ".encode()[:-1]),
    ("quotes.csv", b'"' * 1_001),
    ("../../etc/passwd\x00.csv", b"a\n1\n"),
    ("<img src=x onerror=alert(1)>.csv", b"a\n1\n"),
    ("\u202egnp.exe" + "x" * 300, b"MZ"),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    ("cut.xlsx", workbook_of({})[:300]),
    ("locked.xlsx", b"PK\x03\x04" + b"\x00" * 200),
    ("laughs.xlsx", workbook_of({SHEET: sheet(cells("&l11;"), BOMB)})),
    ("quadratic.xlsx", workbook_of({SHEET: sheet(cells("&a;" * 2_000), QUADRATIC)})),
    ("outside.xlsx", workbook_of({SHEET: sheet(cells("&f;"), OUTSIDE)})),
    (
        "strings.xlsx",
        workbook_of({"xl/sharedStrings.xml": f"{BOMB}<sst><si><t>&l11;</t></si></sst>".encode()}),
    ),
    ("macros.xlsm", workbook_of({"xl/vbaProject.bin": b"\x00" * 1_000})),
    ("formula.xlsx", workbook_of({SHEET: sheet("<row><c><f>WEBSERVICE(1)</f><v>1</v></c></row>")})),
    ("far.xlsx", workbook_of({SHEET: sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')})),
    ("deep.xlsx", workbook_of({SHEET: sheet("<x>" * 20_000)})),
)

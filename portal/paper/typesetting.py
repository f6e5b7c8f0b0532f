"""Run as a script, without the portal: sets a Typst template with the JSON of standard input, PDF to standard output.

Arguments: the template, the folder of its fonts. See docs/decisions/0010-pdf.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst


def typeset(template: Path, fonts: Path, data: str) -> bytes:
    """By PDF/UA-1; without its stamp, but tagged all the same, where a name has a letter that no font here has."""
    found = typst.Fonts(font_paths=[str(fonts)])
    compiler = typst.Compiler(str(template), font_paths=found, sys_inputs={"data": data})
    try:
        made = compiler.compile(format="pdf", pdf_standards="ua-1")
    except typst.TypstError as problem:
        if "could not be displayed" not in str(problem):
            raise
        made = compiler.compile(format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("several files where one was asked for")
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(Path(sys.argv[1]), Path(sys.argv[2]), sys.stdin.buffer.read().decode()))

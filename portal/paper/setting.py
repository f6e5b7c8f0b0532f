"""A Typst template with its words, set in a process of its own: tagged, PDF/UA-1."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.assets import BUILD

TYPESETTING = Path(__file__).parent / "typesetting.py"
SECONDS = 60


class CannotSet(Exception):
    """No PDF came of it; the text says what the typesetter said, which may hold words of the document."""


def set_pdf(template: Path, document: Mapping[str, Any]) -> bytes:
    """`document`: all that the template sets, text only, in the reader's language. Raises CannotSet."""
    # A process of its own: Typst keeps 40 MB of each document for the next one, and its words with it.
    command = [sys.executable, "-I", str(TYPESETTING), str(template), str(BUILD)]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=json.dumps(document).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotSet(f"not done in {SECONDS} seconds") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF"):
        raise CannotSet(done.stderr.decode(errors="replace"))
    return done.stdout

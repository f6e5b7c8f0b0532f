"""References a person can read over a telephone: two letters, four digits, two letters; no I, O, 0 or 1."""

from __future__ import annotations

import re
import secrets

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
PATTERN = re.compile(rf"[{LETTERS}]{{2}}[{DIGITS}]{{4}}[{LETTERS}]{{2}}")


def new_reference() -> str:
    """One of 1.4 thousand million, at random; the caller tries again where it is taken."""
    return "".join(
        secrets.choice(alphabet) for alphabet in (LETTERS, LETTERS, *[DIGITS] * 4, LETTERS, LETTERS)
    )

"""Argon2id hashes. An unknown user costs the same time as a wrong password."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MINIMUM_LENGTH = 15
FEWEST = 5  # characters that differ
COMMON = Path(__file__).parent / "data" / "common_passwords.txt"

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Does the password fit? With no hash a dummy is verified, and the answer is no."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_easily_guessed(password: str) -> bool:
    """One of the commonest passwords, alone, repeated, or between digits and signs; or hardly any characters."""
    letters = re.sub(r"[\W_]", "", password.casefold())
    repeated = letters in (letters * 2)[1:-1]
    return repeated or len(set(letters)) < FEWEST or bool({letters, letters.strip("0123456789")} & _common())


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#")) | {""}

"""Ten codes on paper for whoever has lost their second factor: 120 random bits each, kept as SHA-256, used once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

import sqlalchemy as sa

from portal.accounts.factor_models import RecoveryCode
from portal.accounts.queries import token_hash
from portal.db import db

HOW_MANY = 10
FEW = 3
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
LENGTH = 24
MISREAD = str.maketrans("OIL", "011")


def make_codes(user_id: int) -> list[str]:
    """New codes in groups of four; those of before no longer work."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=token_hash(code)) for code in codes)
    db.session.flush()
    return ["-".join(re.findall("....", code)) for code in codes]


def plain(typed: str) -> str:
    """As it was made, however it was typed: without hyphens and spaces, and with letters that are no digits put right."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(MISREAD)


def use_code(user_id: int, typed: str) -> bool:
    used = (
        sa.update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == token_hash(plain(typed)))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=sa.func.now())
        .returning(RecoveryCode.user_id)
    )
    return db.session.scalar(used) is not None


def are_own(user_id: int, codes: Iterable[str]) -> bool:
    """Are all of these unused codes of the user?"""
    given = {token_hash(plain(code)) for code in codes}
    unused = sa.select(sa.func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None), RecoveryCode.code_hash.in_(given)
    )
    return bool(given) and db.session.scalar(unused) == len(given)


def forget_codes(user_id: int) -> None:
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))

"""Attempts to sign in, counted in PostgreSQL. Nobody locks a victim out: a device known for an account has its own allowance.

An attempt is written down before it is decided, and taken back where it succeeds: a hundred made at once are a hundred.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from werkzeug.exceptions import TooManyRequests

from portal.accounts.devices import device_hash
from portal.accounts.models import SignInFailure
from portal.accounts.queries import token_hash
from portal.db import db, run

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10  # of one account from one address, or from one device that is known for it
PER_ADDRESS = 100  # of all accounts from one address
ANYWHERE = 50  # of one account from all devices that are not known for it
CODES = 30  # second factors of one account from such devices, in a day: six digits can be guessed in the end

_WRITE = """
INSERT INTO sign_in_failure (account_hash, address, code, device_hash)
SELECT %(account)s, %(address)s, %(code)s,
       (SELECT d.device_hash FROM known_device d JOIN user_account u ON u.id = d.user_id
         WHERE d.device_hash = %(device)s AND u.email = %(email)s)
RETURNING id, device_hash
"""
_COUNT = """
SELECT count(*) FILTER (WHERE own AND device_hash = %(device)s AND lately) AS known,
       count(*) FILTER (WHERE own AND address = %(address)s AND strange AND lately) AS here,
       count(*) FILTER (WHERE address = %(address)s AND strange AND lately) AS address,
       count(*) FILTER (WHERE own AND strange AND lately) AS anywhere,
       count(*) FILTER (WHERE own AND strange AND code) AS codes
FROM (SELECT address, device_hash, code, device_hash IS NULL AS strange, account_hash = %(account)s AS own,
             at > now() - %(window)s AS lately
        FROM sign_in_failure
       WHERE id <> %(id)s AND at > now() - interval '1 day'
         AND (account_hash = %(account)s OR (address = %(address)s AND at > now() - %(window)s))) tried
"""


def begin(account: str | None, address: str, device: str | None, *, code: bool = False) -> int:
    """Write the attempt down for others to count, at once, and give its id. Raises TooManyRequests.

    `account`: an email address; None where none is guessed at, and the address alone counts. `device`: the token of
    its cookie.
    """
    email = secrets.token_hex() if account is None else account.strip().lower()
    values = {
        "account": token_hash(email),
        "address": address,
        "code": code,
        "device": device_hash(device),
        "email": email,
    }
    made = run(_WRITE, values)[0]
    db.session.commit()
    counted = run(_COUNT, values | {"id": made.id, "window": WINDOW})[0]
    if made.device_hash is not None:
        too_many = counted.known >= PER_ACCOUNT
    else:
        too_many = (
            counted.here >= PER_ACCOUNT or counted.address >= PER_ADDRESS or counted.anywhere >= ANYWHERE
        )
        too_many = too_many or (code and counted.codes >= CODES)
    if too_many:
        forgive(made.id)
        db.session.commit()
        raise TooManyRequests
    return int(made.id)


def forgive(attempt: int) -> None:
    """Only failures count."""
    db.session.execute(sa.delete(SignInFailure).where(SignInFailure.id == attempt))

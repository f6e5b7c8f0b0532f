"""The access log: who read and changed what, written in the transaction of the reading itself.

The table takes rows only through the database function `write_audit`, and gives none back to the application's
role: no trace, no page.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

from flask_login import current_user

from portal.db import run

_WRITE = "SELECT write_audit(%(who)s, %(what)s, %(about)s, %(ids)s::bigint[], %(area)s, %(agency)s, %(more)s::jsonb)"
_SEARCH = "SELECT write_search(%(who)s, %(ids)s::bigint[], %(more)s::jsonb, %(typed)s, %(salt)s)"


def record(
    action: str,
    subject: str | None = None,
    ids: Sequence[int] = (),
    *,
    area_id: int | None = None,
    agency_id: int | None = None,
    by: int | None = None,
    **detail: Any,
) -> None:
    """Write one entry: `action` such as `referral.read`, `subject` person or referral, `ids` of what was shown.

    A list page writes one entry with the ids of its rows. `detail` takes codes only, never names or words.
    """
    who = by if by is not None else getattr(current_user, "id", None) if current_user else None
    run(
        _WRITE,
        {
            "who": who,
            "what": action,
            "about": subject,
            "ids": "{" + ",".join(map(str, ids)) + "}",
            "area": area_id,
            "agency": agency_id,
            "more": json.dumps(detail),
        },
    )


def record_search(typed: str, ids: Sequence[int], **detail: Any) -> None:
    """A search for people, and whom it found. The words stand apart, where erasure and their short period reach them.

    The entry holds their HMAC under a key of its own that goes with them: from then on nobody can try words out.
    """
    salt = secrets.token_bytes(32)
    detail["typed"] = hmac.digest(salt, typed.encode(), hashlib.sha256).hex()
    run(
        _SEARCH,
        {
            "who": current_user.id,
            "ids": "{" + ",".join(map(str, ids)) + "}",
            "more": json.dumps(detail),
            "typed": typed,
            "salt": salt,
        },
    )

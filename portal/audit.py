"""The access log: who read and changed what, written in the transaction of the reading itself.

The table takes rows only through the database function `write_audit`, and gives none back to the application's
role: no trace, no page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask_login import current_user

from portal.db import run

_WRITE = "SELECT write_audit(%(who)s, %(what)s, %(about)s, %(ids)s::bigint[], %(area)s, %(agency)s, %(more)s::jsonb)"


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

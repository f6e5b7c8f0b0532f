"""What signing in leaves behind goes by itself: attempts after a day, challenges, keys never confirmed, old devices."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.devices import LIFE
from portal.accounts.factor_models import KnownDevice, PasskeyChallenge, TotpKey
from portal.accounts.models import SignInFailure
from portal.db import db
from portal.jobs import periodic

DAY = timedelta(days=1)


@periodic(seconds=3600)
def sweep_attempts() -> None:
    day_ago = sa.func.now() - DAY
    for old in (
        sa.delete(SignInFailure).where(SignInFailure.at < day_ago),
        sa.delete(PasskeyChallenge).where(PasskeyChallenge.made_at < day_ago),
        sa.delete(TotpKey).where(TotpKey.confirmed_at.is_(None), TotpKey.created_at < day_ago),
        sa.delete(KnownDevice).where(KnownDevice.seen_at < sa.func.now() - LIFE),
    ):
        db.session.execute(old)
    db.session.commit()

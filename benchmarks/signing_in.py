"""Does the time that an answer takes say who has an account? Wrong passwords, and asking for a reset, turn about.

Prints the medians of a user and of a stranger, and fails where they are more than 10 ms apart. `make bench-signin`;
its small portal is made once, under .portal/bench-signin.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from flask import Flask  # noqa: E402

from config import Settings  # noqa: E402
from portal import create_app, schema  # noqa: E402
from portal.access import Role  # noqa: E402
from portal.accounts.actions import create_user  # noqa: E402
from portal.accounts.models import OneTimeLink, SignInFailure  # noqa: E402
from portal.accounts.passwords import hash_password  # noqa: E402
from portal.accounts.queries import get_user_by_email  # noqa: E402
from portal.db import as_owner, db  # noqa: E402

ROUNDS = 100
APART = 0.010  # seconds
USER, STRANGER = "known@bench.example", "nobody@bench.example"
PAGES = {"/sign-in": {"password": "a wrong one of some length"}, "/sign-in/reset": {}}


def open_app() -> Flask:
    app = create_app(Settings(home=ROOT / ".portal" / "bench-signin", secret_key="only for benchmarks"))  # noqa: S106
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    schema.upgrade(app.config["OWNER_URL"], app.config["APP_ROLE"])
    with app.app_context(), as_owner():
        if get_user_by_email(USER) is None:
            create_user(USER, "Known", Role.ANALYST).password_hash = hash_password(
                "a right one of some length"
            )
            db.session.commit()
    return app


def ask(app: Flask, path: str, email: str) -> float:
    """Seconds that the answer takes, with nothing left of earlier ones."""
    with app.app_context(), as_owner():
        db.session.execute(sa.delete(SignInFailure))
        db.session.execute(sa.delete(OneTimeLink))
        db.session.commit()
    begun = time.perf_counter()
    answer = app.test_client().post(path, data={"email": email, **PAGES[path]})
    took = time.perf_counter() - begun
    if answer.status_code not in (302, 422):
        sys.exit(f"{path} answered {answer.status_code}")
    return took


def main() -> None:
    app, far = open_app(), False
    for path in PAGES:
        took: dict[str, list[float]] = {USER: [], STRANGER: []}
        for _round in range(ROUNDS):
            for email, times in took.items():
                times.append(ask(app, path, email))
        user, stranger = (statistics.median(times) for times in took.values())
        far |= abs(user - stranger) > APART
        print(f"{path}: a user {user * 1000:.1f} ms, a stranger {stranger * 1000:.1f} ms")
    sys.exit(far)


if __name__ == "__main__":
    main()

"""What the pages that matter most cost with 10,000 and with 1,000,000 referrals, and beside a bare Flask page.

Both databases are read in one run, turn about, and medians are compared, so that a noisy machine does no harm.
Run it with `make bench`; the databases are made once, under .portal/bench-N.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from flask import Flask  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402

from config import Settings  # noqa: E402
from portal import create_app  # noqa: E402
from portal.accounts.models import User, UserSession  # noqa: E402
from portal.accounts.queries import token_hash  # noqa: E402
from portal.db import as_owner, db  # noqa: E402
from portal.web import SESSION_KEY  # noqa: E402

SMALL, LARGE = 10_000, 1_000_000
CONNECTIONS = 8
BIN = ROOT / ".venv" / "bin"
BARE = "from flask import Flask\napp = Flask('bare')\n@app.get('/referrals')\ndef page():\n    return '<p>bare</p>'\n"


def home_of(referrals: int) -> Path:
    return ROOT / ".portal" / f"bench-{referrals}"


def make(home: Path, referrals: int) -> None:
    if (home / "bench.made").exists():
        return
    env = {**os.environ, "PORTAL_HOME": str(home), "PORTAL_DEMO": "1"}
    for command in (["init"], ["demo", "--referrals", str(referrals)]):
        subprocess.run([str(BIN / "flask"), "--app", "wsgi", *command], env=env, cwd=ROOT, check=True)  # noqa: S603
    (home / "bench.made").touch()


def open_app(home: Path) -> Flask:
    app = create_app(Settings(home=home, secret_key="only for benchmarks", demo=True, requests_a_minute=0))  # noqa: S106
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    return app


def session_cookie(app: Flask, email: str) -> str:
    """A signed-in session's cookie, made without the cost of a password."""
    token = f"bench {email}"
    with app.app_context(), as_owner():
        user = db.session.scalars(sa.select(User).where(User.email == email)).one()
        db.session.merge(UserSession(token_hash=token_hash(token), user_id=user.id))
        now = sa.func.now()
        db.session.flush()
        db.session.execute(sa.update(UserSession).values(seen_at=now, created_at=now))
        db.session.commit()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps({SESSION_KEY: token, "language": "en"}))


def signed_in(app: Flask, email: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], session_cookie(app, email))
    return client


def pages(app: Flask) -> dict[str, Callable[[], object]]:
    """The pages measured, each as a call that must succeed."""
    with app.app_context(), as_owner():
        reference = db.session.scalar(
            sa.text(
                "SELECT r.reference FROM referral r JOIN user_account u ON u.agency_id = r.agency_id"
                " WHERE u.email = 'housing@demo.example' AND r.status = 'accepted' ORDER BY r.id DESC LIMIT 1"
            )
        )
        crn = db.session.scalar(
            sa.text(
                "SELECT p.crn FROM person p JOIN user_account u ON u.id = p.police_om_id"
                " WHERE u.email = 'officer@demo.example' AND p.crn IS NOT NULL AND NOT p.restricted LIMIT 1"
            )
        )
    worker, officer, manager = (
        signed_in(app, f"{who}@demo.example") for who in ("housing", "officer", "manager")
    )

    def call(visit: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            response = visit()
            if response.status_code != 200:  # type: ignore[attr-defined]
                raise RuntimeError(response.get_data(as_text=True))  # type: ignore[attr-defined]
            return response

        return run

    return {
        "agency inbox": call(lambda: worker.get("/referrals?tab=open")),
        "agency inbox, to decide": call(lambda: worker.get("/referrals")),
        "officer's list": call(lambda: officer.get("/referrals")),
        "referral page": call(lambda: worker.get(f"/referrals/{reference}")),
        "people search, name": call(lambda: officer.post("/people", data={"terms": "enghraifft"})),
        "people search, CRN": call(lambda: officer.post("/people", data={"terms": crn})),
        "officer's home": call(lambda: officer.get("/")),
        "turnaround": call(lambda: manager.get("/turnaround")),
    }


def milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def compare_sizes(small: Flask, large: Flask, rounds: int) -> None:
    print(f"\nMedian of {rounds}, milliseconds in the process, turn about")
    print(f"{'page':28}{SMALL:>12,}{LARGE:>12,}{'ratio':>8}")
    few, many = pages(small), pages(large)
    for name in few:
        for _ in range(10):
            few[name](), many[name]()
        times = [(milliseconds(few[name]), milliseconds(many[name])) for _ in range(rounds)]
        a, b = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:28}{a:>12.2f}{b:>12.2f}{b / a:>8.2f}")


def serve(app: str, port: int, env: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    command = [str(BIN / "gunicorn"), app, "--no-control-socket", "--workers", "2", "--threads", "4"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error", "--keep-alive", "30"]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, **env}, stderr=subprocess.DEVNULL)  # noqa: S603


def per_second(port: int, cookie: str, seconds: float) -> float:
    """Requests a second over eight kept connections."""
    until = time.perf_counter() + seconds

    def visit(_number: int) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        count = 0
        while time.perf_counter() < until:
            connection.request("GET", "/referrals?tab=open", headers={"Cookie": cookie})
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{response.status} from port {port}")
            count += 1
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(visit, range(CONNECTIONS))) / seconds


def compare_bare(large: Flask, home: Path, rounds: int) -> None:
    """The inbox and a bare page on the same server, turn about: the ratio of their requests a second."""
    (home / "bare.py").write_text(BARE)
    cookie = f"{large.config['SESSION_COOKIE_NAME']}={session_cookie(large, 'housing@demo.example')}"
    env = {"PORTAL_HOME": str(home), "SECRET_KEY": "only for benchmarks", "PORTAL_DEMO": "1"}
    servers = [serve("wsgi:app", 8191, env, ROOT), serve("bare:app", 8192, {}, home)]
    try:
        time.sleep(6)
        per_second(8191, cookie, 2), per_second(8192, "", 1)
        pairs = [(per_second(8191, cookie, 2), per_second(8192, "", 2)) for _ in range(rounds)]
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    inbox, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"\nInbox {inbox:.0f} requests a second, bare Flask page {bare:.0f}: ratio {ratio:.3f} (median of {rounds})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--large-home", type=Path, default=home_of(LARGE))
    parser.add_argument("--small-home", type=Path, default=home_of(SMALL))
    chosen = parser.parse_args()
    make(chosen.small_home, SMALL)
    make(chosen.large_home, LARGE)
    small, large = open_app(chosen.small_home), open_app(chosen.large_home)
    compare_sizes(small, large, chosen.rounds)
    compare_bare(large, chosen.large_home, 7)


if __name__ == "__main__":
    main()

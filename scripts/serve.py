"""`make run`: the portal's own PostgreSQL, web server and worker, until Ctrl-C; demo data on the first run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
if os.environ.get("PORTAL_ENV") != "production":
    os.environ.setdefault("PORTAL_DEMO", "1")

from config import SettingsError, from_environment  # noqa: E402
from portal.postgres import Cluster, PostgresUnavailable  # noqa: E402

BIN = ROOT / ".venv" / "bin"
FLASK = [str(BIN / "flask"), "--app", "wsgi"]


def main() -> int:
    try:
        settings = from_environment()
        if settings.database_url:
            return serve(own_database=False)
        with Cluster(settings.home):
            return serve(own_database=True)
    except (SettingsError, PostgresUnavailable) as problem:
        print(f"run: {problem}", file=sys.stderr)
        return 1


def serve(*, own_database: bool) -> int:
    port = int(os.environ.get("PORT", "8000"))
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(
                f"port {port} is in use. Stop what uses it, or choose another: PORT=8001 make run"
            )
    command("init")
    if own_database and os.environ.get("PORTAL_DEMO") == "1":
        command("demo", "--if-empty")
    if os.environ.get("PORTAL_ENV") == "production":
        command("check", "--at-start")
    web = [str(BIN / "gunicorn"), "wsgi:app", "--no-control-socket", "--workers", "2", "--threads", "4"]
    web += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    children = [start(web), start([*FLASK, "worker"])]
    print(f"\nBlaenoriaeth is at http://localhost:{port}  (Ctrl-C stops it)", flush=True)
    if os.environ.get("PORTAL_DEMO") == "1":
        print("Sign in as officer@demo.example, password: demonstration only 2026\n", flush=True)
    return wait(children)


def command(*arguments: str) -> None:
    if subprocess.run([*FLASK, *arguments], check=False).returncode != 0:  # noqa: S603
        raise SettingsError(f"`flask {' '.join(arguments)}` failed: see the lines above.")


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """A child in a session of its own: Ctrl-C reaches it through us, once."""
    return subprocess.Popen(arguments, start_new_session=True)  # noqa: S603


def wait(children: list[subprocess.Popen[bytes]]) -> int:
    """Until a signal, or until a child ends; then the others are stopped, the database last."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    code = 0
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
        code = next(child.returncode for child in children if child.returncode is not None) or 1
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
    return code


if __name__ == "__main__":
    sys.exit(main())

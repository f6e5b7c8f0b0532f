"""A portal of real processes on a PostgreSQL of its own, which may be stopped, killed, frozen and filled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from bs4 import BeautifulSoup
from flask import Flask

from config import Settings
from portal import create_app, schema
from portal.agencies import reference_data
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.postgres import Cluster
from tests import TODAY
from tests.conftest import dispose, sign_in_client
from tests.factories import make_user

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
KEY = "only for tests, never anywhere else"


def wait_for(what: Callable[[], object], seconds: float, why: str = "") -> float:
    """Seconds until it holds; an error of the connection counts as not yet."""
    began = time.monotonic()
    while True:
        with suppress(requests.RequestException):
            if what():
                return time.monotonic() - began
        assert time.monotonic() - began < seconds, why or "it did not come"
        time.sleep(0.1)


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str]
    seconds: float


@dataclass
class Running:
    """`base`: its address. `cookie`: of an officer who has signed in."""

    home: Path
    cluster: Cluster
    port: int
    cookie: str = ""
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.cluster.app_url,
            "DATABASE_OWNER_URL": self.cluster.owner_url,
            "PORTAL_HOME": str(self.home),
            "SECRET_KEY": KEY,
            "PORTAL_DEMO": "1",
            "PORT": str(self.port),
        }

    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            secret_key=KEY,
            database_url=self.cluster.app_url,
            database_owner_url=self.cluster.owner_url,
            demo=True,
        )

    def start(self, *command: str, log: str, **environ: str) -> subprocess.Popen[bytes]:
        with open(self.home / log, "ab") as output:
            child = subprocess.Popen(
                command, cwd=ROOT, env=self.environ | environ, stdout=output, stderr=output, start_new_session=True
            )  # fmt: skip
        self.children.append(child)
        return child

    def serve(self, workers: int = 2, **environ: str) -> subprocess.Popen[bytes]:
        listen = ("--bind", f"127.0.0.1:{self.port}", "--workers", str(workers), "--threads", "4")
        return self.start(str(BIN / "gunicorn"), "wsgi:app", *listen, log="web.log", **environ)

    def work(self, **environ: str) -> subprocess.Popen[bytes]:
        return self.start(str(BIN / "flask"), "--app", "wsgi", "worker", log="worker.log", **environ)

    def ask(self, path: str, *, timeout: float = 60, **posted: str) -> Answer:
        """GET, or POST where something is given; as the officer."""
        began = time.monotonic()
        answer = requests.request(
            "POST" if posted else "GET",
            self.base + path,
            data=posted or None,
            headers={"Cookie": f"portal={self.cookie}", "Referer": self.base},
            timeout=timeout,
            allow_redirects=False,
        )
        seconds = time.monotonic() - began
        return Answer(answer.status_code, answer.text, dict(answer.headers), seconds)

    def ready(self) -> dict[str, str]:
        return dict(requests.get(self.base + "/readyz", timeout=20).json())

    def postgres(self) -> list[int]:
        """The server's processes, its first one first."""
        first = int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        return [first, *(pid for pid, parent in _parents() if parent == first)]

    def signal_postgres(self, what: signal.Signals) -> None:
        for pid in self.postgres():
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.signal_postgres(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal_postgres(signal.SIGCONT)

    @contextmanager
    def without_postgres(self, how: signal.Signals) -> Iterator[None]:
        """Stopped in good order (SIGINT to the first process), or all killed at once (SIGKILL)."""
        gone = self.postgres()
        if how is signal.SIGKILL:
            self.signal_postgres(how)
        else:
            os.kill(gone[0], how)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in gone), 20)
        try:
            yield
        finally:
            self.cluster.start()

    def stop(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(40)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def typed(page: str) -> dict[str, str]:
    """What the form of the page would send: of each list the first that may be chosen, no boxes and no buttons."""
    found = {}
    for control in BeautifulSoup(page, "html.parser").select("main form [name]"):
        chosen = control.select("option[value]:not([value=''])")
        if control.name == "select":
            found[str(control["name"])] = str(chosen[0]["value"]) if chosen else ""
        elif control.get("type") not in ("checkbox", "radio", "submit"):
            found[str(control["name"])] = str(control.get("value", ""))
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                yield int(entry.name), int(after_name[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path) -> Iterator[Running]:
    """Migrated, with an officer; nothing is served yet. Whatever was started is stopped in the end."""
    with Cluster(home) as cluster:
        made = Running(home, cluster, free_port())
        schema.upgrade(cluster.owner_url, "portal_app")
        app = create_app(made.settings())
        with app.app_context():
            with as_owner():
                reference_data.load(TODAY)
                db.session.commit()
            enter_scope(SYSTEM)
            made.cookie = cookie_of(app)
        try:
            yield made
        finally:
            made.stop()
            dispose(app)


def cookie_of(app: Flask) -> str:
    client = sign_in_client(app, make_user("iom_officer"))
    cookie = client.get_cookie("portal")
    assert cookie is not None
    return cookie.value

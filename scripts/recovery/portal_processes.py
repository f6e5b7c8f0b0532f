"""The portal as processes, run as an operator runs it: commands, web server, worker; of this release or another."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.recovery.server import DrillFailed, Server
from scripts.recovery.traffic import Visitor

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Processes:
    """`code`: the folder of the release that runs."""

    server: Server
    home: Path
    code: Path = ROOT

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
        return kept | {
            "PORTAL_HOME": str(self.home),
            "PORTAL_DEMO": "1",
            "SECRET_KEY": "only for drills, never anywhere else",
            "DATABASE_URL": self.server.url("portal_app"),
            "DATABASE_OWNER_URL": self.server.url("portal_owner"),
        }

    def run(self, *arguments: str) -> str:
        """A command of the portal; DrillFailed where it ends with anything but 0."""
        command = [str(BIN / "flask"), "--app", "wsgi", *arguments]
        done = subprocess.run(command, cwd=self.code, env=self.environment, capture_output=True, text=True)  # noqa: S603
        if done.returncode != 0:
            raise DrillFailed(f"`{' '.join(arguments)}` failed: {done.stdout[-500:]} {done.stderr[-1000:]}")
        return done.stdout

    @contextmanager
    def served(self, *, worker: bool = False) -> Iterator[str]:
        """Its address, once it answers."""
        port = _free_port()
        web = [str(BIN / "gunicorn"), "wsgi:app", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
        commands = [[*web, "--log-level", "warning", "--no-control-socket"]]
        if worker:
            commands.append([str(BIN / "flask"), "--app", "wsgi", "worker"])
        with ExitStack() as stack:
            for command in commands:
                stack.enter_context(self._process(command))
            wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"

    @contextmanager
    def _process(self, command: list[str]) -> Iterator[None]:
        with subprocess.Popen(  # noqa: S603
            command, cwd=self.code, env=self.environment, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE / 2)
                except subprocess.TimeoutExpired:
                    process.kill()


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while not Visitor(address).ask("/sign-in"):
        if time.monotonic() > until:
            raise DrillFailed(f"The portal does not answer at {address}.")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def copy_built(code: Path) -> None:
    """What set-up makes and git does not hold: assets and compiled translations, as they are here."""
    shutil.copytree(ROOT / "portal/static/build", code / "portal/static/build", dirs_exist_ok=True)
    for made in (ROOT / "translations").rglob("*.mo"):
        shutil.copy(made, code / made.relative_to(ROOT))

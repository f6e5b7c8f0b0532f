"""Web nodes, workers and the proxy of a drill, by the files of deploy/."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import time
from http.client import HTTPConnection
from pathlib import Path

from scripts.nodes import network
from scripts.nodes.network import MACHINES, address, name, within

ROOT = Path(__file__).parent.parent.parent
BIN = ROOT / ".venv" / "bin"
FLASK = (str(BIN / "flask"), "--app", "wsgi")
MAIL_PORT = 2525
DATABASES = [machine for machine in MACHINES if machine.startswith("db_")]
# As in deploy/environment: both servers, whichever takes writes, and none waited for without end.
FOLLOWS = "connect_timeout=2&tcp_user_timeout=4000&keepalives_idle=3&keepalives_interval=1&keepalives_count=3&sslmode=verify-full"


def make_certificates(folder: Path) -> None:
    """An authority of the drill’s own, and a certificate for each machine."""
    folder.mkdir(mode=0o755)
    authority = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl = ["openssl", "req", "-x509", *authority]
    _run(
        [
            *openssl,
            "-subj",
            "/CN=drill",
            "-keyout",
            folder / "authority.key",
            "-out",
            folder / "authority.pem",
        ]
    )
    for machine in MACHINES:
        key, certificate = folder / f"{machine}.key", folder / f"{machine}.pem"
        _run([
            *openssl, "-subj", f"/CN={name(machine)}", "-addext", f"subjectAltName=DNS:{name(machine)}",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder / "authority.pem",
            "-CAkey", folder / "authority.key", "-keyout", key, "-out", certificate,
        ])  # fmt: skip


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)


def database_url(role: str, password: str, tls: Path, only: str | None = None) -> str:
    """Of whichever server takes writes, or of one server."""
    hosts = name(only) if only else ",".join(map(name, DATABASES)) + "&target_session_attrs=read-write"
    return f"postgresql+psycopg://{role}:{password}@/portal?host={hosts}&{FOLLOWS}&sslrootcert={tls / 'authority.pem'}"


class Machines:
    """What runs of the portal, by name: web_a, worker_a, …; each machine has a PORTAL_HOME of its own."""

    def __init__(self, home: Path, passwords: dict[str, str], tls: Path, read_from: str) -> None:
        self.home, self.tls = home, tls
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        own = database_url("portal_owner", passwords["portal_owner"], tls)
        self.shared = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PORTAL_DEMO": "1",
            "BASE_URL": "https://portal.example",
            "TRUSTED_PROXIES": "1",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "AUDIT_SIGNING_KEY": str(home / "signing_key.pem"),
            "DATABASE_URL": database_url("portal_app", passwords["portal_app"], tls),
            "DATABASE_READ_URL": database_url("portal_app", passwords["portal_app"], tls, read_from),
            "MAIL_SERVER": address("proxy"),
            "MAIL_PORT": str(MAIL_PORT),
        }
        self.owner = self.shared | {"DATABASE_OWNER_URL": own, "PORTAL_HOME": str(home / "web_a")}
        _run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", home / "signing_key.pem"])

    def command(self, *arguments: str) -> str:
        """One of the portal’s commands, as the owner, on the first node."""
        return network.on("web_a", *FLASK, *arguments, env=self.owner, cwd=ROOT)

    def start(self, what: str) -> None:
        """`web_a`, `worker_b`, …"""
        kind, letter = what.split("_")
        machine = f"web_{letter}"
        environment = self.shared | {"PORTAL_HOME": str(self.home / machine)}
        web = [
            BIN / "gunicorn",
            "wsgi:app",
            "--workers",
            "1",
            "--threads",
            "4",
            "--bind",
            f"{address(machine)}:8000",
        ]
        command = within(machine, *(web if kind == "web" else [*FLASK, "worker"]))
        log = open(self.home / f"{what}.log", "ab")  # noqa: SIM115
        self.running[what] = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )

    def start_and_wait(self, web: str) -> None:
        """Until it answers by itself: what fails next must find it there."""
        self.start(web)
        until = time.monotonic() + 60
        while True:
            line = HTTPConnection(address(web), 8000, timeout=60)
            try:
                line.request("GET", "/healthz", headers={"Host": "portal.example"})
                if line.getresponse().status == 200:
                    return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            finally:
                line.close()

    def kill(self, what: str) -> None:
        """All of it at once, as a machine that fails; its kernel still refuses who asks."""
        os.killpg(self.running[what].pid, signal.SIGKILL)
        self.running.pop(what).wait()

    def times_said(self, fault: str) -> int:
        """How often a web node wrote that it did not read from the standby, for this reason."""
        return sum(
            line.count('"standby_not_read"') and line.count(f'"fault": "{fault}"')
            for log in self.home.glob("web_*.log")
            for line in log.read_text().splitlines()
        )

    def start_proxy(self) -> None:
        """nginx with the site of deploy/nginx; only folders and keys are the drill’s."""
        folder = self.home / "nginx"
        folder.mkdir()
        site = (ROOT / "deploy" / "nginx" / "blaenoriaeth.conf").read_text()
        for theirs, ours in {
            "/etc/blaenoriaeth/tls/portal": str(self.tls / "proxy"),
            "/var/log/nginx": str(folder),
            "/opt/blaenoriaeth": str(ROOT),
        }.items():
            assert theirs in site, theirs
            site = site.replace(theirs, ours)
        (folder / "site.conf").write_text(site)
        temporary = "".join(
            f"{each}_temp_path {folder}/{each};\n"
            for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"user root;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
            f"http {{\ndefault_type application/octet-stream;\n{temporary}include {folder}/site.conf;\n}}\n"
        )
        for line in re.findall(r"^net\S+ = \d+$", (ROOT / "deploy" / "sysctl.conf").read_text(), re.M):
            for machine in MACHINES:
                network.on(machine, "sysctl", "-q", "-w", line.replace(" ", ""))
        log = open(folder / "log", "ab")  # noqa: SIM115
        self.running["proxy"] = subprocess.Popen(
            ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        until = time.monotonic() + 10
        for process in self.running.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

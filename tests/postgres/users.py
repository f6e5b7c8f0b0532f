"""Processes and questions for the tests of the portal's own PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from portal import postgres
from portal.postgres import Cluster

# A process of its own. The package is imported by its folder, so that nothing else of the portal is loaded.
USER = """
import os, sys
sys.path.append(sys.argv[1])
from pathlib import Path
from postgres import Cluster
uid = int(sys.argv[3])
if uid != os.geteuid():
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
cluster = Cluster(Path(sys.argv[2]), durable=False)
cluster.start()
print("started", flush=True)
if sys.stdin.readline():
    cluster.stop()
    print("stopped", flush=True)
"""


def another_user(home: Path, uid: int = os.geteuid()) -> subprocess.Popen[str]:
    """Starts the cluster in a process; it stops it when it reads a line, and just leaves at end of input."""
    package = Path(postgres.__file__).parent.parent
    return subprocess.Popen(
        [sys.executable, "-B", "-c", USER, str(package), str(home), str(uid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], line: str) -> str:
    return process.communicate(line, timeout=30)[0].strip()


def connect(
    cluster: Cluster, role: str = "portal_owner", name: str | None = None
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.url(role, name).replace("+psycopg", ""), autocommit=True)


def ask(cluster: Cluster, query: bytes, role: str = "portal_owner", name: str | None = None) -> object:
    with connect(cluster, role, name) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def server(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def is_running(home: Path) -> bool:
    return (home / "postgres/data/postmaster.pid").exists()


def kill_server(home: Path) -> int:
    """Kills the postmaster outright, waits until it is dead, and returns its number."""
    number = server(home)
    os.kill(number, signal.SIGKILL)
    with suppress(FileNotFoundError):
        while Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.01)
    return number

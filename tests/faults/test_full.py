"""Disks that are full or read-only, a database whose tables are locked, a pool with nothing left."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import db
from tests.faults.running import Running, running, typed, wait_for
from tests.faults.test_away import BACK, BOUND


@contextmanager
def disk(at: Path, size: str) -> Iterator[Path]:
    """A disk of its own, in memory."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("a disk of its own needs root and mount")
    at.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "portal-test", str(at)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mount is not allowed here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@contextmanager
def full(at: Path, left: int = 0) -> Iterator[None]:
    """So many bytes are left."""
    filler = at / "filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            for size in (2**20, 4096):
                with suppress(OSError):
                    while file.write(b"\0" * size) == size:
                        pass
            file.truncate(max(0, file.tell() - left))
        yield
    finally:
        filler.unlink()


def people(portal: Running) -> tuple[int, int]:
    """How many there are, and how many of them the access log has as added."""
    with sa.create_engine(portal.cluster.owner_url).connect() as connection:
        asked = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM audit_entry WHERE action = 'person.added')"
        return tuple(connection.execute(sa.text(asked)).one())  # type: ignore[return-value]


def add(portal: Running, number: int) -> int:
    """Add a person; the status of the answer."""
    page = portal.ask("/people/add")
    if page.status != 200:
        return page.status
    fields = typed(page.text) | {
        "surname": f"Enghraifft{number}", "forenames": "Siân", "sex": "female", "language": "cy",
        "date_of_birth-day": "4", "date_of_birth-month": "5", "date_of_birth-year": str(1950 + number % 50),
    }  # fmt: skip
    return portal.ask("/people/add", **fields).status


def test_a_full_disk_beneath_the_database_refuses_whole_and_comes_back(tmp_path: Path) -> None:
    with disk(tmp_path / "portal" / "postgres", "160m"), running(tmp_path / "portal") as portal:
        portal.serve(workers=1)
        wait_for(lambda: portal.ask("/people").status == 200, 60)
        with full(tmp_path / "portal" / "postgres", left=256 * 1024):
            told = [add(portal, 0)]
            while told[-5:] != [503] * 5 and len(told) < 1000:
                told.append(add(portal, len(told)))
            assert portal.ask("/healthz").status == 200
        assert set(told) == {302, 503}
        assert people(portal) == (told.count(302), told.count(302))
        back = wait_for(lambda: add(portal, 9999) == 302, BACK)
        print(
            f"full disk: {told.count(302)} saved whole, {told.count(503)} refused whole; back in {back:.1f} s"
        )


@pytest.mark.skipif("PORTAL_TIMES" not in os.environ, reason="half a minute: make drill-away")
def test_a_home_that_is_full_or_read_only_stops_no_page(tmp_path: Path) -> None:
    with disk(tmp_path / "files", "60m") as home, running(tmp_path / "portal") as portal:
        portal.serve(PORTAL_HOME=str(home))
        portal.work(PORTAL_HOME=str(home))
        wait_for(lambda: set(portal.ready().values()) == {"ok"}, 60)
        with full(home):
            assert [portal.ask("/people").status for _ in range(20)] == [200] * 20
            assert portal.ready() | {"access_log": "ok"} == dict.fromkeys(portal.ready(), "ok") | {
                "disk": "full"
            }
        remount = ["mount", "-o", "remount,ro", str(home)]
        if subprocess.run(remount, capture_output=True).returncode == 0:
            assert [portal.ask("/people").status for _ in range(20)] == [200] * 20
            assert portal.ready()["disk"] == "read-only"
            subprocess.run([*remount[:2], "remount,rw", str(home)], check=True)
        assert set(portal.ready().values()) == {"ok"}


def test_a_pool_with_nothing_left_is_a_page_in_time(committed_app: Flask) -> None:
    with committed_app.app_context():
        held = [db.engine.connect() for _ in range(15)]
        began = time.monotonic()
        answer = committed_app.test_client().get("/readyz")
        assert (answer.status_code, (answer.json or {})["database"]) == (503, "away")
        assert time.monotonic() - began < BOUND
        for connection in held:
            connection.close()
        assert committed_app.test_client().get("/readyz").status_code == 200

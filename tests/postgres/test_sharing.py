"""Many processes, one server."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from portal.postgres import Cluster
from tests.postgres.users import another_user, ask, connect, is_running, kill_server, said, server, tell


def test_processes_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    users = [another_user(tmp_path) for _ in range(4)]
    assert [said(user) for user in users] == ["started"] * 4
    with Cluster(tmp_path, durable=False) as cluster:
        assert ask(cluster, b"SELECT count(*) FROM pg_database WHERE datname = 'portal'") == 1
        shared_by_all = server(tmp_path)
    assert server(tmp_path) == shared_by_all
    assert [tell(user, "stop\n") for user in users] == ["stopped"] * 4
    assert not is_running(tmp_path)


def test_the_server_runs_until_its_last_user_stops(home: Path, cluster_at: Callable[[Path], Cluster]) -> None:
    first, second = cluster_at(home), another_user(home)
    assert said(second) == "started"
    first.start()
    first.start()
    started = server(home)
    first.stop()
    assert server(home) == started
    assert ask(first, b"SELECT 1") == 1
    assert tell(second, "stop\n") == "stopped"
    assert not is_running(home)


@pytest.mark.parametrize("end", ["leaves", "Ctrl-C", "kill -9"])
def test_a_server_outlives_a_user_that_ends_without_a_word_and_the_next_stop_ends_it(
    home: Path, cluster_at: Callable[[Path], Cluster], end: str
) -> None:
    user = another_user(home)
    assert said(user) == "started"
    if end != "leaves":
        os.killpg(user.pid, signal.SIGINT if end == "Ctrl-C" else signal.SIGKILL)
    tell(user, "")  # returns only when nobody holds the user's output open
    last = cluster_at(home)
    assert os.getsid(server(home)) != user.pid
    assert ask(last, b"SELECT 1") == 1
    last.stop()
    assert not is_running(home)


def test_a_killed_server_recovers_even_if_its_number_is_somebody_elses_now(home: Path) -> None:
    with Cluster(home) as cluster:
        with connect(cluster) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed, notes = kill_server(home), home / "postgres/data/postmaster.pid"
        others = notes.read_text().split("\n", 1)[1]
        notes.write_text(f"{os.getpid()}\n{others}")
        started = time.monotonic()
        cluster.start()
        assert time.monotonic() - started < 10
        assert server(home) not in (killed, os.getpid())
        assert ask(cluster, b"SELECT answer FROM kept") == 42
    assert not is_running(home)


def test_stopping_after_a_kill_waits_for_what_is_left_of_the_server_and_harms_nobody_else(
    home: Path, cluster_at: Callable[[Path], Cluster]
) -> None:
    cluster = cluster_at(home)
    cluster.start()
    connection = connect(cluster)
    busy = connection.info.backend_pid
    os.kill(busy, signal.SIGSTOP)
    kill_server(home)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (home / "postgres/data/postmaster.pid").write_text(f"{stranger.pid}\n")
        started = time.monotonic()
        Timer(0.5, os.kill, (busy, signal.SIGCONT)).start()
        cluster.stop()
        assert time.monotonic() - started >= 0.5
        assert stranger.poll() is None
        stranger.kill()
    connection.close()

"""Whom the server runs as."""

import os
import pwd
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from portal.postgres import Cluster, PostgresUnavailable
from tests.postgres.users import another_user, ask, said, server, tell

ROOT = os.geteuid() == 0


@pytest.mark.usefixtures("open_programs")
def test_an_ordinary_user_runs_it_and_root_may_use_it_too(
    open_folder: Path, cluster_at: Callable[[Path], Cluster]
) -> None:
    uid = pwd.getpwnam("nobody").pw_uid if ROOT else os.geteuid()
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, uid, -1)
    for _ in range(2):
        user = another_user(home, uid)
        assert said(user) == "started"
        root = cluster_at(home)
        root.start()
        assert ask(root, b"SELECT 1") == 1
        assert tell(user, "stop\n") == "stopped"
        assert os.stat(f"/proc/{server(home)}").st_uid == uid
        root.stop()
        root.start()  # the server still runs as the owner of the data
        assert os.stat(f"/proc/{server(home)}").st_uid == uid
        root.stop()


@pytest.mark.usefixtures("open_programs")
def test_root_without_unshare_runs_it_as_an_account_that_reaches_the_home(
    tmp_path: Path,
    open_folder: Path,
    cluster_at: Callable[[Path], Cluster],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = cluster_at(open_folder / "home")
    cluster.start()
    cluster.stop()
    monkeypatch.setenv("PATH", str(tmp_path))
    cluster.start()
    assert os.stat(f"/proc/{server(open_folder / 'home')}").st_uid != 0
    assert ask(cluster, b"SELECT 1") == 1
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    refusal = pytest.raises(PostgresUnavailable, match=r"does not run as user 0.*ordinary user.*util-linux")
    with refusal if ROOT else nullcontext():
        cluster_at(private).start()


def test_a_home_that_only_we_may_enter_will_do(tmp_path: Path, cluster_at: Callable[[Path], Cluster]) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    cluster = cluster_at(private / "home")
    cluster.start()
    assert ask(cluster, b"SELECT 1") == 1


def test_the_server_is_told_none_of_our_secrets(
    home: Path, cluster_at: Callable[[Path], Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    cluster_at(home).start()
    told = Path(f"/proc/{server(home)}/environ").read_bytes()
    assert b"PATH=" in told
    assert b"canary" not in told

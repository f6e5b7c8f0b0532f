"""What a cluster is, and what it says when it cannot be."""

import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from portal.postgres import Cluster, PostgresUnavailable
from tests.postgres.users import another_user, ask, connect, is_running, said, tell


def test_a_first_start_sets_everything_up_and_a_restart_finds_the_data(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster, connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'tŷ' AS word")
        rows = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
        settings = {name: setting for name, setting in rows}
    assert not is_running(tmp_path)
    with pytest.raises(psycopg.OperationalError):
        connect(cluster)
    with Cluster(tmp_path) as again:
        assert ask(again, b"SELECT upper(word) FROM kept") == "TŶ"
    assert settings["fsync"] == settings["full_page_writes"] == settings["synchronous_commit"] == "on"
    assert (settings["TimeZone"], settings["server_encoding"]) == ("UTC", "UTF8")
    assert settings["listen_addresses"] == ""
    assert stat.S_IMODE((tmp_path / "postgres/data").stat().st_mode) == 0o700


def test_the_app_role_owns_nothing_and_row_security_binds_it(shared: Cluster) -> None:
    with connect(shared) as owner:
        owner.execute("CREATE TABLE guarded AS SELECT 1 AS area")
        owner.execute("ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT SELECT ON guarded TO portal_app")
        roles = owner.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'portal%' ORDER BY 1"
        ).fetchall()
    assert roles == [("portal_app", *[False] * 4), ("portal_owner", False, True, False, False)]
    assert ask(shared, b"SELECT count(*) FROM guarded") == 1
    assert ask(shared, b"SELECT count(*) FROM guarded", role="portal_app") == 0
    owned = b"SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'portal_app'::regrole"
    assert ask(shared, owned) == 0
    with connect(shared, "portal_app") as app:
        for refused in (b"CREATE TABLE mine (id int)", b"SET ROLE portal_owner", b"DROP TABLE guarded"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(refused)


def test_only_this_user_can_reach_the_socket(shared: Cluster) -> None:
    folder = Path(str(ask(shared, b"SHOW unix_socket_directories", role="postgres")))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_databases_are_cloned_and_dropped_whatever_their_name(shared: Cluster) -> None:
    name = 'Tŷ "2"; it\'s'
    shared.create_database("template")
    with connect(shared, name="template") as connection:
        connection.execute("CREATE TABLE copied (id int)")
    shared.create_database(name, template="template")
    assert ask(shared, b"SELECT count(*) FROM copied", name=name) == 0
    owner = b"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(shared, owner, name=name) == "portal_owner"
    with connect(shared, name=name):
        shared.drop_database(name)
    shared.drop_database(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(shared, name=name)
    with pytest.raises(RuntimeError, match="already exists"):
        shared.create_database("template")


def test_the_log_keeps_nothing_of_what_people_sent(home: Path) -> None:
    with Cluster(home, durable=False) as cluster, connect(cluster) as connection:
        connection.execute("CREATE TABLE person (crn text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('canary')")
        for query in (b"INSERT INTO person VALUES ('canary')", b"SELECT 'canary'::date", b"SELECT canary"):
            with pytest.raises(psycopg.Error, match="canary"):
                connection.execute(query)
    assert "ready to accept connections" in (home / "postgres/log").read_text()
    assert "canary" not in (home / "postgres/log").read_text()


@pytest.mark.parametrize("name", ["deep" * 30, "with, comma"])
def test_a_home_that_cannot_hold_a_socket_gets_a_short_private_folder(
    home: Path, cluster_at: Callable[[Path], Cluster], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = home.rename(home.with_name(name))
    cluster = cluster_at(home)
    cluster.start()
    monkeypatch.setenv("TMPDIR", str(home))
    user = another_user(home)
    assert said(user) == "started"
    assert tell(user, "stop\n") == "stopped"
    folder = Path(str(ask(cluster, b"SHOW unix_socket_directories", role="postgres")))
    assert len(bytes(folder / ".s.PGSQL.5432")) <= 107
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    cluster.stop()
    folder.mkdir(mode=0o755)
    try:
        with pytest.raises(PostgresUnavailable, match="not a private folder of this user: remove it"):
            cluster.start()
    finally:
        folder.rmdir()


def test_missing_programs_are_said_in_a_plain_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PostgresUnavailable, match=r"15 or newer was not found in .*set PORTAL_POSTGRES_BIN"):
        Cluster(tmp_path / "home").start()
    monkeypatch.delenv("PORTAL_POSTGRES_BIN")
    data = tmp_path / "home/postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresUnavailable, match=r"PostgreSQL 9, which wrote the data, was not found: run"):
        Cluster(tmp_path / "home").start()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing_in_use(home: Path) -> None:
    settings = home / "postgres/data/postgresql.conf"
    settings.write_text("no_such_setting = 1\n")
    failed = Cluster(home, durable=False)
    with pytest.raises(PostgresUnavailable, match=r"did not start.*no_such_setting"):
        failed.start()
    settings.write_text("")
    with Cluster(home, durable=False):
        assert is_running(home)
    assert not is_running(home)
    failed.start()
    failed.stop()


def test_a_home_that_cannot_be_written_is_said_in_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PostgresUnavailable, match="set PORTAL_HOME to a folder of your own"):
        Cluster(tmp_path / "file").start()

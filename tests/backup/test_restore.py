"""A backup brings everything back, made while the portal is used; and whoever was erased since is erased again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import UserSession
from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.keeping import erasing
from portal.people.models import Person
from portal.referrals.models import Message
from portal.trace import chain
from scripts.recovery.traffic import Traffic, Visitor
from tests.backup.conftest import served
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import make_everything

# What a restore changes on purpose: sessions and unused links end.
ENDED = {"user_session", "one_time_link"}
Place = Callable[[], Flask]


def run(app: Flask, *arguments: str | Path, code: int = 0) -> str:
    done = app.test_cli_runner().invoke(args=list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done.output


def hashes(app: Flask) -> dict[str, str]:
    """Of all rows of each table, in whatever order they lie."""
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    rows = "SELECT count(*) || md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM public.{} t"
    with app.app_context(), db.engines["owner"].connect() as connection:
        names = connection.scalars(sa.text(tables)).all()
        return {
            name: str(connection.scalar(sa.text(rows.format(name)))) for name in names if name not in ENDED
        }


def rights(app: Flask) -> list[tuple[object, ...]]:
    """What each role may do, and whether policies hold its owner too."""
    asked = """
        WITH given AS (
            SELECT relname AS name, relacl AS acl, format('%s %s %s', relrowsecurity, relforcerowsecurity, relowner) AS more
              FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
            UNION ALL SELECT oid::regprocedure::text, proacl, format('%s %s', prosecdef, proowner) FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT attrelid::regclass || '.' || attname, attacl, '' FROM pg_attribute
             WHERE attacl IS NOT NULL AND attrelid::regclass::text !~ '^pg_'
            UNION ALL SELECT polname, NULL, format('%s %s %s %s %s', polrelid::regclass, polcmd, polroles,
                   pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy)
        SELECT name, ARRAY(SELECT unnest(acl)::text ORDER BY 1)::text, more FROM given ORDER BY 1, 2, 3"""
    with app.app_context(), db.engines["owner"].connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(asked))]


def test_rows_rights_and_files_come_back_as_they_were(
    demo_portal: Flask, empty_place: Place, tmp_path: Path
) -> None:
    with demo_portal.app_context():
        enter_scope(SYSTEM)
        db.session.execute(sa.text("SELECT write_audit(1, 'person.read', 'person', '{1}', 1, NULL, '{}')"))
        db.session.commit()
        chain.sign_when_due(datetime.now(UTC))
    file = tmp_path / "portal.tar"
    file.write_text("an older backup")
    said = run(demo_portal, "backup", file)
    assert (file.stat().st_mode & 0o777, list(tmp_path.glob(".*"))) == (0o600, [])
    before = hashes(demo_portal)
    assert f"{sum(int(text[:-32]) for text in before.values()) + ended(demo_portal):,} rows" in said
    place = empty_place()
    run(place, "restore", file)
    assert hashes(place) == before
    assert rights(place) == rights(demo_portal)
    old, new = (app.config["SETTINGS"].home for app in (demo_portal, place))
    assert contents(new) == contents(old)
    assert (old / "last_backup").exists()
    assert run(place, "verify") == run(demo_portal, "verify")
    assert "signed up to" in run(place, "verify")


def ended(app: Flask) -> int:
    with app.app_context(), db.engines["owner"].connect() as connection:
        return sum(int(connection.scalar(sa.text(f"SELECT count(*) FROM {one}")) or 0) for one in ENDED)  # noqa: S608


def contents(home: Path) -> dict[str, bytes]:
    """But for what only one of the two can have: when it was backed up, and that it was restored."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if path.name not in ("last_backup", "restores.jsonl")
    }


def test_a_backup_made_under_traffic_is_of_one_moment_and_can_be_used_at_once(
    demo_portal: Flask, empty_place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "portal.tar"
    with served(demo_portal) as address, Traffic(address) as traffic:
        traffic.wait_for(4)
        before = set(traffic.acknowledged)
        run(demo_portal, "backup", file)
        traffic.wait_for(2)
    assert {answer.status for answer in traffic.answers} == {200}
    place = empty_place()
    assert "verify: all is whole." in run(place, "restore", file)
    with place.app_context():
        enter_scope(SYSTEM)
        kept = set(db.session.scalars(sa.select(Message.words).where(Message.words.startswith("Drill "))))
        assert before <= kept <= set(traffic.acknowledged) | kept
        assert db.session.scalars(sa.select(UserSession).where(UserSession.ended_at.is_(None))).all() == []
    with served(demo_portal) as there, served(place) as here:
        pages = [own_list(address) for address in (there, here)]
    assert pages[0]
    assert set(pages[1]) == set(pages[0])


def own_list(address: str) -> list[str]:
    """What an officer finds who signs in."""
    visitor = Visitor(address)
    visitor.sign_in("officer@demo.example")
    return visitor.list_references()


@pytest.mark.parametrize("named", [True, False], ids=["register kept elsewhere", "register not given"])
def test_who_was_erased_after_the_backup_is_erased_again_from_the_register(
    demo_portal: Flask, empty_place: Place, tmp_path: Path, named: bool
) -> None:
    file = tmp_path / "portal.tar"
    with demo_portal.app_context():
        enter_scope(SYSTEM)
        scene = make_everything(20)
        db.session.commit()
        person_id = scene.person.id
        run(demo_portal, "backup", file)
        enter_scope(SYSTEM)
        decide_and_erase(scene)
        erasing.write_register()
    register = demo_portal.config["SETTINGS"].home / erasing.REGISTER
    place = empty_place()
    said = run(place, "restore", file, *(["--erasures", register] if named else []))
    assert f"Erased again: {int(named)}" in said
    with place.app_context(), as_owner():
        person = db.session.get_one(Person, person_id)
        assert (person.erased_on is not None) == named
    if named:
        kept = place.config["SETTINGS"].home / erasing.REGISTER
        assert kept.read_text() == register.read_text()

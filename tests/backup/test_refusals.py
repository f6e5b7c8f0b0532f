"""What is refused before anything is written: damaged and foreign files, newer portals, places that are not empty."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import schema
from portal.backup import archive
from portal.backup.archive import DUMP, Manifest, Reader, Unusable, write
from portal.db import db
from scripts.recovery.upgrade import plant
from tests.backup.test_restore import Place, run

ROOT = Path(__file__).parents[2]


def tables(app: Flask) -> int:
    with app.app_context(), db.engines["owner"].connect() as connection:
        asked = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return int(connection.scalar(sa.text(asked)) or 0)


def rewrite(source: Path, target: Path, change: Callable[[Manifest], Manifest], **parts: bytes) -> None:
    """A whole backup that says something else, or holds one part more."""
    with Reader(source) as reader, write(target) as writer:
        for name in reader.manifest.parts:
            writer.add(name, b"".join(reader.chunks(name)))
        for name, content in parts.items():
            writer.add(name, content)
        writer.close(change(replace(reader.manifest, parts=dict(writer.parts))))


def test_a_file_that_is_damaged_or_foreign_is_refused_and_nothing_is_written(
    demo_portal: Flask, empty_place: Place, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.tar"
    run(demo_portal, "backup", whole)
    content = whole.read_bytes()
    middle = len(content) // 2
    bad = {
        "empty": b"",
        "text": b"not a backup" * 1000,
        "cut": content[:middle],
        "cut at its end": content[:-2000],
        "one bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "another tar": foreign_tar(),
    }
    place = empty_place()
    for name, text in bad.items():
        (tmp_path / name).write_bytes(text)
        said = run(place, "restore", tmp_path / name, code=2)
        assert said.startswith("Error: "), name
    run(place, "restore", tmp_path / "not there", code=2)
    rewrite(whole, tmp_path / "climbs", lambda one: one, **{"home/../../escaped": b"x"})
    assert "no name that a backup gives" in run(place, "restore", tmp_path / "climbs", code=2)
    rewrite(whole, tmp_path / "newer", lambda one: replace(one, migration="9999"))
    assert "of a newer portal" in run(place, "restore", tmp_path / "newer", code=2)
    rewrite(whole, tmp_path / "newer server", lambda one: replace(one, server=99))
    assert "which is older" in run(place, "restore", tmp_path / "newer server", code=1)
    assert tables(place) == 0
    assert list(place.config["SETTINGS"].home.iterdir()) == []
    run(place, "restore", whole)


def foreign_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in (
            ("manifest.json", json.dumps({"what": "else", "format": 1}).encode()),
            (DUMP, b"x"),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return out.getvalue()


def test_nothing_is_restored_over_what_is_there(
    demo_portal: Flask, empty_place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "portal.tar"
    run(demo_portal, "backup", file)
    assert "is not empty" in run(demo_portal, "restore", file, code=1)
    place = empty_place()
    (place.config["SETTINGS"].home / "erasures.jsonl").write_text("{}\n")
    assert "is not empty (erasures.jsonl)" in run(place, "restore", file, code=1)
    assert tables(place) == 0


def test_a_backup_that_fails_leaves_the_one_before(demo_portal: Flask, tmp_path: Path) -> None:
    file = tmp_path / "portal.tar"
    file.write_text("the one before")
    with demo_portal.app_context(), db.engines["owner"].connect() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
        connection.commit()
    said = run(demo_portal, "backup", file, code=1)
    assert said.startswith("Error: The database refused:")
    assert (file.read_text(), list(tmp_path.glob(".*"))) == ("the one before", [])
    assert "Error: " in run(demo_portal, "backup", tmp_path / "no folder" / "portal.tar", code=1)


def test_a_backup_without_keys_has_none_and_its_restore_says_when_the_key_is_another(
    demo_portal: Flask, empty_place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "portal.tar"
    run(demo_portal, "audit-key")
    run(demo_portal, "backup", file, "--without-key")
    with Reader(file) as reader:
        names = {name for name, _content in reader.files()}
    assert {name.rpartition("/")[2][:7] for name in names} == {"public-"}
    place = empty_place()
    place.config["SECRET_KEY"] = "another one"
    assert "WARNING: SECRET_KEY is not the one" in run(place, "restore", file)


def test_an_older_backup_is_restored_and_then_migrated_to_the_newest_schema(
    demo_portal: Flask, empty_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "portal.tar"
    run(demo_portal, "backup", file)
    monkeypatch.setattr(schema, "MIGRATIONS", plant(tmp_path / "migrations"))
    place = empty_place()
    assert f"Migrated from revision {released()} to 9003." in run(place, "restore", file)


def released() -> str:
    names = [path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py")]
    return max(names)


def test_the_portals_own_postgresql_is_restored_into_an_empty_home_without_init(
    demo_portal: Flask, tmp_path: Path
) -> None:
    """As an operator types it; the key comes with the file."""
    file, home = tmp_path / "portal.tar", tmp_path / "new"
    run(demo_portal, "backup", file)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
    flask = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi"]
    done = subprocess.run(
        [*flask, "restore", str(file)],
        cwd=ROOT,
        env=kept | {"PORTAL_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verify: all is whole." in done.stdout
    assert "WARNING" not in done.stdout
    assert (home / "secret_key").read_text() == demo_portal.config["SECRET_KEY"]


def test_what_a_manifest_says_is_what_was_written(tmp_path: Path) -> None:
    said = Manifest("2026-11-28T00:00:00+00:00", "0028", 18, 18, "portal_app", "mark", {"area": 3})
    with write(tmp_path / "a.tar") as writer:
        writer.add_stream(DUMP, io.BytesIO(b"x" * 100_000), lambda _size: None)
        writer.add("home/erasures.jsonl", b"{}\n")
        writer.close(replace(said, parts=dict(writer.parts)))
    with Reader(tmp_path / "a.tar") as reader:
        passed: list[int] = []
        reader.check(passed.append)
        assert sum(passed) == 100_003
        assert asdict(reader.manifest) | {"parts": {}} == asdict(said) | {"parts": {}}
        assert dict(reader.files()) == {"erasures.jsonl": b"{}\n"}
    with pytest.raises(Unusable), Reader(tmp_path / "nowhere.tar"):
        pass
    assert archive.FORMAT == 1

"""Each check of the settings finds what is wrong, and nothing once it is mended."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from portal.fitness import settings as checks
from portal.fitness.checks import CHECKS
from portal.fitness.finding import OfSettings

GOOD_KEY = "4fJq0Zp8vX2mT7wLr9sBdYh3KcNeUaGi6oQ1RxWbVt5SjMy"
URL = "postgresql+psycopg://portal@db.example:5432/portal"
WRONG: tuple[tuple[OfSettings, dict[str, Any]], ...] = (
    (checks.demo, {"demo": True}),
    (checks.environment, {"production": False}),
    (checks.secret_key, {"secret_key": "short"}),
    (checks.secret_key, {"secret_key": "a" * 64}),
    (checks.secret_key, {"secret_key": "0123456701234567012345670123"}),
    (checks.secret_key, {"secret_key": "only for tests, never anywhere else"}),
    (checks.base_url, {"base_url": "http://portal.example"}),
    (checks.trusted_hosts, {"trusted_hosts": ["portal.example", "*"]}),
    (checks.trusted_hosts, {"trusted_hosts": [".example"]}),
    (checks.mail, {"mail": {}}),
    (checks.mail, {"mail": {"MAIL_SERVER": "mail.example"}}),
    (checks.mail, {"mail": {"MAIL_SERVER": "mail.example", "MAIL_USE_TLS": "false"}}),
    (checks.database_tls, {"database_url": URL}),
    (checks.database_tls, {"database_url": f"{URL}?sslmode=prefer"}),
    (checks.database_tls, {"database_owner_url": URL}),
)


def good(home: Path) -> Settings:
    return Settings(
        home=home,
        secret_key=GOOD_KEY,
        database_url=f"{URL}?sslmode=verify-full",
        database_owner_url=f"{URL}?sslmode=verify-full",
        production=True,
        base_url="https://portal.example",
        trusted_hosts=["portal.example"],
        mail={"MAIL_SERVER": "mail.example", "MAIL_USE_TLS": "true"},
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "portal"
    folder.mkdir(mode=0o700)
    (folder / checks.BACKUP_MARK).touch(mode=0o600)
    return folder


def test_nothing_is_found_where_all_is_well(home: Path) -> None:
    fit = good(home)
    assert [one for check in CHECKS if check.of_settings for one in check.of_settings(fit)] == []


@pytest.mark.parametrize(("check", "wrong"), WRONG)
def test_each_wrong_setting_is_found_with_what_to_do(
    home: Path, check: OfSettings, wrong: dict[str, Any]
) -> None:
    assert list(check(good(home))) == []
    [finding] = check(replace(good(home), **wrong))
    assert finding.must
    assert finding.mend


def test_a_key_is_never_shown(home: Path) -> None:
    [finding] = checks.secret_key(replace(good(home), secret_key="hunter2hunter2"))
    assert "hunter2" not in finding.wrong + finding.mend


def test_a_database_on_this_machine_needs_no_tls_and_weaker_proof_is_noted(home: Path) -> None:
    for url in ("postgresql+psycopg://p@/portal?host=/run/pg", "postgresql+psycopg://p@localhost/portal"):
        assert list(checks.database_tls(replace(good(home), database_url=url))) == []
    [finding] = checks.database_tls(replace(good(home), database_url=f"{URL}?sslmode=require"))
    assert not finding.must


def test_files_that_others_may_read_are_found_wherever_they_lie(home: Path) -> None:
    secret = home / "mail" / "one.eml"
    secret.parent.mkdir()
    secret.write_text("x")
    secret.chmod(0o644)
    secret.parent.chmod(0o750)
    assert list(checks.files(good(home))) == []  # the closed folder above closes them
    home.chmod(0o750)
    [finding] = checks.files(good(home))
    assert str(secret) in finding.wrong
    secret.chmod(0o600)
    assert list(checks.files(good(home))) == []


def test_an_old_backup_and_none_at_all_are_found(home: Path) -> None:
    mark = home / checks.BACKUP_MARK
    old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(mark, (old, old))
    assert len(list(checks.backup(good(home)))) == 1
    mark.unlink()
    assert len(list(checks.backup(good(home)))) == 1


def test_random_keys_pass() -> None:
    for digits in ("9f86d081884c7d659a2feaa0c55ad015", "3e23e8160039594a33894f6564e1b134"):
        assert checks.bits(digits) > checks.LEAST_BITS

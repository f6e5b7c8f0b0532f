"""The template of settings: every setting that the portal reads stands in it, and nothing that it does not read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import config
from portal.fitness import settings as fitness

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = (ROOT / "deploy" / "environment").read_text()
NAMED = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", TEMPLATE, re.M))
GIVEN = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", TEMPLATE, re.M))
OF_THE_UNITS = {"WEB_ADDRESS", "WEB_PROCESSES"}
OF_THE_SYSTEM = {"PATH", "PGSSLMODE", "FLASK_RUN_FROM_CLI", "SSL_CERT_FILE"}
ENVIRON = re.compile(r"environ(?:\.get)?[\[(]\s*\"([A-Z_]+)\"")
FILLED = {
    "SECRET_KEY": "j3_Zk0qV-8sXw1tR7nBq5Lr2Yc9Hf6Ud4Mg-Pe0aJxT",
    "AUDIT_HEAD_EMAIL": "heads@elsewhere.example",
}


class Recording(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, usual: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, usual)


def what_is_read(home: Path) -> set[str]:
    env = Recording({"PORTAL_HOME": str(home), "OIDC_PROVIDERS": "police"})
    with pytest.raises(config.SettingsError):  # the provider's own settings are named, and missing
        config.from_environment(env)
    assert env.asked >= {"PORTAL_ENV", "OIDC_POLICE_ISSUER"}
    env["OIDC_PROVIDERS"] = ""
    config.from_environment(env)
    sources = [path.read_text() for path in (ROOT / "portal").rglob("*.py")]
    elsewhere = {name for text in sources for name in ENVIRON.findall(text)}
    mail = set(re.findall(r"MAIL_[A-Z_]+", (ROOT / "portal" / "mail.py").read_text()))
    return (env.asked | elsewhere | mail) - OF_THE_SYSTEM


def test_every_setting_stands_in_the_template_with_words_before_it(tmp_path: Path) -> None:
    assert (
        not what_is_read(tmp_path)
        - NAMED.keys()
        - {"MAIL_DEBUG", "MAIL_SUPPRESS_SEND", "MAIL_ASCII_ATTACHMENTS"}
    )
    assert TEMPLATE.count("\n# ") >= len(NAMED) // 2


def test_the_template_names_nothing_that_nobody_reads(tmp_path: Path) -> None:
    of_flask_mail = {"MAIL_SERVER", "MAIL_USERNAME", "MAIL_PASSWORD"}
    assert not NAMED.keys() - what_is_read(tmp_path) - of_flask_mail - OF_THE_UNITS


def test_the_template_filled_in_is_fit_for_production(tmp_path: Path) -> None:
    values = {name: value.replace("PASSWORD", "s3cret") for name, value in (GIVEN | FILLED).items()}
    settings = config.from_environment({**values, "PORTAL_HOME": str(tmp_path)})
    settings = replace(settings, database_owner_url=settings.database_url)
    of_settings = (fitness.demo, fitness.environment, fitness.secret_key, fitness.base_url, fitness.trusted_hosts,
                   fitness.mail, fitness.database_tls, fitness.own_cluster)  # fmt: skip
    assert [finding.wrong for check in of_settings for finding in check(settings)] == []


def test_the_template_holds_no_secret() -> None:
    for name, value in NAMED.items():
        if re.search("SECRET|PASSWORD", name):
            assert not value, name
    assert set(re.findall(r"portal_\w+:([^/:@]+)@", TEMPLATE)) == {"PASSWORD"}

"""Settings of providers of identities: what is read, and what is said where they cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import Provider, SettingsError, from_environment

GOOD = {
    "OIDC_PROVIDERS": "police, probation",
    "OIDC_POLICE_ISSUER": "https://police.example/tenant/v2.0",
    "OIDC_POLICE_CLIENT_ID": "portal",
    "OIDC_POLICE_CLIENT_SECRET": "secret",
    "OIDC_POLICE_NAME_EN": "South Wales Police",
    "OIDC_POLICE_NAME_CY": "Heddlu De Cymru",
    "OIDC_POLICE_AMR": "mfa hwk",
    "OIDC_PROBATION_ISSUER": "https://probation.example",
    "OIDC_PROBATION_CLIENT_ID": "portal",
    "OIDC_PROBATION_CLIENT_SECRET": "secret 2",
    "OIDC_PROBATION_NAME_EN": "Probation Service",
    "OIDC_PROBATION_NAME_CY": "Gwasanaeth Prawf",
    "OIDC_PROBATION_ACR": "urn:level",
}


def read(**changes: str) -> tuple[Provider, ...]:
    return from_environment({"SECRET_KEY": "x", "PORTAL_ENV": "production"} | GOOD | changes).providers


def test_providers_are_read_in_their_order() -> None:
    police, probation = read()
    assert (police.key, police.issuer) == ("police", "https://police.example/tenant/v2.0")
    assert (police.name("en"), police.name("cy")) == ("South Wales Police", "Heddlu De Cymru")
    assert (police.amr, police.acr) == ({"mfa", "hwk"}, set())
    assert (probation.key, probation.acr) == ("probation", {"urn:level"})
    assert "secret" not in repr((police, probation))


def test_without_any_there_are_none(tmp_path: Path) -> None:
    assert from_environment({"SECRET_KEY": "x", "PORTAL_HOME": str(tmp_path)}).providers == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"OIDC_PROVIDERS": "Police"}, "'Police' is no name for a provider"),
        ({"OIDC_PROVIDERS": "password"}, "not password or passkey"),
        ({"OIDC_PROVIDERS": "police,police"}, "two providers have the same name"),
        ({"OIDC_POLICE_CLIENT_ID": " "}, "OIDC_POLICE_CLIENT_ID: not set"),
        (
            {"OIDC_PROVIDERS": "health"},
            "OIDC_HEALTH_ISSUER, OIDC_HEALTH_CLIENT_ID, OIDC_HEALTH_CLIENT_SECRET",
        ),
        ({"OIDC_POLICE_ISSUER": "http://police.example"}, "OIDC_POLICE_ISSUER must be an https address"),
        ({"OIDC_POLICE_ISSUER": "police.example"}, "OIDC_POLICE_ISSUER must be an https address"),
        ({"OIDC_POLICE_ISSUER": "https://police.example?x=1"}, "OIDC_POLICE_ISSUER must be an https address"),
        ({"OIDC_POLICE_ISSUER": "https://a@police.example"}, "OIDC_POLICE_ISSUER must be an https address"),
        ({"OIDC_PROBATION_ISSUER": GOOD["OIDC_POLICE_ISSUER"]}, "two providers have the same issuer"),
    ],
)
def test_a_setting_that_cannot_be_is_said_with_its_name(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        read(**changes)


def test_outside_production_an_issuer_may_be_http(tmp_path: Path) -> None:
    changes = {"OIDC_POLICE_ISSUER": "http://localhost:9000", "SECRET_KEY": "x", "PORTAL_HOME": str(tmp_path)}
    assert from_environment(GOOD | changes).providers[0].issuer == "http://localhost:9000"

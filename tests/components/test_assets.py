"""What scripts/assets.py builds: complete, ours to use, and kept by browsers only as long as it is the same."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys

import pytest
from flask import Flask

from portal.assets import BUILD, asset_url, load_manifest
from tests.components.conftest import ROOT

STYLE = (BUILD / load_manifest()["portal.css"]).read_text()


@pytest.mark.parametrize("mark", ["crown", "crest", "transport", "govuk-logo", "@font-face", "data:"])
def test_the_style_sheet_has_nothing_that_is_not_ours_to_use(mark: str) -> None:
    assert mark not in STYLE.lower()


def test_every_address_in_the_style_sheet_is_of_a_file_that_was_built() -> None:
    addresses = re.findall(r"url\(([^)]+)\)", STYLE)
    assert addresses
    assert set(addresses) <= set(load_manifest().values())


@pytest.mark.parametrize(
    "rule", [".govuk-button{", ".govuk-task-list{", ".moj-timeline{", ".moj-filter__tag{", ".portal-header "]
)
def test_the_style_sheet_has_all_three_parts(rule: str) -> None:
    assert rule in STYLE


@pytest.mark.parametrize("name", load_manifest())
def test_a_file_is_named_by_its_content_and_served(look: Flask, name: str) -> None:
    address = asset_url(name)
    with look.test_client().get(address) as answer:
        assert answer.status_code == 200
        assert hashlib.sha256(answer.data).hexdigest()[:10] in address


def test_a_second_build_changes_nothing() -> None:
    before = {path.name: path.stat().st_mtime_ns for path in BUILD.iterdir()}
    subprocess.run([sys.executable, ROOT / "scripts" / "assets.py"], check=True)
    assert {path.name: path.stat().st_mtime_ns for path in BUILD.iterdir()} == before


def test_the_lock_names_exact_versions_and_no_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]
    assert not any(
        "resolved" in package for package in packages.values()
    )  # where to ask for money may stand there
    wanted = json.loads((ROOT / "package.json").read_text())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(re.fullmatch(r"[0-9.]+", version) for version in versions.values())
    locked = json.loads(lock)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in versions} == versions


def test_every_class_of_ours_in_a_template_is_in_the_style_sheet() -> None:
    used = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(
            r"(?<![\w-])portal-[a-z]+(?:-[a-z]+)*(?:__[a-z-]+)?(?:--[a-z]+)?", path.read_text()
        )
    }
    assert used
    assert sorted(name for name in used if f".{name}" not in STYLE) == []

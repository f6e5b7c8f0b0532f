"""What the papers name exists: a test that is claimed and not there would be an empty promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PATH = re.compile(r"`((?:tests|portal|scripts|migrations|benchmarks|templates|docs)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
MADE = {"portal/static/build"}  # by set-up


@pytest.mark.parametrize("paper", DOCS, ids=lambda paper: paper.name)
def test_every_path_and_link_of_a_paper_is_there(paper: Path) -> None:
    text = paper.read_text()
    named = set(PATH.findall(text)) | {f"docs/{link}" for link in LINK.findall(text)}
    missing = {path for path in named if not (ROOT / path).resolve().exists()} - MADE
    assert missing == set()


def test_the_list_of_the_standard_skips_no_chapter() -> None:
    chapters = set(re.findall(r"^\| (\d+)\.", (ROOT / "docs" / "asvs.md").read_text(), re.MULTILINE))
    assert chapters == {str(number) for number in range(1, 17)}

"""What the papers name exists: a test that is claimed and not there would be an empty promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PATH = re.compile(r"`((?:tests|portal|scripts|migrations|benchmarks|templates|docs)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
# Parts of the same work that are made beside this one; empty once they are all here.
AWAITED = {
    "docs/access-log.md",
    "docs/identity-providers.md",
    "docs/decisions/0023-signing-in.md",
    "docs/decisions/0027-limits.md",
    *(
        f"tests/access/test_{name}.py"
        for name in ("canaries", "columns", "deny", "functions", "matrix", "pool", "rows")
    ),
    *(
        f"tests/accounts/test_{name}.py"
        for name in (
            "limits", "oidc_hostile", "oidc_logout", "oidc_settings", "oidc_signing_in", "once_only", "own_factors",
            "passkeys", "resetting", "second_step",
        )
    ),
    *(
        f"tests/trace/test_{name}.py"
        for name in (
            "chain", "every_reading", "log_pages", "readers", "reasons", "refused", "snooping", "unusual", "verify",
        )
    ),
    "tests/browser/test_hostile_text.py",
    *(
        f"tests/test_{name}.py"
        for name in ("exports", "gunicorn", "headers", "hostile_fuzz", "limits", "mail_names_nobody")
    ),
    "tests/needs/test_disclosure.py",
    "portal/static/build",
}  # fmt: skip


@pytest.mark.parametrize("paper", DOCS, ids=lambda paper: paper.name)
def test_every_path_and_link_of_a_paper_is_there(paper: Path) -> None:
    text = paper.read_text()
    named = set(PATH.findall(text)) | {f"docs/{link}" for link in LINK.findall(text)}
    missing = {path for path in named if not (ROOT / path).resolve().exists()} - AWAITED
    assert missing == set()


def test_only_what_the_papers_name_is_awaited() -> None:
    every = "".join(paper.read_text() for paper in DOCS)
    named = set(PATH.findall(every)) | {f"docs/{link}" for link in LINK.findall(every)}
    assert named >= AWAITED


def test_the_list_of_the_standard_skips_no_chapter() -> None:
    chapters = set(re.findall(r"^\| (\d+)\.", (ROOT / "docs" / "asvs.md").read_text(), re.MULTILINE))
    assert chapters == {str(number) for number in range(1, 17)}

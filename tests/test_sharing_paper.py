"""docs/sharing.md says of every field that an agency may be shown, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.referrals.sharing import SECTIONS, snapshot
from tests.factories import make_draft

PAPER = Path(__file__).parents[1] / "docs" / "sharing.md"


@pytest.mark.usefixtures("database")
def test_every_field_that_is_released_is_in_the_table_and_no_other() -> None:
    draft = make_draft()
    draft.detail.sections = list(SECTIONS)
    content = snapshot(draft, draft.person, draft.detail, draft.referrer)
    released = {f"{section}.{field}" for section, fields in content.items() for field in fields}
    assert released == set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", PAPER.read_text(), re.MULTILINE))


@pytest.mark.usefixtures("database")
def test_a_section_that_is_not_chosen_is_not_released() -> None:
    draft = make_draft()
    draft.detail.sections = []
    assert set(snapshot(draft, draft.person, draft.detail, draft.referrer)) == {"asked", "referrer"}

"""The register without those who were erased: rows on their way, findings, counts, pairing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.people.models import CohortSpell
from portal.quality.completeness import count
from portal.quality.models import RegisterCompleteness
from portal.register.extract_models import ExtractRow
from portal.register.voices import list_cards
from tests.factories import make_person
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import TODAY, make_everything

pytestmark = pytest.mark.usefixtures("database")


def test_of_files_on_their_way_only_the_rows_of_the_person_go() -> None:
    scene = make_everything(20)
    decide_and_erase(scene)
    assert db.session.scalars(sa.select(ExtractRow.line)).all() == [3]


def test_whoever_was_erased_is_in_no_finding_and_no_count_of_the_register() -> None:
    scene, never_on_iom, other = make_everything(20), make_everything(20), make_person(None, sex=None)
    db.session.execute(sa.delete(CohortSpell).where(CohortSpell.person_id == never_on_iom.person.id))
    ids = {never_on_iom.person.id, other.id}
    findings = sa.select(sa.func.all_findings(TODAY).table_valued("id").c.id)
    assert set(db.session.scalars(findings)) >= ids
    before = counted()
    for one in (scene, never_on_iom):
        decide_and_erase(one)
    left = set(db.session.scalars(findings))
    assert other.id in left
    assert not left & {scene.person.id, scene.joined.id, never_on_iom.person.id, never_on_iom.joined.id}
    assert counted() == before - 1


def counted() -> int:
    """How many people are on the register today."""
    count(TODAY)
    people = sa.func.sum(RegisterCompleteness.people)
    return db.session.scalar(sa.select(people).where(RegisterCompleteness.day == TODAY)) or 0


def test_a_load_neither_pairs_nor_touches_whoever_was_erased() -> None:
    for _each in range(2):
        decide_and_erase(make_everything(20))
    assert not [card for card, _person in list_cards() if card.surname == "—"]

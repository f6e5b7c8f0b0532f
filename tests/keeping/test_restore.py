"""Erasure across real commits: `verify` finds nothing, and what a restored backup brings back is erased again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.db import SYSTEM, as_owner, db, enter_scope
from portal.keeping import erasing
from portal.keeping.due import list_pending
from portal.keeping.erasing import reapply_erasures, register_file
from portal.needs import upkeep as needs_upkeep
from portal.people.models import CohortSpell, Person
from portal.turnaround.upkeep import find_first_fault
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import TODAY, make_everything
from tests.keeping.test_erasing import tables_with

NUMBERS = ("surname", "forenames", "date_of_birth", "crn", "pnc_id", "noms_number", "niche_ref")


@pytest.fixture
def system(committed_app: Flask) -> Iterator[None]:
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield


def test_verify_finds_no_fault_after_an_erasure_and_the_owner_of_the_tables_finds_no_number(
    system: None,
) -> None:
    scene = make_everything(20)
    db.session.commit()
    numbers = [scene.person.crn, scene.person.pnc_id, scene.person.noms_number, scene.joined.niche_ref]
    with as_owner():
        assert "doubled_number" in tables_with(str(numbers[1]))
    enter_scope(SYSTEM)
    decide_and_erase(scene)
    with as_owner():
        assert [tables_with(str(number)) for number in numbers] == [{}] * 4
        assert find_first_fault() is None
        assert needs_upkeep.find_first_fault() is None


def test_a_restored_backup_is_erased_again_from_the_file_alone(system: None) -> None:
    scene, live = make_everything(20), make_everything(20)
    db.session.commit()
    ids = [one.person.id for one in (scene, live)]
    held = {one.person.id: {name: getattr(one.person, name) for name in NUMBERS} for one in (scene, live)}
    for one in (scene, live):
        decide_and_erase(one)
    erasing.write_register()
    erasing.write_register()
    assert len(register_file().read_text().splitlines()) == 2
    with register_file().open("a") as file:
        file.write('{"reference": "cut sho')
    restore(held, on_iom=ids[1])
    assert reapply_erasures() == (1, 1)
    erased = dict(db.session.execute(sa.select(Person.id, Person.erased_on).where(Person.id.in_(ids))).all())  # type: ignore[arg-type]
    assert erased == {ids[0]: TODAY, ids[1]: None}
    assert [one.person_id for one in list_pending(TODAY, 1)] == [ids[1]]
    assert reapply_erasures() == (0, 1)


def restore(held: dict[int, dict[str, Any]], on_iom: int) -> None:
    """As a backup from before the erasure would: the names are back, the register of erasures is not."""
    with as_owner():
        for table in ("erasure_mark", "erasure"):
            db.session.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - one of two
        for person_id, columns in held.items():
            db.session.execute(
                sa.update(Person).where(Person.id == person_id).values(erased_on=None, **columns)
            )
        db.session.add(CohortSpell(person_id=on_iom, cohort="flex", from_on=TODAY))
        db.session.commit()
    enter_scope(SYSTEM)

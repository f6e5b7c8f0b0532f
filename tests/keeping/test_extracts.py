"""Extracts that still name somebody who was erased: the row stays out until the person is here again."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from portal.db import SYSTEM, Scope, db, enter_scope
from portal.keeping.actions import erase as decide
from portal.keeping.erasing import erase
from portal.people.models import CohortSpell, Person
from portal.register import deciding
from portal.register.checking import Checked
from portal.register.erased import refuse_erased
from portal.register.models import PersonPair, SourceRecord
from tests.factories import GWENT, area, make_person, make_user
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import TODAY, make_everything
from tests.register.extract_files import as_csv, checked, row, sheet_of
from tests.register.extracts import delius, niche, pnc, register, take

pytestmark = pytest.mark.usefixtures("database")


def judged(*rows: dict[str, object]) -> Checked:
    found = checked(*rows)
    refuse_erased(found, sheet_of(as_csv(*rows)), "delius")
    return found


def refs(found: Checked) -> list[str]:
    return [one.ref for one in found.good]


def test_a_row_that_names_whoever_was_erased_by_any_number_is_refused_with_a_reason() -> None:
    scene = make_everything(20)
    crn, pnc_id = "X900001", "2001/0000009B"
    scene.person.crn, scene.person.pnc_id = crn, pnc_id
    rows = [row(crn="X900003"), row(crn=crn), row(crn="X900002", pnc_id=pnc_id), row(crn="X900004", area="?")]
    assert refs(judged(*rows)) == ["X900003", crn, "X900002"]
    decide_and_erase(scene)
    found = judged(*rows)
    assert refs(found) == ["X900003"]
    assert [raw.line for raw in found.refused] == [3, 4, 5]
    assert [(one.line, one.refuses, "erased here" in str(one.reason)) for one in found.found] == [
        (3, True, True),
        (4, True, True),
        (5, True, False),
    ]


def test_somebody_who_was_added_again_by_hand_is_taken_in() -> None:
    scene = make_everything(20)
    scene.person.crn = "X900001"
    again = row(crn="X900001", pnc_id=scene.person.pnc_id)
    decide_and_erase(scene)
    assert refs(judged(again)) == []
    make_person(crn="X900001")
    assert refs(judged(again)) == ["X900001"]


def test_nobody_learns_of_an_erasure_whom_the_person_was_hidden_from() -> None:
    scene = make_everything(20, restricted=True)
    scene.person.crn = "X900001"
    decide_and_erase(scene)
    enter_scope(Scope("iom", scene.manager.id, area_ids=(area().id, area(GWENT).id)))
    assert refs(judged(row(crn="X900001"))) == ["X900001"]
    enter_scope(SYSTEM)
    assert refs(judged(row(crn="X900001"))) == []


def test_the_rest_of_the_register_goes_on_as_if_whoever_was_erased_had_never_been() -> None:
    """Both rows of a joined person go, and the questions about them; other joins and their undoing stay as they were."""
    alike = {"surname": "Jones", "forenames": "David", "sex": "male"}
    others = [delius("X2", pnc_id=pnc(2)), delius("X3", **alike)]
    take(delius("X1", pnc_id=pnc(1), **alike), *others)
    take(niche("N1", pnc_id=pnc(1), **alike), niche("N2", pnc_id=pnc(2)))
    person = db.session.scalars(
        sa.select(Person)
        .join(SourceRecord, SourceRecord.leads_id == Person.id)
        .where(SourceRecord.ref == "X1")
    ).one()
    db.session.add(
        CohortSpell(person_id=person.id, cohort="flex", from_on=date(2020, 1, 1), to_on=date(2020, 6, 1))
    )
    db.session.commit()
    before = [one for one in register() if one["crn"] != "X1"]
    decide(person, TODAY, reason="order", words="", by_id=make_user("iom_manager").id, token="x")
    db.session.commit()
    assert erase(person.id, TODAY)
    assert db.session.scalar(sa.select(sa.func.count()).where(Person.erased_on == TODAY)) == 2
    left = register()
    assert [one["crn"] for one in left] == [one["crn"] for one in before] == ["X2", "X3"]
    assert take(*others).unchanged == 2
    assert register() == left
    [pair] = db.session.scalars(sa.select(PersonPair).where(PersonPair.state == "joined"))
    deciding.part(max(pair.one_id, pair.other_id), by_id=make_user("iom_manager").id, today=TODAY)
    assert len(register()) == 3

"""Extracts that still name somebody who was erased: the row stays out until the person is here again."""

from __future__ import annotations

import pytest

from portal.db import SYSTEM, Scope, enter_scope
from portal.register.checking import Checked
from portal.register.erased import refuse_erased
from tests.factories import GWENT, area, make_person
from tests.keeping.erasing import decide_and_erase
from tests.keeping.scene import make_everything
from tests.register.extract_files import as_csv, checked, row, sheet_of

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

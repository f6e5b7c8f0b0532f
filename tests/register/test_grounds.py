"""Every ground that pairing can give is said in words, on the side that it speaks for."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.register.matching import BOTH_REFERRED
from portal.register.weights import LEVELS
from portal.register.wording import GROUNDS, KINDS, speaks


def test_every_ground_has_words() -> None:
    assert set(GROUNDS) == {*LEVELS, BOTH_REFERRED}
    assert {ground.split(":")[0] for ground in LEVELS} == set(KINDS)


@pytest.mark.usefixtures("database")
def test_what_agrees_speaks_for_one_person_however_common(app: Flask) -> None:
    grounds = [
        "place:area_alone",
        "surname:same",
        "sex:differs",
        "pnc_id:unlike",
        "pnc_id:same",
        BOTH_REFERRED,
    ]
    with app.test_request_context():
        assert speaks(grounds) == (
            ["The PNC ID is the same", "The last name is the same", "They are of the same police force area"],
            ["The PNC IDs differ, and one has a wrong last letter", "The sex differs"],
        )

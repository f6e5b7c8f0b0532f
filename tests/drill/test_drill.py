"""A short crash drill on a real stand: one kill of each kind among forty referrals. `make drill` is the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scripts.drill.kills import KINDS
from scripts.drill.planting import KINDS as PLANTED
from scripts.drill.running import Outcome, count_up, drill, people_for
from scripts.drill.stand import Stand

REFERRALS = 40
BUSY = 60.0  # seconds: other tests run beside this one; `make drill` holds it to ten
ORDER = ("web server", "worker", "database", "web worker")


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with TemporaryDirectory(prefix="drill-") as home, Stand(Path(home), people_for(REFERRALS)) as stand:
        yield stand


@pytest.fixture(scope="module")
def outcome(stand: Stand) -> Outcome:
    return drill(stand, referrals=REFERRALS, order=ORDER, clients=10, seed=1, bound=BUSY, say=False)


def test_nothing_acknowledged_is_lost_half_done_or_doubled(stand: Stand, outcome: Outcome) -> None:
    assert outcome.faults == []
    assert (outcome.found.lost, outcome.found.half, outcome.found.doubled) == ([], [], [])
    assert outcome.sent >= REFERRALS
    assert [kill.kind for kill in outcome.kills] == list(ORDER)
    assert max(kill.longest for kill in outcome.kills) <= BUSY
    assert sum(deed.acknowledged for deed in outcome.deeds) > 7 * REFERRALS
    assert any(deed.was_lost for deed in outcome.deeds)  # or nobody had noticed
    assert "whole" in stand.flask("verify")


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_found(stand: Stand, outcome: Outcome, kind: str) -> None:
    with stand.connect() as connection:
        assert len(count_up(connection, outcome, kind))
        assert not len(count_up(connection, outcome))


def test_every_kind_of_process_is_killed_in_the_long_drill() -> None:
    assert {*ORDER, "postmaster"} == set(KINDS)

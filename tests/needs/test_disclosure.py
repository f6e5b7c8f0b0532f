"""What analysts and files see of needs gives no small number away (docs/decisions/0013-small-numbers.md)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flask import Flask

from portal.needs import page
from portal.turnaround.disclosure import published
from tests.needs.attack import NeedsAttack
from tests.turnaround.small_world import SHAPE


def random_atoms(seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.poisson(chance.choice([0.3, 1, 2, 4], size=SHAPE)).astype(float)


@pytest.fixture
def asked(app: Flask, database: None) -> Flask:
    return app


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_no_suppressed_number_can_be_worked_out_of_all_files(asked: Flask, seed: int) -> None:
    attack = NeedsAttack(random_atoms(seed), asked.config["SECRET_KEY"].encode())
    attack.ask_everything()
    assert len(attack.suppressed) > 5
    assert attack.given_away() == []


def outs_of(many: int, **moved: bool) -> set[int]:
    """What the tables of people say the whole is, of which their rows are parts."""
    half = many // 2
    numbers = {"cohort": {"fixed": half, "flex": many - half}, "age": {"25": half, "45": many - half},
               "sex": {"female": many}, "language": {"en": many}, "authority": {}}  # fmt: skip
    tables = [table for table in page._people_tables(numbers, many, page._closed) if table.rows]
    if moved.get("anew"):
        tables = [
            replace(each, keys=tuple(f"{each.name} {at}" for at in range(len(each.rows)))) for each in tables
        ]
    return {sum(row[-1].people) for table in tables for row in published(table).rows}


def test_a_total_is_said_alike_in_every_row(asked: Flask) -> None:
    """Moved anew in each row, as it once was, the mean of them told it: in most cases within 1."""
    close = 0
    for many in range(40, 240):
        assert len(outs_of(many)) == 1
        anew = outs_of(many, anew=True)
        close += abs(sum(anew) / len(anew) - many) <= 2.5
    assert close > 120

"""Erasing in tests: decided by a manager, done by the worker."""

from __future__ import annotations

from itertools import count

from portal.db import db
from portal.keeping import actions
from portal.keeping.erasing import erase
from tests.keeping.scene import TODAY, Scene

_number = count(1)


def decide_and_erase(scene: Scene, reason: str = "order") -> None:
    person, manager = scene.person, scene.manager
    actions.erase(
        person, TODAY, reason=reason, words="Caneri Melyn", by_id=manager.id, token=f"erase {next(_number)}"
    )
    db.session.commit()
    assert erase(person.id, TODAY)
    db.session.expire_all()

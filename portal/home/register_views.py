"""The first page of the register: what there is to do for it, each with how many wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from portal import audit
from portal.access import Permission, require
from portal.access import may as holds
from portal.keeping import views as keeping_views

bp = Blueprint("register", __name__)


@dataclass(frozen=True)
class Task:
    """Something to do for the register; `count` says how many wait, None where nothing is counted."""

    href: str
    text: Any
    hint: Any
    permission: Permission
    count: Callable[[], int] | None = None


# Each room of the register adds its own, in the order in which they are worked through.
TASKS: tuple[Task, ...] = (
    Task(
        "/register/keeping",
        _l("Records to review"),
        _l("People whose record has been kept as long as it may be: erase it, or say why it is kept longer"),
        Permission.ERASE_PEOPLE,
        keeping_views.count_waiting,
    ),
)


@bp.get("/register")
@require(Permission.CHANGE_PEOPLE)
def show() -> str:
    tasks = [(task, task.count() if task.count else None) for task in TASKS if holds(task.permission)]
    audit.record("register.read")
    return render_template("home/register.html", tasks=tasks)

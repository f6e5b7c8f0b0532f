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
from portal.register import queries

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
        "/register/pairs",
        _l("Is this one person?"),
        _l("Two records that may be one person’s, of which the rules are not sure"),
        Permission.CHANGE_PEOPLE,
        queries.count_questions,
    ),
    Task(
        "/register/differences",
        _l("Where the sources differ"),
        _l("People of whom probation and the police, or what was typed here, say different things"),
        Permission.CHANGE_PEOPLE,
        queries.count_differences,
    ),
)


@bp.get("/register")
@require(Permission.CHANGE_PEOPLE)
def show() -> str:
    tasks = [(task, task.count() if task.count else None) for task in TASKS if holds(task.permission)]
    audit.record("register.read")
    return render_template("home/register.html", tasks=tasks)

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
from portal.quality.asking import count_waiting
from portal.register import queries
from portal.reviews.views import count_all_due
from portal.trace.unusual import count_waiting as count_unusual

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
        "/register/extracts",
        _l("Import an extract"),
        _l("A file of Delius or Niche, with the people on IOM as probation or the police know them"),
        Permission.IMPORT_PEOPLE,
    ),
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
    Task(
        "/register/reviews?whose=all&tab=due",
        _l("Reviews"),
        _l("Is the cohort still right, are the needs still right, are the contacts still right?"),
        Permission.CHANGE_PEOPLE,
        count_all_due,
    ),
    Task(
        "/register/keeping",
        _l("Records to review"),
        _l("People whose record has been kept as long as it may be: erase it, or say why it is kept longer"),
        Permission.ERASE_PEOPLE,
        keeping_views.count_waiting,
    ),
    Task(
        "/access",
        _l("Who has access"),
        _l("Whether the access of your staff is still right, and the work of those who leave"),
        Permission.REVIEW_ACCESS,
    ),
    Task(
        "/register/quality",
        _l("Records to put right"),
        _l("Stale, incomplete or contradictory records, and those to close"),
        Permission.CHANGE_PEOPLE,
        count_waiting,
    ),
    Task(
        "/register/completeness",
        _l("How complete the register is"),
        _l("What is known of the people on it, area by area and over time"),
        Permission.SEE_NEEDS,
    ),
    Task(
        "/access/elsewhere",
        _l("Read from elsewhere"),
        _l("Staff of other areas who looked for people in your areas, and why"),
        Permission.SEE_READ_ELSEWHERE,
    ),
    Task(
        "/access/unusual",
        _l("Unusual reading"),
        _l("What the access log shows of your staff that differs from how they usually work"),
        Permission.REVIEW_ACCESS,
        count_unusual,
    ),
)


@bp.get("/register")
@require(Permission.CHANGE_PEOPLE)
def show() -> str:
    tasks = [(task, task.count() if task.count else None) for task in TASKS if holds(task.permission)]
    audit.record("register.read")
    return render_template("home/register.html", tasks=tasks)

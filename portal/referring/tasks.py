"""The tasks of a referral's draft: in which order they stand, and what may start. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Task:
    """`code` is its address below /refer/<reference>/ and its entry in `detail.done`; `after`: what must be done first."""

    code: str
    title: LazyString
    after: tuple[str, ...] = ()


TASKS = (
    Task("service", _l("Need and service")),
    Task("request", _l("What is asked and why it is a priority")),
    Task("contact", _l("Contact, access and risk to staff")),
    Task("share", _l("What to share"), after=("service", "request", "contact")),
    Task("check", _l("Check your answers and send"), after=("service", "request", "contact", "share")),
)
BY_CODE = {task.code: task for task in TASKS}


def can_start(task: Task, done: Collection[str]) -> bool:
    return all(code in done for code in task.after)


def next_task(done: Collection[str]) -> Task:
    """The first task not yet done; *check* is never done until the referral is sent."""
    return next(task for task in TASKS if task.code not in done)


def task_before(task: Task) -> Task | None:
    position = TASKS.index(task)
    return TASKS[position - 1] if position else None

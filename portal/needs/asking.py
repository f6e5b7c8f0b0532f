"""Whom the dashboard counts: the filter of the address, in words, and the trace of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import audit
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.fields import PortalForm, SelectField
from portal.i18n import long_date
from portal.people.wording import today
from portal.turnaround.asking import area_names
from portal.turnaround.page import Viewer

FILTER = ("area", "cohort", "need")


@dataclass(frozen=True)
class Asked:
    """People on IOM on `today`: of a police force area or local authority, of a cohort, with a need. None means any."""

    today: date
    area_id: int | None = None
    cohort: str | None = None
    need: str | None = None


class FilterForm(PortalForm):
    """In the address, hence without a token."""

    class Meta(PortalForm.Meta):
        csrf = False

    area = SelectField(_l("Area"), empty=_l("All areas"))
    cohort = SelectField(_l("Cohort"), empty=_l("All cohorts"), choices=COHORT_NAMES.items())
    need = SelectField(_l("Need"), empty=_l("All needs"), choices=NEEDS.items())

    def __init__(self, args: Any, areas: Mapping[int, str]) -> None:
        super().__init__(args)
        self.area.choices = areas.items()


@dataclass(frozen=True)
class Question:
    """`asked` and `in_words` are None while the filter has errors: answer 422 with the form."""

    form: FilterForm
    viewer: Viewer
    asked: Asked | None = None
    in_words: str | None = None


def read_question() -> Question:
    areas = area_names()
    form, viewer = FilterForm(request.args, areas), Viewer(current_user.side)
    if not form.validate():
        return Question(form, viewer)
    asked = Asked(today(), form.area.data, form.cohort.data, form.need.data)
    return Question(form, viewer, asked, in_words(asked, areas))


def in_words(asked: Asked, areas: Mapping[int, str]) -> str:
    narrowed = [
        *([areas[asked.area_id]] if asked.area_id else [_("All areas")]),
        *([str(COHORT_NAMES[asked.cohort])] if asked.cohort else []),
        *([str(NEEDS[asked.need])] if asked.need else []),
    ]
    return _(
        "%(narrowed)s: people on IOM on %(day)s", narrowed=", ".join(narrowed), day=long_date(asked.today)
    )


def href(path: str, **more: str | None) -> str:
    """An address with the filter of this one, and `more`."""
    query = [(name, request.args[name]) for name in FILTER if request.args.get(name)]
    query += [(name, value) for name, value in more.items() if value]
    return f"{path}?{urlencode(query)}" if query else path


def record(action: str, asked: Asked | None, ids: Sequence[int] | None = None, **more: str | None) -> None:
    """One entry of the access log: what was asked for, in codes, and the people shown."""
    detail: dict[str, Any] = {name: value for name, value in more.items() if value is not None}
    if asked:
        detail |= {name: value for name in ("cohort", "need") if (value := getattr(asked, name))}
    subject = None if ids is None else "person"
    audit.record(action, subject, ids or [], area_id=asked.area_id if asked else None, **detail)

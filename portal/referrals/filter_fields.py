"""What a list of referrals can be narrowed to, by name: the fields of the page with every filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from portal.access import AGENCY
from portal.accounts.models import User
from portal.accounts.queries import SignedIn
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.lookup import list_agencies, list_areas
from portal.agencies.queries import list_names_of_services
from portal.db import db
from portal.i18n import language
from portal.referrals.lists import NOBODY, ListFilter

Choice = tuple[Any, str]


@dataclass(frozen=True)
class Field:
    """A select: its name in the address, its label, its (value, words) and which is chosen."""

    name: str
    label: str
    choices: list[Choice]
    value: Any

    @property
    def options(self) -> list[dict[str, Any]]:
        return [{"value": value, "text": text} for value, text in self.choices]


def filter_fields(narrowed: ListFilter, user: SignedIn, *, agency_side: bool) -> list[Field]:
    said = language()
    needs: list[Choice] = [("", _("Any need")), *((code, str(words)) for code, words in NEEDS.items())]
    cohorts = [("", _("Any cohort")), *((code, str(words)) for code, words in COHORT_NAMES.items())]
    places = [area for area in list_areas("local_authority") if _works_in(user, area.police_force_id)]
    areas = [("", _("Any area")), *((area.id, area.name(said)) for area in places)]
    common = [
        Field("need", _("Need"), needs, narrowed.need),
        Field("cohort", _("Cohort"), cohorts, narrowed.cohort),
        Field("area", _("Area"), areas, narrowed.area_id),
    ]
    if not agency_side:
        agencies = [("", _("Any agency")), *((one.id, one.name_in(said)) for one in list_agencies())]
        return [Field("agency", _("Agency"), agencies, narrowed.agency_id), *common]
    services: list[Choice] = [("", _("Any service")), *list_names_of_services(user.agency_id or 0)]
    workers = [("", _("Anybody")), (NOBODY, _("Nobody yet")), *_staff(user.agency_id)]
    return [
        Field("service", _("Service"), services, narrowed.service_id),
        Field("worker", _("Worker"), workers, narrowed.worker_id),
        *common,
    ]


def _works_in(user: SignedIn, force_id: int | None) -> bool:
    return user.scope.area_ids is None or force_id in user.scope.area_ids


def _staff(agency_id: int | None) -> list[Choice]:
    """Whoever can work on a referral, those who have left too: they may still have some."""
    query = sa.select(User.id, User.name).where(User.agency_id == agency_id)
    query = query.where(User.role.in_([role.value for role in AGENCY])).order_by(User.name, User.id)
    return [(row.id, row.name) for row in db.session.execute(query)]

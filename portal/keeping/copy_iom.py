"""The sections of a copy that are about the time on IOM: cohorts, reviews, needs, closings, what was left as it is."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.db import db
from portal.i18n import long_date
from portal.keeping.copying import Entry, known, said
from portal.needs.wording import NeedInWords
from portal.people.cohort_models import CohortReview
from portal.people.models import CohortSpell, NeedStatement, PersonClosing, PersonNeed
from portal.people.queries import names_of
from portal.people.wording import NEED_STATES
from portal.quality.closing import REASONS
from portal.quality.findings import BY_CODE
from portal.quality.models import FindingSetAside
from portal.reviews.wording import answers


def cohorts(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(CohortSpell).where(CohortSpell.person_id.in_(ids)).order_by(CohortSpell.from_on)
    rows = db.session.scalars(query).all()
    staff = names_of(user for row in rows for user in (row.set_by_id, row.corrected_by_id, row.ended_by_id))
    return [
        Entry(
            str(COHORT_NAMES[row.cohort]),
            known(
                (_("From"), long_date(row.from_on)),
                (_("To"), long_date(row.to_on)),
                (_("Review on"), long_date(row.review_on)),
                (_("Why"), row.why),
                (_("Why it ended"), row.end_why),
                (_("Entered by"), staff.get(row.set_by_id)),
                (_("Corrected by"), staff.get(row.corrected_by_id)),
                (_("Ended by"), staff.get(row.ended_by_id)),
            ),
        )
        for row in rows
    ]


def reviews(ids: Sequence[int]) -> list[Entry]:
    """What somebody wrote of an answer is a passage; which answer it was is given."""
    query = (
        sa.select(CohortReview).where(CohortReview.person_id.in_(ids)).options(joinedload(CohortReview.by))
    )
    return [_review(row) for row in db.session.scalars(query.order_by(CohortReview.id))]


def _review(row: CohortReview) -> Entry:
    given = answers(row)
    coded = ((each.question, "; ".join(each.lines[:-1] if each.written else each.lines)) for each in given)
    written = ((each.question, each.written, f"review:{row.id}:{place}") for place, each in enumerate(given))
    return Entry(long_date(row.held_on), known((_("By"), row.by.name), *coded), said(*written))


def needs(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(PersonNeed).where(PersonNeed.person_id.in_(ids)).order_by(PersonNeed.identified_on)
    found = [(str(NEEDS[row.need_code]), NeedInWords(row)) for row in db.session.scalars(query)]
    return [
        Entry(name, [(_("State"), need.state), (_("Since"), need.since), *need.days]) for name, need in found
    ]


def statements(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(NeedStatement).where(NeedStatement.person_id.in_(ids)).order_by(NeedStatement.id)
    return [
        Entry(
            str(NEEDS[row.need_code]),
            known(
                (_("State"), NEED_STATES[row.state]),
                (_("Since"), long_date(row.on_day)),
                (_("By"), row.by.name if row.by else None),
            ),
            said((_("In words"), row.words, f"need:{row.id}")),
        )
        for row in db.session.scalars(query.options(joinedload(NeedStatement.by)))
    ]


def closings(ids: Sequence[int]) -> list[Entry]:
    acts = {"closed": _("Closed"), "undone": _("Closed in error, and undone"), "reopened": _("Opened again")}
    query = sa.select(PersonClosing).where(PersonClosing.person_id.in_(ids)).order_by(PersonClosing.id)
    rows = db.session.scalars(query).all()
    staff = names_of(row.by_id for row in rows)
    return [
        Entry(
            acts[row.act],
            known(
                (_("Why"), REASONS.get(row.reason or "")),
                (_("When"), long_date(row.at)),
                (_("By"), staff.get(row.by_id)),
            ),
            said((_("In words"), row.words, f"closing:{row.id}")),
        )
        for row in rows
    ]


def aside(ids: Sequence[int]) -> list[Entry]:
    query = sa.select(FindingSetAside).where(FindingSetAside.person_id.in_(ids)).order_by(FindingSetAside.at)
    rows = db.session.scalars(query).all()
    staff = names_of(row.by_id for row in rows)
    return [
        Entry(
            str(BY_CODE[row.finding].words),
            known(
                (_("Until"), long_date(row.until_on)),
                (_("When"), long_date(row.at)),
                (_("By"), staff.get(row.by_id)),
            ),
            said((_("Why"), row.reason, f"aside:{row.person_id}:{row.finding}")),
        )
        for row in rows
    ]

"""What has happened to one person: events of their referrals, cohort spells and reviews, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import LONDON, long_date
from portal.people.cohort_models import CohortReview
from portal.people.models import CohortSpell
from portal.referrals.models import Event
from portal.referrals.timeline import Happening, happenings


@dataclass(frozen=True)
class Entry:
    """One entry of a person's timeline; `href` opens its referral, if it is about one."""

    happening: Happening
    about: str = ""
    href: str = ""
    reference: str = ""

    @property
    def title(self) -> str:
        return self.happening.title

    @property
    def by(self) -> str:
        return self.happening.by

    @property
    def when(self) -> str:
        return self.happening.when

    @property
    def at(self) -> str:
        return self.happening.at


def timeline(
    events: list[tuple[Event, Any]],
    spells: list[CohortSpell],
    reviews: Sequence[CohortReview] = (),
    names: Mapping[int | None, str] = MappingProxyType({}),
) -> list[Entry]:
    """`names`: of the users who set and ended the spells."""
    entries = [(event.happened_at, _of_referral(event, row)) for event, row in events]
    entries += [(_start_of(review.held_on), _of_review(review)) for review in reviews]
    for spell in spells:
        cohort = str(COHORT_NAMES[spell.cohort])
        joined = _("Joined the cohort %(name)s", name=cohort)
        by = names.get(spell.set_by_id, "")
        entries.append((_start_of(spell.from_on), _of_day(spell.from_on, joined, spell.why, by)))
        if spell.to_on:
            left = _("Left the cohort %(name)s", name=cohort)
            by = names.get(spell.ended_by_id, "")
            entries.append((_start_of(spell.to_on), _of_day(spell.to_on, left, spell.end_why, by)))
    return [entry for _at, entry in sorted(entries, key=lambda pair: pair[0], reverse=True)]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def _of_referral(event: Event, row: Any) -> Entry:
    about = f"{NEEDS[row.need_code]}, {row.name}"
    return Entry(happenings([event])[0], about, f"/referrals/{row.reference}", row.reference)


def _of_review(review: CohortReview) -> Entry:
    held = _of_day(review.held_on, _("Reviewed"), review.answers["agreed"], review.by.name)
    following = (
        _("next review on %(date)s", date=long_date(review.next_on)) if review.next_on else _("left IOM")
    )
    return Entry(
        held.happening, following, f"/people/{review.person_id}/reviews/{review.id}", _("The review")
    )


def _of_day(day: date, title: str, words: str = "", by: str = "") -> Entry:
    return Entry(
        Happening(title=title, by=by, when=long_date(day), at=day.isoformat(), details=[], words=words)
    )

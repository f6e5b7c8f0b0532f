"""What has happened to one person: events of their referrals and cohort spells, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import LONDON, long_date
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


def timeline(events: list[tuple[Event, Any]], spells: list[CohortSpell]) -> list[Entry]:
    entries = [(event.happened_at, _of_referral(event, row)) for event, row in events]
    for spell in spells:
        cohort = str(COHORT_NAMES[spell.cohort])
        entries.append(
            (
                _start_of(spell.from_on),
                _of_day(spell.from_on, _("Joined the cohort %(name)s", name=cohort), spell.why),
            )
        )
        if spell.to_on:
            entries.append(
                (_start_of(spell.to_on), _of_day(spell.to_on, _("Left the cohort %(name)s", name=cohort)))
            )
    return [entry for _at, entry in sorted(entries, key=lambda pair: pair[0], reverse=True)]


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)


def _of_referral(event: Event, row: Any) -> Entry:
    about = f"{NEEDS[row.need_code]}, {row.name}"
    return Entry(happenings([event])[0], about, f"/referrals/{row.reference}", row.reference)


def _of_day(day: date, title: str, words: str = "") -> Entry:
    return Entry(
        Happening(title=title, by="", when=long_date(day), at=day.isoformat(), details=[], words=words)
    )

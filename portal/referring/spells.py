"""A person's time on IOM in words: every cohort with from, to, why and who, and how the next review stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.agencies.codes import COHORT_NAMES
from portal.i18n import long_date, short_date
from portal.people.models import CohortSpell, Person
from portal.people.queries import names_of
from portal.people.wording import review_due, today

Names = Mapping[int | None, str]


@dataclass(frozen=True)
class SpellRow:
    """`who` and `why` are sentences, each on a line of its own."""

    cohort: str
    when: str
    why: list[str]
    who: list[str]


def names_in(spells: Sequence[CohortSpell]) -> Names:
    return names_of(
        number for one in spells for number in (one.set_by_id, one.corrected_by_id, one.ended_by_id)
    )


def spell_rows(spells: Sequence[CohortSpell], names: Names) -> list[SpellRow]:
    return [
        SpellRow(
            str(COHORT_NAMES[spell.cohort]),
            _when(spell),
            [words for words in (spell.why, spell.end_why) if words],
            _who(spell, names),
        )
        for spell in spells
    ]


def _when(spell: CohortSpell) -> str:
    first = short_date(spell.from_on)
    if spell.to_on is None:
        return _("Since %(first)s", first=first)
    return _("%(first)s to %(last)s", first=first, last=short_date(spell.to_on))


def _who(spell: CohortSpell, names: Names) -> list[str]:
    found = []
    if spell.set_by_id in names:
        found.append(_("Set by %(name)s", name=names[spell.set_by_id]))
    if spell.corrected_at:
        day, name = long_date(spell.corrected_at), names.get(spell.corrected_by_id)
        found.append(
            _("Corrected on %(date)s by %(name)s", date=day, name=name)
            if name
            else _("Corrected on %(date)s", date=day)
        )
    if spell.ended_by_id in names:
        found.append(_("Ended by %(name)s", name=names[spell.ended_by_id]))
    return found


def due(person: Person) -> tuple[str, str] | None:
    """How the next review stands: words and tone; None for somebody who is not on IOM."""
    spell = person.open_spell
    return review_due(spell.review_on, today()) if spell and spell.review_on else None

"""What a rule found, in a sentence, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

RULES = {
    "day": _l("Many records in one day"),
    "hour": _l("Many records in one hour"),
    "not_own": _l("Many people who are not their own"),
    "night": _l("Reading out of hours"),
    "repeat": _l("The same person again and again"),
    "run": _l("Records one after another"),
    "refused": _l("Records that were refused"),
    "elsewhere": _l("People of other areas"),
    "many": _l("Many readers of one person"),
}
ANSWERS = {
    "explained": (_l("It is explained"), _l("There was a reason for it in their work")),
    "talk": (_l("I have talked to them, or will"), _l("They need to know what they may read, and why")),
    "passed_on": (
        _l("I have passed it on"),
        _l("To professional standards, information security or the data protection officer"),
    ),
}


def sentence(rule: str, facts: Mapping[str, int]) -> str:
    """Why it was picked out; with the figures it was compared with."""
    said = _said(rule, facts)
    if rule in ("day", "hour", "not_own"):
        said = f"{said} {_compared(facts)}"
    return said.strip()


def _said(rule: str, facts: Mapping[str, int]) -> str:
    people = facts.get("people", 0)
    if rule == "day":
        return ngettext(
            "Opened the records of %(num)d person in one day.",
            "Opened the records of %(num)d people in one day.",
            people,
        )
    if rule == "hour":
        return ngettext(
            "Opened the records of %(num)d person within one hour.",
            "Opened the records of %(num)d people within one hour.",
            people,
        )
    if rule == "not_own":
        return ngettext(
            "Opened the records of %(num)d person in one day with whom the portal shows no work of theirs.",
            "Opened the records of %(num)d people in one day with whom the portal shows no work of theirs.",
            people,
        )
    if rule == "night":
        return ngettext(
            "Opened the records of %(num)d person at night or on a day off, which is not usual for them.",
            "Opened the records of %(num)d people at night or on a day off, which is not usual for them.",
            people,
        )
    if rule == "run":
        return ngettext(
            "Opened %(num)d record one after another by their numbers, of people with whom the portal shows no work of theirs.",
            "Opened %(num)d records one after another by their numbers, of people with whom the portal shows no work of theirs.",
            people,
        )
    return _said_of_times(rule, facts)


def _said_of_times(rule: str, facts: Mapping[str, int]) -> str:
    times = facts.get("times", 0)
    if rule == "repeat":
        return ngettext(
            "Opened one person’s record %(num)d time within a fortnight, and did nothing else about that person.",
            "Opened one person’s record %(num)d times within a fortnight, and did nothing else about that person.",
            times,
        )
    if rule == "refused":
        return ngettext(
            "Asked for %(num)d record by its number that they may not see, or that is not there.",
            "Asked for %(num)d records by their numbers that they may not see, or that are not there.",
            times,
        )
    if rule == "elsewhere":
        week = _("%(week)d in the last week, %(nobody)d of today’s found nobody.", **_both(facts))
        day = ngettext(
            "Looked for %(num)d person of another area in one day:",
            "Looked for %(num)d people of other areas in one day:",
            times,
        )
        return f"{day} {week}"
    return ngettext(
        "%(num)d member of staff opened this person’s record in one day, with whom the portal shows no work of theirs.",
        "%(num)d members of staff opened this person’s record in one day, with whom the portal shows no work of theirs.",
        facts.get("readers", 0),
    )


def _both(facts: Mapping[str, int]) -> dict[str, int]:
    return {"week": facts.get("week", 0), "nobody": facts.get("nobody", 0)}


def _compared(facts: Mapping[str, int]) -> str:
    own, peers = facts.get("own"), facts.get("peers")
    parts = []
    if own is not None:
        parts.append(_("Usual for them: %(number)d.", number=own))
    if peers is not None:
        parts.append(_("Usual for others in this role: %(number)d.", number=peers))
    return " ".join(parts)

"""Work and access in words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.access import AGENCY, Role
from portal.i18n import language, long_date
from portal.staff.giving import Given
from portal.staff.queries import Member, Unit
from portal.staff.work import Work

ANSWERS = {
    "keep": _l("Keep"),
    "change": _l("Change asked for"),
    "suspend": _l("Suspended"),
    "done": _l("Changed"),
}
ANSWER_COLOURS = {"keep": "green", "change": "yellow", "suspend": "grey", "done": "green"}


def work_lines(work: Work) -> list[str]:
    """What waits on somebody, a line for each kind."""
    lines = (
        (work.worked_on, ngettext("%(num)d open referral they work on", "%(num)d open referrals they work on", work.worked_on)),
        (work.sent, ngettext("%(num)d open referral they sent", "%(num)d open referrals they sent", work.sent)),
        (work.drafts, ngettext("%(num)d draft", "%(num)d drafts", work.drafts)),
        (
            work.people,
            ngettext("%(num)d person whose officer they are", "%(num)d people whose officer they are", work.people),
        ),
        (work.reviews, ngettext("%(num)d review that is due", "%(num)d reviews that are due", work.reviews)),
        (work.appointments, ngettext("%(num)d appointment", "%(num)d appointments", work.appointments)),
        (
            work.covers,
            ngettext("%(num)d absence for which they cover", "%(num)d absences for which they cover", work.covers),
        ),
    )  # fmt: skip
    return [words for number, words in lines if number]


def given(done: Given, name: str) -> str:
    """What became of the work, for the banner."""
    referrals = ngettext("%(num)d referral", "%(num)d referrals", done.referrals)
    people = ngettext("%(num)d person on IOM", "%(num)d people on IOM", done.people)
    words = _("Given to %(name)s: %(referrals)s, %(people)s.", name=name, referrals=referrals, people=people)
    if done.left:
        words += " " + ngettext(
            "%(num)d could not be given, because %(name)s may not see it.",
            "%(num)d could not be given, because %(name)s may not see them.",
            done.left,
            name=name,
        )
    return str(words)


def unit_name(unit: Unit) -> str:
    if unit.names is None:
        return str(_("Users whom no other manager reviews"))
    return unit.names[1 if language() == "cy" else 0]


def sees(member: Member) -> str:
    """The areas and services that somebody works for."""
    user, spoken = member.user, language()
    if user.as_role is Role.ADMINISTRATOR:
        return str(_("Administration, no cases"))
    areas = [_("All areas")] if user.every_area else sorted(area.name(spoken) for area in user.areas)
    if user.as_role not in AGENCY:
        return ", ".join(areas) or str(_("No area"))
    services = (
        [_("All services")] if user.every_service else sorted(one.name_in(spoken) for one in user.services)
    )
    return "; ".join((", ".join(services) or str(_("No service")), ", ".join(areas) or str(_("No area"))))


def signed_in(member: Member) -> str:
    return long_date(member.user.signed_in_at) if member.user.signed_in_at else str(_("Never"))


def marks(member: Member, now: datetime) -> list[str]:
    """What is worth a look before one answers."""
    found = []
    if member.has_been_quiet(now):
        found.append(_("Not signed in for 90 days"))
    if not member.factor:
        found.append(_("No second factor"))
    return found

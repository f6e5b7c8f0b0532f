"""Hub sessions in words."""

from __future__ import annotations

from datetime import time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.agencies.hub_models import HubSession

# In Welsh every name of a day follows the word for day: the sentence brings that word.
DAYS = (
    lazy_pgettext("day of the week in a sentence", "Monday"),
    lazy_pgettext("day of the week in a sentence", "Tuesday"),
    lazy_pgettext("day of the week in a sentence", "Wednesday"),
    lazy_pgettext("day of the week in a sentence", "Thursday"),
    lazy_pgettext("day of the week in a sentence", "Friday"),
    lazy_pgettext("day of the week in a sentence", "Saturday"),
    lazy_pgettext("day of the week in a sentence", "Sunday"),
)
WEEKDAYS = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip
RHYTHMS = {
    "": _l("Every week"),
    "1": _l("In the first week of the month"),
    "2": _l("In the second week of the month"),
    "3": _l("In the third week of the month"),
    "4": _l("In the fourth week of the month"),
    "5": _l("In the last week of the month"),
}


def rhythm(session: HubSession) -> str:
    """Every Monday; the last Friday of the month."""
    day = DAYS[session.weekday]
    words = {
        None: _("Every %(day)s", day=day),
        1: _("The first %(day)s of the month", day=day),
        2: _("The second %(day)s of the month", day=day),
        3: _("The third %(day)s of the month", day=day),
        4: _("The fourth %(day)s of the month", day=day),
        5: _("The last %(day)s of the month", day=day),
    }
    return str(words[session.week_of_month])


def hours(session: HubSession) -> str:
    return str(_("%(begins)s to %(ends)s", begins=_clock(session.begins), ends=_clock(session.ends)))


def _clock(at: time) -> str:
    return at.strftime("%H:%M")

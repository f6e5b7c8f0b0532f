"""Chases in words, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.chasing.advice import Advice
from portal.chasing.models import Chase
from portal.i18n import long_date

KINDS = {"chase": _l("Chase"), "advocacy": _l("Advocacy"), "escalation": _l("Escalation")}
LEVELS = {
    "worker": _l("The agency’s worker"),
    "manager": _l("The agency’s manager"),
    "managers": _l("The managers of both sides"),
}
CHANNELS = {"portal": _l("In the portal"), "phone": _l("By phone"), "meeting": _l("In a meeting")}
CHANGES = {
    "nothing": _l("Nothing has changed"),
    "answered": _l("IOM has an answer"),
    "decided": _l("The agency has decided"),
    "priority": _l("Priority was granted"),
    "sooner": _l("An earlier date was given"),
    "offered": _l("An appointment was offered"),
    "reversed": _l("The decline was reversed"),
    "other": _l("Something else"),
}


def title(chase: Chase) -> str:
    """“Chase: the agency’s worker, by phone, 27 March 2026”."""
    said = f"{KINDS[chase.kind]}: {str(LEVELS[chase.level]).lower()}"
    return f"{said}, {str(CHANNELS[chase.channel]).lower()}, {long_date(chase.at)}"


def outcome(chase: Chase) -> tuple[str, str]:
    """What an answered chase changed; and who answered, when."""
    changed, day = str(CHANGES[chase.changed or "answered"]), long_date(chase.answered_at)
    if chase.answered_by and chase.answerer:
        recorder = chase.answerer.name
        return changed, _(
            "%(who)s, %(date)s, recorded by %(name)s", who=chase.answered_by, date=day, name=recorder
        )
    return changed, _("%(who)s, %(date)s", who=chase.answerer.name if chase.answerer else "", date=day)


def advice_words(advice: Advice) -> str:
    """One sentence: what could be done next."""
    if advice.step == "chase":
        return _("This is past what was agreed. You could chase the agency’s worker for an answer.")
    if advice.step == "advocate":
        return _("This is past what was agreed. You could ask the agency’s worker for quicker access.")
    if advice.level == "manager":
        return _("This is past what was agreed. You could escalate it to the agency’s manager.")
    return _("This is past what was agreed. You could escalate it to the managers of both sides.")


def advice_href(advice: Advice, reference: str) -> str:
    if advice.step == "escalate":
        return f"/referrals/{reference}/escalate?level={advice.level}"
    return f"/referrals/{reference}/chase?kind={'advocacy' if advice.step == 'advocate' else 'chase'}"

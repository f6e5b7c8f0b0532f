"""Needs and coded reasons with their words. The database holds the codes, the catalogue both languages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

NEEDS = {
    "housing": _l("Housing"),
    "substance_misuse": _l("Substance misuse"),
    "mental_health": _l("Mental health"),
    "finance": _l("Finance, benefit and debt"),
    "employment": _l("Employment, training and education"),
    "family": _l("Family and relationships"),
    "attitudes": _l("Attitudes, thinking and behaviour"),
    "health": _l("Health"),
    "lifestyle": _l("Lifestyle and associates"),
    "social_inclusion": _l("Social inclusion"),
    "other": _l("Other"),
}

DECLINE_CAUSES = {
    "agency": _l("About the agency"),
    "person": _l("About the person"),
    "referral": _l("About the referral"),
    "other": _l("Something else"),
}
DECLINE_REASONS = {
    "no_capacity": ("agency", _l("No capacity")),
    "no_suitable_provision": ("agency", _l("No suitable provision")),
    "risk_not_manageable": ("agency", _l("Risk cannot be managed here")),
    "threshold_not_met": ("agency", _l("Threshold not met")),
    "offence_excluded": ("agency", _l("Criminal record or offence type excluded")),
    "previous_behaviour": ("agency", _l("Previous behaviour at this service")),
    "not_commissioned": ("agency", _l("Not commissioned for this")),
    "not_eligible": ("person", _l("Not eligible (age or area)")),
    "not_wanted": ("person", _l("The person does not want it")),
    "already_receiving": ("person", _l("Already receiving it")),
    "no_local_connection": ("person", _l("No local connection")),
    "intentionally_homeless": ("person", _l("Found intentionally homeless")),
    "not_enough_information": ("referral", _l("Not enough information")),
    "duplicate": ("referral", _l("Duplicate")),
    "wrong_service": ("referral", _l("Wrong service")),
    "other": ("other", _l("Other")),
}
WITHDRAWAL_REASONS = {
    "sent_in_error": _l("Sent in error or duplicate"),
    "met_another_way": _l("Need met another way"),
    "disengaged": _l("Person disengaged"),
    "agreement_withdrawn": _l("Person withdrew their agreement"),
    "moved_away": _l("Person moved away"),
    "custody": _l("Returned to custody"),
    "iom_ended": _l("IOM or sentence ended"),
    "died": _l("Person died"),
    "no_answer": _l("No answer from the agency"),
    "other": _l("Other"),
}
CLOSE_REASONS = {
    "completed": _l("Completed"),
    "stopped_attending": _l("Person stopped attending"),
    "moved": _l("Person moved"),
    "custody": _l("Person in custody"),
    "died": _l("Person died"),
    "passed_on": _l("Passed to another service"),
    "service_ended": _l("Service ended"),
    "decline_agreed": _l("Decline agreed"),
    "decline_lapsed": _l("Decline not challenged within 10 working days"),
    "decline_upheld": _l("Decline upheld"),
    "other": _l("Other"),
}
OUTCOMES = {"met": _l("Need met"), "partly_met": _l("Need partly met"), "not_met": _l("Need not met")}
PRIORITY_REASONS = {
    "release": _l("Release from custody"),
    "no_address": _l("No address tonight"),
    "recall_risk": _l("Risk of recall or breach"),
    "engaged_now": _l("Engaged and ready now"),
    "y2a": _l("Y2A transition"),
    "risk_to_self": _l("Risk to self"),
    "other": _l("Other"),
}
COHORT_NAMES = {"fixed": _l("Fixed"), "flex": _l("Flex"), "free": _l("Free")}


def reason_rows() -> list[dict[str, object]]:
    """Every reason as a row of the table `reason`."""
    rows: list[dict[str, object]] = [
        {"kind": "decline", "code": code, "cause": cause, "position": position}
        for position, (code, (cause, _words)) in enumerate(DECLINE_REASONS.items())
    ]
    plain = {
        "withdrawal": WITHDRAWAL_REASONS,
        "close": CLOSE_REASONS,
        "outcome": OUTCOMES,
        "priority": PRIORITY_REASONS,
    }
    for kind, words in plain.items():
        rows += [{"kind": kind, "code": c, "cause": None, "position": p} for p, c in enumerate(words)]
    return rows

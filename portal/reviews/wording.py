"""The questions of a review and their answers in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.i18n import long_date
from portal.people.cohort_models import CohortReview
from portal.people.wording import NEED_STATES

COHORT_ANSWERS = {
    "stays": _l("Yes, it stays"),
    "other": _l("No, another cohort is right"),
    "leaves": _l("No, the person leaves IOM"),
}
NEED_ANSWERS = {"stays": _l("Yes, as it stands"), "changed": _l("No, something has changed")}
CONTACT_ANSWERS = {"right": _l("Yes, all of them"), "wrong": _l("No, something has to change")}
ENGAGEMENT = {
    "fully": _l("Takes a full part"),
    "mostly": _l("Takes part most of the time"),
    "sometimes": _l("Takes part now and then"),
    "hardly": _l("Hardly takes part, or refuses"),
    "unknown": _l("Too early to say"),
}
TRAVEL = {
    "yes": _l("Yes, without help"),
    "help": _l("Yes, with help: a lift, fares, or somebody to go along"),
    "no": _l("No, it keeps the person from services"),
    "unknown": _l("Not known"),
}
QUESTIONS = {
    "contacts": _l("Are the contacts still right for this person?"),
    "engagement": _l("How does the person respond?"),
    "travel": _l("Can the person get to where services are?"),
}


@dataclass(frozen=True)
class Answer:
    """A question as it was answered: a line for each thing said, the last of them as somebody wrote it, if any did."""

    question: str
    lines: list[str]
    written: str = ""


def answers(review: CohortReview) -> list[Answer]:
    """All that was asked and said, in the order of the form."""
    kept = review.answers
    found = [_cohort(kept["cohort"]), *(_need(need) for need in kept["needs"])]
    if kept["new_needs"]:
        found.append(Answer(_("Needs added"), [str(NEEDS[code]) for code in kept["new_needs"]]))
    words = {"contacts": CONTACT_ANSWERS, "engagement": ENGAGEMENT, "travel": TRAVEL}
    for name, names in words.items():
        found.append(_said(str(QUESTIONS[name]), names[kept[name]["answer"]], written=kept[name]["words"]))
    following = long_date(review.next_on) if review.next_on else _("None: the person has left IOM")
    return [*found, _said(_("What was agreed"), written=kept["agreed"]), _said(_("Next review"), following)]


def _cohort(kept: dict[str, Any]) -> Answer:
    question = _("Is %(cohort)s still the right cohort?", cohort=COHORT_NAMES[kept["now"]])
    to = _("From then on: %(cohort)s", cohort=COHORT_NAMES[kept["to"]]) if kept["to"] else ""
    return _said(question, COHORT_ANSWERS[kept["answer"]], to, written=kept["words"])


def _need(kept: dict[str, Any]) -> Answer:
    name, state = NEEDS[kept["code"]], NEED_STATES[kept["state"]]
    then = _("Then: %(state)s", state=state)
    if kept["referrals"]:
        then = _(
            "Then: %(state)s, with %(references)s live", state=state, references=", ".join(kept["referrals"])
        )
    return _said(str(name), NEED_ANSWERS[kept["answer"]], then, written=kept["words"])


def _said(question: str, *lines: Any, written: str = "") -> Answer:
    said = [str(line) for line in (*lines, written) if str(line)]
    return Answer(question, said or ["–"], written)


def not_right(kept: dict[str, Any]) -> Sequence[str]:
    """The names of the needs of which something has changed."""
    return [str(NEEDS[need["code"]]) for need in kept["needs"] if need["answer"] == "changed"]

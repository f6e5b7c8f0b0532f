"""What may be wrong with a record: one tuple, each finding with its words and what to do.

When a record has one is said by the same code in `all_findings` of the database (migrations/versions/0020_quality.py):
behind the policies the conditions would be asked row by row, and cost a hundred times as much.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from portal.fields import Text

GROUPS: dict[str, Text] = {
    "stale": _l("Stale"),
    "incomplete": _l("Incomplete"),
    "duplicate": _l("Possible duplicates"),
    "contradiction": _l("Contradictions"),
}
EDIT = "/people/%d/edit"


@dataclass(frozen=True)
class Finding:
    """`to_do` is a link to `href`, which takes the person's id."""

    code: str
    group: str
    words: Text
    to_do: Text
    href: str


FINDINGS = (
    Finding("inactive", "stale", _l("Nothing new for a long time"), _l("Look at the record"), "/people/%d"),
    Finding("review_overdue", "stale", _l("Review more than 4 weeks overdue"), _l("Hold the review"), "/people/%d/review"),
    Finding("om_left", "stale", _l("An offender manager has left"), _l("Choose an offender manager"), f"{EDIT}#police_om"),
    Finding("no_om", "stale", _l("No offender manager"), _l("Choose an offender manager"), f"{EDIT}#police_om"),
    Finding("no_birth_date", "incomplete", _l("No date of birth"), _l("Enter the date of birth"), f"{EDIT}#date_of_birth-day"),
    Finding("no_authority", "incomplete", _l("No local authority"), _l("Choose the local authority"), f"{EDIT}#local_authority"),
    Finding("no_sex", "incomplete", _l("Sex not recorded"), _l("Record the sex"), f"{EDIT}#sex"),
    Finding(
        "no_numbers", "incomplete", _l("No number from another system"),
        _l("Enter a CRN, PNC ID, prison number or Niche reference"), f"{EDIT}#crn",
    ),
    Finding("pnc_letter", "incomplete", _l("PNC ID with a wrong last letter"), _l("Check the PNC ID"), f"{EDIT}#pnc_id"),
    Finding(
        "no_cohort", "incomplete", _l("In no cohort, but with a live referral"), _l("Choose a cohort"), "/people/%d/cohort",
    ),
    Finding(
        "pair_asked", "duplicate", _l("May be the same person as on another record"),
        _l("Compare the two records"), "/register/pairs",
    ),
    Finding(
        "shares_number", "duplicate", _l("Has a number that another record has too"), _l("Check the numbers"), f"{EDIT}#crn",
    ),
    Finding(
        "differs", "contradiction", _l("Police and probation say different things"),
        _l("Decide what is right"), "/people/%d/sources",
    ),
    Finding(
        "closed_named", "contradiction", _l("Closed here, but an extract still names the person"),
        _l("Reopen, or ask for the extract to be put right"), "/people/%d",
    ),
    Finding(
        "wisdom_cohort", "contradiction", _l("A WISDOM case, but not in the Free cohort"),
        _l("Put the cohort right"), "/people/%d/cohort",
    ),
    Finding(
        "died", "contradiction", _l("A referral ended because the person died"),
        _l("Close the record"), "/register/quality/close?person=%d",
    ),
)  # fmt: skip
BY_CODE = {finding.code: finding for finding in FINDINGS}

"""Every table that holds something on a person: what erasure does with it, and whether a copy shows it.

The function `erase_person` (migration 0021) names the same tables. tests/keeping/test_tables.py walks the schema: it
fails for a table that is not here, and for a column of words that still says something once its person is erased.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Held:
    """`gone`: its rows are deleted. Else they stay without words; `kept`: columns that stay, and why.

    `copied`: the section of a copy that shows it, or why none does.
    """

    copied: str
    gone: bool = False
    kept: dict[str, str] = field(default_factory=dict)


STATE = "a code that figures and `verify` read"
STAFF = "about staff, not the person"
TOKEN = "random: makes a second sending impossible"  # noqa: S105 - no secret
COUNTED = "dates and codes that figures count"
TABLES: dict[str, Held] = {
    "person": Held(
        "record",
        kept={
            "surname": "a dash", "language": "set to the usual one", "closed_reason": "set to the last one",
            "sort_key": "the last of all",
        },
    ),
    "person_name": Held("the record has the names", gone=True),
    "person_reader": Held("readers"),  # stays: whoever was named goes on counting what they could see
    "cohort_spell": Held("cohorts", kept={"cohort": COUNTED}),
    "cohort_review": Held("reviews", gone=True),
    "person_need": Held("needs", kept={"need_code": COUNTED, "state": COUNTED}),
    # Stays: `verify` has where a need stands follow from it.
    "need_statement": Held("statements", kept={"need_code": COUNTED, "state": COUNTED}),
    "person_closing": Held("closings", gone=True),
    "finding_set_aside": Held("aside", gone=True),
    "person_upkeep": Held("worked out from the rest", gone=True),
    "source_record": Held("sources", gone=True),
    "person_edit": Held("edits", gone=True),
    "person_pair": Held("pairs", gone=True),
    "keeping_decision": Held(
        "keeping", kept={"action": "the decision survives", "reason": "the decision survives", "token": TOKEN}
    ),
    "person_copy": Held("copies", kept={"reason": "that it was answered", "language": "that it was answered", "token": TOKEN}),
    "referral": Held(
        "referrals",
        kept={
            name: COUNTED
            for name in (
                "reference", "need_code", "further_needs", "cohort", "status", "paused_from", "ended_from", "decision",
                "decline_kind", "decline_reason", "withdrawal_kind", "withdrawal_reason", "close_kind", "close_reason",
                "outcome",
            )
        },
    ),
    "referral_detail": Held(
        "referrals", kept={"priority_reasons": COUNTED, "done": "which pages of the draft were filled in"}
    ),
    "release": Held("releases", gone=True),
    "event": Held("referrals", kept={"kind": STATE, "to_status": STATE, "side": STATE, "data": "codes and dates, words go"}),
    "message": Held("messages", gone=True),
    "message_mark": Held(STAFF, gone=True),
    "appointment": Held("appointments", kept={"mode": COUNTED, "state": COUNTED, "token": TOKEN}),
    "chase": Held(
        "chases", kept={"kind": COUNTED, "level": COUNTED, "channel": COUNTED, "changed": COUNTED, "token": TOKEN}
    ),
    "meeting_decision": Held("meetings", gone=True),
    "reading_reason": Held("readers", kept={"kind": "that a reason was given", "reason": "a code: that a reason was given"}),
    "unusual_reading": Held(STAFF, kept={"rule": STAFF, "answer": STAFF, "area_ids": STAFF}),
}  # fmt: skip

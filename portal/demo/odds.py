"""How often each coded reason and answer is given in the demonstration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

DECLINES: dict[str, dict[str, float]] = {
    "housing": {
        "no_capacity": 4, "no_suitable_provision": 3, "risk_not_manageable": 3, "no_local_connection": 2,
        "offence_excluded": 2, "previous_behaviour": 1.5, "intentionally_homeless": 1, "not_wanted": 1,
    },
    "substance_misuse": {
        "already_receiving": 3, "not_wanted": 3, "no_capacity": 2, "not_enough_information": 2, "wrong_service": 1,
    },
    "mental_health": {
        "threshold_not_met": 6, "no_capacity": 3, "wrong_service": 2, "already_receiving": 1.5, "not_wanted": 1,
        "not_commissioned": 1,
    },
    "": {"no_capacity": 3, "not_eligible": 1, "not_enough_information": 1, "not_wanted": 2, "duplicate": 0.5},
}  # fmt: skip
UNANSWERED = {"no_answer": 7, "met_another_way": 2, "custody": 1, "disengaged": 1, "sent_in_error": 0.3}
WITHDRAWN = {
    "disengaged": 4, "custody": 3, "met_another_way": 2, "moved_away": 1, "iom_ended": 1, "agreement_withdrawn": 1,
}  # fmt: skip
CLOSED = {"completed": 6, "stopped_attending": 2, "custody": 1, "moved": 0.5, "passed_on": 0.5}
NEVER_STARTED = {"stopped_attending": 4, "custody": 3, "moved": 2, "passed_on": 1}
OUTCOMES = {"met": 6.5, "partly_met": 2.5, "not_met": 1}
POOR_OUTCOMES = {"partly_met": 3, "not_met": 7}
PAUSES = {"custody": 5, "hospital": 2, "out_of_contact": 3}
BASES = {"offender_management": 7, "crime_and_disorder": 1, "protection": 0.5, "agreement": 1.5}
AGREES = {"yes": 8.4, "no": 0.5, "not_asked": 1.1}
VISITS = {"yes": 7, "no": 1.2, "not_known": 1.8}
REASONS = {"engaged_now": 4, "recall_risk": 3, "risk_to_self": 1}
SECTIONS = {"identity": 0.95, "contact": 0.93, "priority": 0.6, "risk": 0.75}


def pick(rng: np.random.Generator, odds: Mapping[str, float], count: int) -> list[str]:
    """Codes at random, each as often as its weight says."""
    codes, weights = list(odds), np.array(list(odds.values()), dtype=float)
    return [codes[chosen] for chosen in rng.choice(len(codes), count, p=weights / weights.sum()).tolist()]

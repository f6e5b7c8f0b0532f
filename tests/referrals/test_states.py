"""Every action, by every role, from every state: the table of the product paper, written out again as it reads there."""

from __future__ import annotations

import pytest

from portal.access import Role
from portal.referrals.states import (
    EVENT_KINDS,
    TRANSITIONS,
    Status,
    TransitionRefused,
    allowed,
    fold,
    move,
)
from tests.referrals.paper import PAPER


@pytest.mark.parametrize("action", PAPER)
def test_an_action_is_open_to_those_of_the_paper_from_the_states_of_the_paper_and_to_nobody_else(
    action: str,
) -> None:
    from_, to, roles = PAPER[action]
    for status in Status:
        for role in Role:
            if status in from_ and role in roles:
                expected = Status.ACKNOWLEDGED if to == "before" else to
                assert move(action, status, role, before=Status.ACKNOWLEDGED) == expected
                assert action in allowed(status, role)
            else:
                with pytest.raises(TransitionRefused) as refused:
                    move(action, status, role, before=Status.ACKNOWLEDGED)
                assert refused.value.status == status
                assert action not in allowed(status, role)


def test_the_table_holds_the_actions_of_the_paper_and_each_has_its_event() -> None:
    assert {t.action for t in TRANSITIONS} == set(PAPER) == set(EVENT_KINDS)


def test_nothing_is_restored_where_nothing_was_before() -> None:
    with pytest.raises(TransitionRefused):
        move("resume", Status.PAUSED, Role.IOM_OFFICER, before=None)


def test_a_history_folds_to_its_last_state_and_entries_without_a_state_change_nothing() -> None:
    assert fold([]) == Status.DRAFT
    assert fold([("sent", "sent"), ("acknowledged", "acknowledged"), ("chased", None)]) == Status.ACKNOWLEDGED

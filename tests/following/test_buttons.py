"""The buttons of a referral's page: all that the table of states allows, the likeliest first, each where it leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.access import Role
from portal.following.buttons import BY_ACTION, page_actions
from portal.referrals.models import Referral
from portal.referrals.states import TRANSITIONS, Status, allowed

ON_THE_PAGE = {"answer"}  # has its form there
NO_BUTTON = {"send", "lapse_decline"}
ROLES = [Role.IOM_OFFICER, Role.IOM_MANAGER, Role.AGENCY_WORKER, Role.AGENCY_MANAGER]


def referral(status: Status | str, **values: object) -> Referral:
    return Referral(reference="AB1234CD", status=str(status), **values)


def texts(role: Role, status: Status | str, **values: object) -> tuple[list[str], list[str]]:
    late = bool(values.pop("late", False))
    found = page_actions(referral(status, **values), role, late=late)
    return [each.text for each in found.likely], [each.text for each in found.rare]


def test_every_action_of_the_table_has_its_button() -> None:
    assert {each.action for each in TRANSITIONS} == set(BY_ACTION) | ON_THE_PAGE | NO_BUTTON


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", [status for status in Status if status != Status.DRAFT])
def test_a_role_finds_just_what_it_may_do_and_each_once(role: Role, status: Status) -> None:
    found = page_actions(referral(status), role)
    paths = [each.href.removeprefix("/referrals/AB1234CD/") for each in (*found.likely, *found.rare)]
    wanted = {button.path for action in allowed(status, role) for button in BY_ACTION.get(action, ())}
    beside = {"appointments/new", "chase", "escalate", "update"}
    assert len(paths) == len(set(paths))
    assert set(paths) - beside == wanted
    assert sum(each.primary for each in (*found.likely, *found.rare)) <= 1
    assert not any(each.primary for each in (*found.likely[1:], *found.rare))


def test_an_agency_acknowledges_first_then_decides_and_rare_things_stand_apart() -> None:
    likely, rare = texts(Role.AGENCY_WORKER, "sent")
    assert likely == [
        "Acknowledge",
        "Accept as priority",
        "Accept as standard",
        "Ask for information",
        "Offer appointment",
        "Decline",
    ]
    assert rare == ["Pause"]
    assert texts(Role.AGENCY_WORKER, "acknowledged")[0][0] == "Accept as priority"


def test_after_acceptance_an_appointment_comes_first_and_after_the_first_offer_the_start() -> None:
    assert texts(Role.AGENCY_WORKER, "accepted")[0][0] == "Offer appointment"
    assert texts(Role.AGENCY_WORKER, "accepted", first_offer_at=datetime.now(UTC))[0][0] == "Start service"


def test_attendance_yet_to_be_recorded_comes_before_all() -> None:
    found = page_actions(referral("in_service"), Role.AGENCY_WORKER, to_record="/there")
    assert (found.likely[0].text, found.likely[0].href, found.likely[0].primary) == (
        "Record attendance",
        "/there",
        True,
    )
    assert not any(each.primary for each in found.likely[1:])


def test_iom_waits_without_a_green_button_until_the_promise_is_broken() -> None:
    waiting = page_actions(referral("acknowledged"), Role.IOM_OFFICER)
    assert [(each.text, each.primary) for each in waiting.likely] == [("Chase", False)]
    assert [each.text for each in waiting.rare] == [
        "Withdraw",
        "Pause",
        "Escalate",
        "Update what the agency sees",
    ]
    late = page_actions(referral("acknowledged"), Role.IOM_OFFICER, late=True)
    assert [(each.text, each.primary) for each in late.likely] == [("Chase", True), ("Escalate", False)]
    chased = page_actions(referral("acknowledged"), Role.IOM_OFFICER, late=True, escalate=True)
    assert [(each.text, each.primary) for each in chased.likely] == [("Escalate", True), ("Chase", False)]


def test_only_managers_answer_a_decline_and_reopen() -> None:
    assert texts(Role.IOM_MANAGER, "declined")[0] == ["Agree with decline", "Challenge decline"]
    assert texts(Role.IOM_OFFICER, "declined")[0] == []
    challenged = texts(Role.AGENCY_MANAGER, "challenged")[0]
    assert challenged == ["Accept as priority", "Accept as standard", "Uphold decline"]
    assert texts(Role.AGENCY_WORKER, "challenged")[0] == []
    assert texts(Role.IOM_MANAGER, "closed") == ([], ["Reopen"])
    assert texts(Role.IOM_OFFICER, "closed") == ([], [])


def test_nothing_that_has_ended_is_chased_or_given_an_appointment() -> None:
    for role in ROLES:
        for status in ("closed", "withdrawn"):
            likely, rare = texts(role, status, closed_at=datetime.now(UTC) - timedelta(days=1))
            assert not {"Chase", "Escalate", "Offer appointment"} & {*likely, *rare}

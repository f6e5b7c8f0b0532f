"""A new referral in place of one to the wrong service; and withdrawing the others once one has been accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import db
from portal.mail import OutboxEmail
from portal.referrals import actions
from portal.referrals.models import Referral
from portal.referring.parallel import list_parallel
from tests.factories import GWENT, area, make_agency, make_person, make_sent, make_service, make_user
from tests.referring.journey import fill, soup, version

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def declined(officer: User, reason: str = "wrong_service") -> Referral:
    referral = make_sent(by=officer, at=AT)
    referral.further_needs, referral.needed_by = ["finance"], date(2027, 1, 4)
    detail = referral.detail
    detail.asked, detail.priority_reasons, detail.priority_words = "A room", ["engaged_now"], "He is ready"
    detail.contact, detail.visit_alone, detail.risk_words = "Through me", "no", "Two at a time"
    detail.sections, detail.basis, detail.person_agrees = ["identity", "risk"], "offender_management", "yes"
    worker = make_user("agency_worker", referral.agency)
    actions.decline(referral, worker, AT, reason=reason, elsewhere="Example Hostel")
    db.session.commit()
    return referral


def drafts() -> list[Referral]:
    return list(db.session.scalars(sa.select(Referral).where(Referral.status == "draft")))


def test_a_wrong_service_offers_a_new_referral_that_is_filled_in_but_for_the_service(
    client_for: Clients,
) -> None:
    officer = make_user()
    referral = declined(officer)
    client = client_for(officer)
    page = client.post(f"/referrals/{referral.reference}/refer-again")
    (draft,) = drafts()
    assert (page.status_code, page.location) == (302, f"/refer/{draft.reference}/service")
    assert (draft.copied_from_id, draft.person_id, draft.need_code) == (
        referral.id, referral.person_id, referral.need_code,
    )  # fmt: skip
    assert (draft.service_id, draft.agency_id, draft.detail.done) == (None, None, ["request"])
    assert (draft.further_needs, draft.needed_by) == (["finance"], date(2027, 1, 4))
    for name in ("asked", "priority_reasons", "priority_words", "contact", "risk_words", "sections", "basis"):
        assert getattr(draft.detail, name) == getattr(referral.detail, name), name
    assert draft.detail.visit_alone is None
    assert "Through me" in client.get(f"/refer/{draft.reference}/contact").text


def test_pressing_twice_goes_on_with_the_same_draft(client_for: Clients) -> None:
    officer = make_user()
    referral = declined(officer)
    for _ in range(2):
        assert client_for(officer).post(f"/referrals/{referral.reference}/refer-again").status_code == 302
    assert len(drafts()) == 1


def test_another_reason_offers_none_and_a_stranger_finds_nothing(client_for: Clients) -> None:
    officer = make_user()
    referral = declined(officer, "no_capacity")
    address = f"/referrals/{referral.reference}/refer-again"
    assert client_for(officer).post(address).status_code == 409
    assert client_for(make_user(areas=[area(GWENT)])).post(address).status_code == 404
    assert client_for(make_user("agency_worker", referral.agency)).post(address).status_code == 403
    assert drafts() == []


@pytest.fixture
def three(database: None) -> list[Referral]:
    """One person's referrals for one need to three agencies, of which the first has been accepted."""
    officer, person = make_user(), make_person()
    found = []
    for number in range(3):
        service = make_service(make_agency(), intake_email=f"intake{number}@agency.example")
        found.append(make_sent(service, person, officer, AT + timedelta(hours=number)))
    worker = make_user("agency_worker", found[0].agency)
    actions.accept(found[0], worker, AT + timedelta(days=1), priority=True)
    db.session.commit()
    return found


def test_once_one_is_accepted_the_others_are_offered_for_withdrawal_and_those_chosen_go(
    three: list[Referral], client_for: Clients
) -> None:
    accepted, second, third = three
    assert [row.reference for row in list_parallel(accepted)] == [second.reference, third.reference]
    assert list_parallel(second) == []
    client = client_for(accepted.referrer)
    page = fill(client, f"/referrals/{accepted.reference}/withdraw-others", others=[second.reference],
                reason="met_another_way")  # fmt: skip
    assert page.status_code == 302
    assert (second.status, second.withdrawal_reason) == ("withdrawn", "met_another_way")
    assert (accepted.status, third.status) == ("accepted", "sent")
    told = db.session.scalars(sa.select(OutboxEmail.address).where(OutboxEmail.template == "withdrawn"))
    assert list(told) == ["intake1@agency.example"]


def test_a_referral_for_another_need_of_another_person_or_that_has_ended_is_not_offered(
    three: list[Referral],
) -> None:
    accepted, second, third = three
    officer = accepted.referrer
    actions.withdraw(second, officer, AT + timedelta(days=2), reason="moved_away")
    make_sent(make_service(needs=("employment",)), accepted.person, officer, AT)
    make_sent(third.service, make_person(), officer, AT)
    assert [row.reference for row in list_parallel(accepted)] == [third.reference]


def test_nothing_chosen_is_an_error_and_what_has_changed_meanwhile_is_shown_anew(
    three: list[Referral], client_for: Clients
) -> None:
    accepted, second, third = three
    client = client_for(accepted.referrer)
    address = f"/referrals/{accepted.reference}/withdraw-others"
    page = client.get(address)
    assert {box["value"] for box in soup(page).select("input[name=others]")} == {
        second.reference,
        third.reference,
    }
    shown = version(page)
    page = client.post(address, data={"version": shown, "words": "Kept words"})
    assert (page.status_code, page.text.count("Select the referrals you withdraw")) == (422, 2)
    assert "Kept words" in page.text
    worker = make_user("agency_worker", second.agency)
    actions.acknowledge(second, worker, AT + timedelta(days=2))
    db.session.commit()
    data = {"version": shown, "others": [second.reference], "reason": "met_another_way"}
    page = client.post(address, data=data)
    assert page.status_code == 409
    assert "have changed since" in page.text
    assert second.status == "acknowledged"
    assert client.post(address, data=data | {"version": version(page)}).status_code == 302
    assert second.status == "withdrawn"


def test_an_agency_and_a_stranger_reach_no_such_page(three: list[Referral], client_for: Clients) -> None:
    accepted = three[0]
    address = f"/referrals/{accepted.reference}/withdraw-others"
    assert client_for(make_user("agency_worker", accepted.agency)).get(address).status_code == 403
    assert client_for(make_user(areas=[area(GWENT)])).get(address).status_code == 404
    assert (
        client_for(accepted.referrer).get(f"/referrals/{three[1].reference}/withdraw-others").status_code
        == 302
    )

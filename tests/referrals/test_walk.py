"""The thinnest whole journey on the agency's side: list, page, acknowledge, accept."""

from __future__ import annotations

from tests.factories import make_agency, make_sent, make_service, make_user


def test_a_worker_finds_acknowledges_and_accepts_a_referral(database, client_for) -> None:
    agency = make_agency()
    service = make_service(agency)
    worker = make_user("agency_worker", agency)
    referral = make_sent(service)
    client = client_for(worker)
    page = client.get("/referrals")
    assert page.status_code == 200, page.text
    assert referral.reference in page.text
    page = client.get(f"/referrals/{referral.reference}")
    assert page.status_code == 200, page.text
    assert "Acknowledge" in page.text
    page = client.post(
        f"/referrals/{referral.reference}/acknowledge",
        data={"version": str(referral.version)},
        follow_redirects=True,
    )
    assert "Acknowledged" in page.text, page.text
    page = client.get(f"/referrals/{referral.reference}/accept-as-priority")
    assert page.status_code == 200, page.text
    page = client.post(
        f"/referrals/{referral.reference}/accept-as-priority",
        data={"worker": str(worker.id)},
        follow_redirects=True,
    )
    assert "Accepted as priority" in page.text

"""Which services can be chosen, why others cannot, and who would hear of a referral."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.agencies.models import Area
from portal.agencies.queries import today
from portal.db import db
from portal.referrals.actions import decline
from portal.referrals.emails import list_responders
from portal.referring import actions
from portal.referring.queries import list_untold
from tests.factories import (
    GWENT,
    area,
    make_agency,
    make_draft,
    make_person,
    make_sent,
    make_service,
    make_user,
)
from tests.promises.rows import make_agreement, make_proposal, make_session, make_wait
from tests.referring.journey import answer_all, errors, fill, send, soup, start, words
from tests.turnaround.rows import make_row

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def offered(client: FlaskClient, draft: str) -> list[str]:
    return [
        label.get_text(strip=True)
        for label in soup(client.get(f"{draft}/service")).select(".govuk-radios__label")
    ]


def hints(client: FlaskClient, draft: str) -> dict[str, str]:
    """What stands under the name of each service that may be chosen, in the order of the page."""
    page = soup(client.get(f"{draft}/service"))
    return {
        label.get_text(strip=True): page.select_one(f"#{label['for']}-item-hint").get_text(" ", strip=True)  # type: ignore[union-attr]
        for label in page.select(".govuk-radios__label")
    }


def authority(name: str) -> Area:
    return db.session.scalars(sa.select(Area).where(Area.name_en == name)).one()


def test_services_that_fit_are_offered_and_the_others_say_why_not(client_for: Clients) -> None:
    make_service(name="Fits", delivery=["outreach"], welsh_offer=True)
    make_service(name="For men", accepts_female=False)
    make_service(name="For the young", maximum_age=25)
    make_service(name="For money", needs=("finance",))
    make_service(name="Shut", active=False)
    make_service(name="Elsewhere", areas=[area(GWENT)])
    client = client_for(make_user())
    draft = start(client, make_person(sex="female", date_of_birth=date(1980, 1, 1)).id)
    page = client.get(f"{draft}/service")
    assert offered(client, draft) == ["Fits"]
    assert "Outreach" in words(page, ".govuk-radios")
    assert "Service in Welsh" in words(page, ".govuk-radios")
    why = words(page, ".govuk-details")
    for name, reason in (
        ("For men", "For men only"),
        ("For the young", "For people aged 25 and under"),
        ("For money", "Does not offer this need"),
        ("Shut", "Closed to new referrals"),
    ):
        assert name in why
        assert reason in why
    assert "Elsewhere" not in why
    assert "1 more does not cover the person’s area." in why


def test_a_service_says_how_fast_it_answers_once_enough_were_sent_to_it(client_for: Clients) -> None:
    quick, new = make_service(name="Quick"), make_service(name="New")
    worker = make_user("agency_worker", quick.agency)
    sent_at = datetime.now(UTC) - timedelta(days=21)
    for _ in range(12):
        referral = make_sent(quick, at=sent_at)
        decline(referral, worker, sent_at + timedelta(days=14), reason="no_capacity")
    make_sent(new, at=sent_at)
    client = client_for(make_user())
    said = hints(client, start(client, make_person().id))
    assert re.search(r"Half had an answer by day (\d+)\.", said["Quick"])
    assert "Half" not in said["New"]


def test_a_service_that_does_not_fit_cannot_be_chosen_by_posting_it(client_for: Clients) -> None:
    make_service()
    wrong = make_service(accepts_female=False)
    client = client_for(make_user())
    draft = start(client, make_person().id)
    for posted in (str(wrong.id), "999999", "x", "\x00", "9" * 40):
        page = fill(client, f"{draft}/service", service=posted)
        assert page.status_code == 422, posted
        assert errors(page)
    assert fill(client, f"{draft}/service").status_code == 422


@pytest.mark.parametrize("make", [make_sent, None])
def test_what_is_asked_already_cannot_be_asked_again_and_is_shown(client_for: Clients, make: object) -> None:
    service, officer, person = make_service(name="Asked"), make_user(), make_person()
    if make is make_sent:
        there = make_sent(service, person, officer)
    else:
        there = make_draft(person, officer)
        actions.save_service(there, service, officer)
    client = client_for(officer)
    draft = start(client, person.id)
    page = client.get(f"{draft}/service")
    assert soup(page).select(f'a[href="/referrals/{there.reference}"]')
    assert not soup(page).select("input[name=service]")
    assert client.post(f"{draft}/service", data={"service": str(service.id)}).status_code == 422


def test_a_live_referral_in_an_area_out_of_sight_is_refused_without_saying_more(client_for: Clients) -> None:
    service, person = make_service(), make_person()
    there = make_sent(service, person)
    there.area_id = area(GWENT).id
    client = client_for(make_user())
    draft = start(client, person.id)
    page = fill(client, f"{draft}/service", service=str(service.id))
    assert page.status_code == 422
    assert "in another area" in words(page)
    assert there.reference not in page.text
    assert client.get(draft).status_code == 200


def test_an_agency_where_nobody_would_be_told_is_marked_until_somebody_is(client_for: Clients) -> None:
    agency = make_agency("Quiet Agency")
    service = make_service(agency, telephone="0300 555 0100")
    warning = "Nobody at Quiet Agency uses the portal yet: telephone them as well."
    client = client_for(make_user())
    draft = start(client, make_person().id)
    assert warning in words(client.get(f"{draft}/service"))
    assert warning in words(answer_all(client, draft, service.id))
    send(client, draft)
    page = client.get(f"{draft}/sent")
    assert warning in words(page)
    assert "0300 555 0100" in words(page)
    make_user("agency_worker", agency)
    assert warning not in words(client.get(f"{draft}/sent"))
    assert warning not in words(client.get(f"{start(client, make_person().id)}/service"))


def test_the_list_and_the_mails_agree_on_who_would_be_told() -> None:
    agency = make_agency()
    services = [make_service(agency) for _ in range(4)] + [make_service(intake_email="intake@test.example")]
    here, there = area().id, area(GWENT).id
    make_user("agency_worker", agency, every_service=False, services=[services[0]])
    make_user(
        "agency_worker", agency, every_service=False, every_area=False, services=[services[1]], areas=[area()]
    )
    make_user(
        "agency_worker", agency, every_service=False, services=[services[2]], suspended_at=datetime.now(UTC)
    )
    for place in (here, there):
        untold = list_untold([service.id for service in services], place)
        assert untold == {
            one.id for one in services if not one.intake_email and not list_responders(one, place)
        }
    assert untold == {services[1].id, services[2].id, services[3].id}


def test_a_service_that_has_closed_since_it_was_chosen_is_not_sent_to(client_for: Clients) -> None:
    service = make_service()
    client = client_for(make_user())
    draft = start(client, make_person().id)
    seen = answer_all(client, draft, service.id)
    service.closes_on = date.today() - timedelta(days=1)  # noqa: DTZ011
    db.session.flush()
    page = client.post(f"{draft}/check", data={"version": soup(seen).select_one("[name=version]")["value"]})  # type: ignore[index]
    assert page.status_code == 422
    assert "This service no longer fits: Closed to new referrals." in words(page)
    assert "Send referral" not in words(page)
    assert soup(page).select(f'a[href="{draft}/service"]')


def test_each_service_says_what_was_agreed_what_is_usual_and_where_it_comes_to(client_for: Clients) -> None:
    full = make_service(name="Full", delivery=["in_person"], travel="Bus fares are paid back")
    bare = make_service(name="Bare")
    make_agreement(full, acknowledge_days=1, offer_days=10)
    make_agreement(bare, [area(GWENT)])
    make_proposal(bare)
    make_wait(full)
    make_session(full, place="Library", service_id=full.id)
    make_session(full, area(GWENT), place="Chapel")
    client = client_for(make_user())
    said = hints(client, start(client, make_person().id))
    for words_said in (
        "Has agreed to acknowledge within 1 working day, decide within 5 working days,",
        "offer a first appointment within 10 working days",
        "Usual wait for a first appointment: half wait 20 working days or less",
        "10:00 to 12:00, Library (South Wales",
        "In person",
        "Help with travel: Bus fares are paid back",
    ):
        assert words_said in said["Full"], words_said
    assert "Chapel" not in said["Full"]
    for absent in ("Has agreed", "Usual wait", "hub session", "Help with travel"):
        assert absent not in said["Bare"], absent


def test_each_service_says_by_which_day_half_had_an_answer_of_late(client_for: Clients) -> None:
    calendar = working_days()
    lately = calendar.add(today() - timedelta(days=60), 0)
    for name, sent, days in (
        ("Quick", lately, 2),
        ("Slow", lately, 7),
        ("Long ago", calendar.add(lately - timedelta(days=300), 0), 2),
    ):
        service = make_service(name=name)
        for _ in range(20):
            make_row(service, sent=sent, priority=calendar.add(sent, days))
    client = client_for(make_user())
    said = hints(client, start(client, make_person().id))
    assert "Half had an answer by day 2." in said["Quick"]
    assert "Half had an answer by day 7." in said["Slow"]
    assert "Half had" not in said["Long ago"]


def test_the_promise_shown_is_the_one_that_the_referral_will_keep(client_for: Clients) -> None:
    service, officer, person = make_service(name="Rooms"), make_user(), make_person()
    make_agreement(service, decide_days=9)
    make_agreement(service, decide_days=4, from_on=date.today() - timedelta(days=1))  # noqa: DTZ011
    client = client_for(officer)
    assert "decide within 4 working days" in hints(client, start(client, person.id))["Rooms"]
    assert make_sent(service, person, officer).promise_decide == 4


def test_a_person_in_a_rural_area_is_first_offered_what_comes_to_them(client_for: Clients) -> None:
    force, powys = area("W15000004"), authority("Powys")
    for name, delivery in (
        ("An office", ["in_person"]),
        ("Outreach", ["outreach"]),
        ("Telephone", ["telephone"]),
    ):
        make_service(name=name, areas=[force], delivery=delivery)
    make_session(make_service(name="Hub here", areas=[force]), powys)
    make_session(make_service(name="Hub elsewhere", areas=[force]), authority("Ceredigion"))
    make_session(make_service(name="Hub over", areas=[force]), powys, to_on=date(2026, 2, 1))
    client = client_for(make_user(areas=[force]))
    draft = start(client, make_person(area=force, local_authority_id=powys.id).id)
    near, far = ["Hub here", "Outreach", "Telephone"], ["An office", "Hub elsewhere", "Hub over"]
    assert list(hints(client, draft)) == near + far
    page = client.get(f"{draft}/service")
    assert "Powys is rural: services that come to the person are first." in words(page)
    assert [one.get_text(strip=True) for one in soup(page).select(".portal-choices__heading")] == [
        "Services that come to the person",
        "Other services",
    ]
    assert fill(
        client, f"{draft}/service", service=soup(page).select("input[type=radio]")[-1]["value"]
    ).location


def test_elsewhere_services_stand_by_name_and_no_reason_is_given(client_for: Clients) -> None:
    make_service(name="An office", delivery=["in_person"])
    make_service(name="Outreach", delivery=["outreach"])
    client = client_for(make_user())
    for place in ({}, {"local_authority_id": authority("Cardiff").id}):
        draft = start(client, make_person(**place).id)
        assert list(hints(client, draft)) == ["An office", "Outreach"]
        assert "is rural" not in words(client.get(f"{draft}/service"))


def test_where_every_service_comes_nothing_is_put_first(client_for: Clients) -> None:
    force = area("W15000004")
    for name in ("A", "B"):
        make_service(name=name, areas=[force], delivery=["outreach"])
    client = client_for(make_user(areas=[force]))
    draft = start(client, make_person(area=force, local_authority_id=authority("Powys").id).id)
    assert "is rural" not in words(client.get(f"{draft}/service"))

"""Nobody reaches what is not theirs: the same 404 on every address, and the database agrees with the check switched off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.people.models import Person, PersonReader
from portal.referrals import queries
from portal.referrals.models import Event, Message, Referral, ReferralDetail, Release
from tests.factories import (
    GWENT,
    area,
    give_reason,
    make_agency,
    make_person,
    make_sent,
    make_service,
    make_user,
)

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
PATHS = ("", "/accept-as-priority", "/decline", "/start", "/close")


def seen(model: type) -> int:
    """Rows that the database shows in the current scope, with no condition of the application's."""
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def everything() -> dict[str, int]:
    return {m.__tablename__: seen(m) for m in (Person, Referral, ReferralDetail, Release, Event, Message)}


def alike(page: str) -> str:
    """The page without what is new on each: nonce and token."""
    return re.sub(r'(nonce|value)="[^"]+"', "", page)


def test_a_foreign_agency_and_a_foreign_area_get_what_a_missing_referral_gets(client_for: Clients) -> None:
    referral = make_sent()
    strangers = [
        make_user("agency_worker"),
        make_user("agency_manager"),
        make_user("iom_officer", areas=[area(GWENT)]),
    ]
    for stranger in strangers:
        client = client_for(stranger)
        missing = client.get("/referrals/AB2345CD")
        foreign = client.get(f"/referrals/{referral.reference}")
        assert (missing.status_code, foreign.status_code) == (404, 404)
        assert alike(missing.text.replace("AB2345CD", "")) == alike(
            foreign.text.replace(referral.reference, "")
        )
        assert referral.reference not in client.get("/referrals").text


def test_an_agency_reaches_no_answer_page_of_another_agencys_referral(client_for: Clients) -> None:
    referral = make_sent()
    client = client_for(make_user("agency_worker"))
    for path in PATHS:
        assert client.get(f"/referrals/{referral.reference}{path}").status_code == 404
        assert client.post(f"/referrals/{referral.reference}{path}").status_code in (404, 405)
    assert client.post(f"/referrals/{referral.reference}/acknowledge").status_code == 404
    assert client.post(f"/referrals/{referral.reference}/messages", data={"words": "x"}).status_code == 404


def test_roles_that_may_never_read_referrals_are_refused(client_for: Clients) -> None:
    referral = make_sent()
    for role in ("analyst", "administrator"):
        assert client_for(make_user(role)).get(f"/referrals/{referral.reference}").status_code == 403
    officer = client_for(make_user("iom_officer"))
    assert officer.get(f"/referrals/{referral.reference}/decline").status_code == 403


def test_an_agency_user_sees_only_the_chosen_services_and_areas(client_for: Clients) -> None:
    agency = make_agency()
    mine, other = make_service(agency), make_service(agency)
    worker = make_user("agency_worker", agency, every_service=False)
    worker.services = [mine]
    own, foreign = make_sent(mine), make_sent(other)
    page = client_for(worker).get("/referrals").text
    assert own.reference in page
    assert foreign.reference not in page
    elsewhere = make_user("agency_worker", agency, every_area=False, areas=[area(GWENT)])
    assert client_for(elsewhere).get(f"/referrals/{own.reference}").status_code == 404


def test_a_restricted_person_is_seen_by_named_staff_and_the_agency_referred_to_and_nobody_else(
    client_for: Clients,
) -> None:
    officer, colleague = make_user(), make_user()
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    person = make_person(surname="Canarysurname")
    referral = make_sent(service, person, officer)
    person.restricted = True
    db.session.add(PersonReader(person_id=person.id, user_id=officer.id))
    give_reason(person.id, officer)
    db.session.commit()
    assert client_for(officer).get(f"/referrals/{referral.reference}").status_code == 200
    assert client_for(worker).get(f"/referrals/{referral.reference}").status_code == 200
    client = client_for(colleague)
    assert client.get(f"/referrals/{referral.reference}").status_code == 404
    assert "Canarysurname" not in client.get("/referrals").text
    assert referral.reference not in client.get("/referrals").text


def test_the_database_shows_each_scope_its_own_rows_with_no_help_from_the_application() -> None:
    referral, foreign = (
        make_sent(),
        make_sent(person=make_person(area=area(GWENT)), by=make_user(areas=[area(GWENT)])),
    )
    home, agency = referral.area_id, referral.agency_id
    db.session.commit()
    scopes = {
        "nobody": NOBODY,
        "iom": Scope("iom", 1, area_ids=(home,)),
        "agency": Scope("agency", 1, agency_id=agency, area_ids=None, service_ids=None),
        "no service": Scope("agency", 1, agency_id=agency, area_ids=None, service_ids=()),
        "figures": Scope("figures", 1, area_ids=None),
        "administrator": Scope("administrator", 1),
        "system": SYSTEM,
    }
    found = {}
    for name, scope in scopes.items():
        enter_scope(scope)
        found[name] = everything()
    none = dict.fromkeys(found["nobody"], 0)
    assert found["nobody"] == found["administrator"] == found["no service"] == none
    own = {"person": 1, "referral": 1, "referral_detail": 1, "release": 1, "event": 1, "message": 0}
    assert found["iom"] == own
    assert found["agency"] == own | {"person": 0, "referral_detail": 0}
    assert found["figures"] == none | {"referral": 2}
    assert found["system"]["referral"] == 2
    assert foreign.area_id != home


def test_the_applications_check_and_the_databases_agree_on_every_scope() -> None:
    make_sent()
    make_sent(person=make_person(area=area(GWENT)), by=make_user(areas=[area(GWENT)]))
    restricted = make_sent()
    restricted.person.restricted = True
    db.session.commit()
    agency, home = restricted.agency_id, restricted.area_id
    for scope in (
        Scope("iom", 1, area_ids=(home,)),
        Scope("iom", 1, area_ids=(home,), person_ids=(restricted.person_id,)),
        Scope("agency", 1, agency_id=agency, area_ids=None, service_ids=None),
        Scope("agency", 1, agency_id=agency, area_ids=(home,), service_ids=(restricted.service_id,)),
    ):
        enter_scope(SYSTEM)
        by_check = set(db.session.scalars(sa.select(Referral.id).where(queries.visible(scope))))
        enter_scope(scope)
        by_database = set(db.session.scalars(sa.select(Referral.id)))
        assert by_check == by_database


def test_a_release_is_gone_from_the_agency_when_it_closes_and_the_dates_stay(client_for: Clients) -> None:
    service = make_service()
    worker = make_user("agency_worker", service.agency)
    person = make_person(surname="Canaryclosed")
    referral = make_sent(service, person)
    client = client_for(worker)
    assert "Canaryclosed" in client.get(f"/referrals/{referral.reference}").text
    db.session.execute(sa.update(Release).values(closes_at=sa.func.now()))
    db.session.commit()
    page = client.get(f"/referrals/{referral.reference}")
    assert page.status_code == 200
    assert "Canaryclosed" not in page.text
    assert "details have closed" in page.text


def test_events_cannot_be_changed_or_deleted_by_the_application() -> None:
    make_sent()
    for statement in (sa.update(Event).values(words="changed"), sa.delete(Event)):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), db.session.begin_nested():
            db.session.execute(statement)

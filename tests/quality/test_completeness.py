"""How complete the register is: counted as by hand, kept by day, shown without small numbers to analysts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import SYSTEM, Scope, db, enter_scope
from portal.people.identifiers import pnc_letter
from portal.people.wording import today
from portal.quality import closing
from portal.quality.completeness import PARTS, count, count_register
from portal.quality.models import RegisterCompleteness
from tests.factories import GWENT, area, make_person, make_user
from tests.people.scenes import make_restricted
from tests.quality.rows import named_by, whole
from tests.quality.test_findings import closed

pytestmark = pytest.mark.usefixtures("database")
ClientFor = Callable[[User], FlaskClient]
PNC = f"2001/0123456{pnc_letter('2001/0123456')}"


def counted(code: str | None = None, restricted: bool = False) -> dict[str, int]:
    db.session.flush()
    enter_scope(SYSTEM)
    count_register()
    db.session.expire_all()
    place = area(code) if code else area()
    row = db.session.get_one(RegisterCompleteness, (today(), place.id, restricted))
    return {part: getattr(row, part) for part in ("people", *PARTS)}


def test_each_part_is_counted_as_by_hand() -> None:
    best = whole(pnc_id=PNC, probation_om=make_user(), cohort="free")
    named_by(best, "delius", today())
    named_by(make_person(joined_to=best.id), "niche", today())
    bare = make_person(cohort=None, date_of_birth=None)
    overdue = whole(review_on=today() - timedelta(days=1), differs=["sex"], pnc_id="2001/0000001A")
    closed(whole())
    named_by(bare, "delius", today())
    named_by(overdue, "niche", today())
    assert counted() == {
        "people": 3, "born": 2, "authority": 2, "pnc": 1, "managers": 1, "cohort": 2, "reviewed": 1, "paired": 1, "agreed": 2,
    }  # fmt: skip
    assert counted(GWENT)["people"] == 0


def test_whoever_is_gone_by_the_last_count_of_the_day_is_not_in_it() -> None:
    hidden = make_restricted(make_user())
    assert counted(restricted=True)["people"] == 1
    assert counted()["people"] == 0
    closing.close(
        [hidden.id], reason="died", words="", batch="x", by_id=make_user().id, now=hidden.created_at
    )
    assert counted(restricted=True)["people"] == 0


def test_restricted_people_are_not_in_what_iom_reads(client_for: ClientFor) -> None:
    named = make_user("iom_manager")
    make_restricted(named)
    whole()
    counted()
    page = client_for(make_user("iom_manager")).get("/register/completeness").text
    assert "1 person is on the register." in page
    assert "Restricted people are not counted here." in page
    assert "1 person is on the register." in client_for(named).get("/register/completeness").text


def test_an_analyst_sees_all_areas_and_no_small_number(client_for: ClientFor) -> None:
    for _ in range(3):
        whole(area=area(GWENT), local_authority=None)
    for _ in range(30):
        make_person()
    counted()
    page = client_for(make_user("analyst")).get("/register/completeness")
    assert page.status_code == 200
    assert "Gwent" in page.text
    assert "too few to show" in page.text
    assert "3 people" not in page.text
    assert "3 of 3" not in page.text
    assert client_for(make_user("agency_manager")).get("/register/completeness").status_code == 403


def test_the_same_number_of_people_is_published_alike_beside_every_measure(client_for: ClientFor) -> None:
    for number in range(47):
        make_person(date_of_birth=None if number % 3 else date(1990, 1, 1), sex=None)
    counted()
    client = client_for(make_user("analyst"))
    seen = set()
    for measure in ("born", "cohort"):
        page = client.get(f"/register/completeness?measure={measure}&area={area().id}").text
        seen |= set(re.findall(r"\d+ of (\d+)", page))
    assert len(seen) == 1


def test_a_month_is_its_last_count_and_another_area_is_not_in_it(client_for: ClientFor) -> None:
    make_person(area=area(GWENT))
    whole()
    first = date(today().year - 1, 12, 1) if today().month == 1 else date(today().year, today().month - 1, 1)
    for day in (first, first + timedelta(days=5)):
        count(day)
        whole(date_of_birth=None)
    counted()
    page = client_for(make_user()).get("/register/completeness?measure=born").text
    assert "1 of 2" in page or "50%" in page
    assert "svg" in page
    assert client_for(make_user()).get(f"/register/completeness?area={area(GWENT).id}").status_code == 422
    assert client_for(make_user()).get("/register/completeness?measure=x").status_code == 422


def test_nobody_but_the_worker_writes_counts(client_for: ClientFor) -> None:
    enter_scope(Scope("iom", make_user().id, area_ids=(area().id,)))
    with pytest.raises(sa.exc.ProgrammingError), db.session.begin_nested():
        db.session.execute(
            sa.text("INSERT INTO register_completeness SELECT now()::date, :a, false, 1,1,1,1,1,1,1,1,1"),
            {"a": area().id},
        )

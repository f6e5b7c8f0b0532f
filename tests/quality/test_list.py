"""The list: counts are what each opens, whoever looks and whatever is wrong; and nothing of whom one may not see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.db import db
from portal.people.wording import today
from portal.quality import actions
from portal.quality.asking import Chosen, Work, ask
from portal.quality.findings import FINDINGS, GROUPS
from tests.factories import GWENT, area, make_user
from tests.people.scenes import make_restricted, standing_as
from tests.quality.rows import quiet_for, whole

pytestmark = pytest.mark.usefixtures("database")
ClientFor = Callable[[User], FlaskClient]
FAULTS = (
    "date_of_birth",
    "sex",
    "local_authority",
    "quiet",
    "overdue",
    "aside",
    "foreign",
    "others",
    "restricted",
)


def every_page(chosen: Chosen) -> tuple[list[int], Work]:
    """All of a list, page by page; and the counts of its first."""
    first = work = ask(chosen, today(), most=2)
    ids = [each.id for each in work.people]
    while work.more:
        work = ask(Chosen(chosen.finding, chosen.group, chosen.mine, ids[-1]), today(), most=2)
        ids += [each.id for each in work.people]
    return ids, first


def make(faults: frozenset[str], me: User, other: User) -> None:
    values = {fault: None for fault in faults & {"date_of_birth", "sex", "local_authority"}}
    if "foreign" in faults:
        values |= {"area": area(GWENT), "local_authority": None}  # type: ignore[dict-item]
    review = today() - timedelta(days=40) if "overdue" in faults else None
    person = whole(other if "others" in faults else me, review, **values)
    if "quiet" in faults:
        quiet_for(person, 200)
    if "aside" in faults:
        actions.set_aside(person, "no_sex", "", "«Rheswm»", today() + timedelta(days=3), me.id)
    if "restricted" in faults:
        db.session.flush()
        person.restricted = True
    db.session.flush()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.frozensets(st.sampled_from(FAULTS)), max_size=9))
def test_every_count_is_the_length_of_what_it_opens(people: list[frozenset[str]]) -> None:
    me, other = make_user(), make_user()
    for faults in people:
        make(faults, me, other)
    with standing_as(me):
        for mine in (False, True):
            ids, work = every_page(Chosen(mine=mine))
            assert len(ids) == len(set(ids)) == work.everybody
            for finding in FINDINGS:
                assert len(every_page(Chosen(finding.code, mine=mine))[0]) == work.by_finding.get(
                    finding.code, 0
                )
            for group in GROUPS:
                assert len(every_page(Chosen(group=group, mine=mine))[0]) == work.by_group.get(group, 0)
    db.session.execute(
        sa.text(
            "UPDATE person SET joined_to = (SELECT min(id) FROM person) WHERE id > (SELECT min(id) FROM person)"
        )
    )


def test_my_own_people_come_first_then_others_by_name(client_for: ClientFor) -> None:
    me = make_user()
    for surname, om in (("Aaa", make_user()), ("Zzz", me), ("Bbb", make_user())):
        whole(om, surname=surname, sex=None)
    page = client_for(me).get("/register/quality").text
    assert re.findall(r"Siân (Aaa|Bbb|Zzz)</a>", page) == ["Zzz", "Aaa", "Bbb"]
    own = client_for(me).get("/register/quality?mine=1").text
    assert re.findall(r"Siân (Aaa|Bbb|Zzz)</a>", own) == ["Zzz"]


def test_each_line_says_why_and_where_to_put_it_right(client_for: ClientFor) -> None:
    person = whole(sex=None)
    quiet_for(person, 100)
    page = client_for(make_user()).get("/register/quality?finding=no_sex").text
    assert "Sex not recorded" in page
    assert "Nothing new for a long time" in page
    assert f'href="/people/{person.id}/edit#sex"' in page
    assert f'href="/register/quality/aside/{person.id}/inactive"' in page


def test_restricted_and_foreign_people_are_nowhere_for_those_not_named(client_for: ClientFor) -> None:
    named, other = make_user("iom_manager"), make_user("iom_manager")
    hidden = make_restricted(named, surname="Canari", sex=None)
    whole(surname="Tramor", area=area(GWENT), local_authority=None, sex=None)
    whole(surname="Gweladwy", sex=None)
    for path in ("/register/quality", "/register/quality?finding=no_sex", "/register"):
        assert "Canari" not in client_for(other).get(path).text
        assert "Tramor" not in client_for(other).get(path).text
    assert "1 waits" in client_for(other).get("/register").text
    assert "2 wait" in client_for(named).get("/register").text
    assert "Canari" in client_for(named).get("/register/quality").text
    for path in (
        f"/register/quality/aside/{hidden.id}/no_sex",
        f"/register/quality/close?person={hidden.id}",
    ):
        assert client_for(other).get(path).status_code == 404
        assert client_for(named).get(path).status_code == 200
    file = client_for(other).post("/register/quality/export", data={"reason": "audit", "kind": "csv"})
    assert "Canari" not in file.text
    assert "Gweladwy" in file.text


def test_statements_do_not_depend_on_the_number_of_people(client_for: ClientFor) -> None:
    client, counts = client_for(make_user()), []
    statements: list[str] = []

    def note(*about: Any) -> None:
        statements.append(about[2])

    for more in (1, 7):
        for _ in range(more):
            whole(sex=None, date_of_birth=None)
        statements.clear()
        sa.event.listen(db.engines[None], "before_cursor_execute", note)
        client.get("/register/quality")
        sa.event.remove(db.engines[None], "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


def test_a_finding_set_aside_comes_back_on_its_day_or_with_another_value(client_for: ClientFor) -> None:
    me = make_user()
    client, person = client_for(me), whole(me, pnc_id="2001/0123456A")
    at, day = f"/register/quality/aside/{person.id}/pnc_letter", today() + timedelta(days=30)
    form = {
        "reason": "«Felly y mae»",
        "until_on-day": day.day,
        "until_on-month": day.month,
        "until_on-year": day.year,
    }
    assert client.post(at, data={**form, "reason": ""}).status_code == 422
    assert client.post(at, data={**form, "until_on-year": day.year + 3}).status_code == 422
    assert client.post(at, data=form).status_code == 302
    assert f'/people/{person.id}"' not in client.get("/register/quality").text
    assert "«Felly y mae»" in client.get("/register/quality/aside").text
    assert ask(Chosen(), day).everybody == 0
    assert ask(Chosen("pnc_letter"), day + timedelta(days=1)).by_finding["pnc_letter"] == 1
    person.pnc_id = "2001/0123457A"
    db.session.flush()
    assert ask(Chosen(), today()).by_finding == {"pnc_letter": 1}
    assert client.post(f"{at}/end").status_code == 302
    assert "«Felly y mae»" not in client.get("/register/quality/aside").text


def test_nothing_to_set_aside_leads_back(client_for: ClientFor) -> None:
    person = whole()
    assert client_for(make_user()).get(f"/register/quality/aside/{person.id}/no_sex").status_code == 302
    assert client_for(make_user()).get(f"/register/quality/aside/{person.id}/nonsense").status_code == 404


def test_managers_alone_set_the_days_and_take_files(client_for: ClientFor) -> None:
    officer, manager = client_for(make_user()), client_for(make_user("iom_manager"))
    for path in ("/register/quality/settings", "/register/quality/export"):
        assert officer.get(path).status_code == 403
        assert manager.get(path).status_code == 200
    assert (
        manager.post("/register/quality/settings", data={"area": area().id, "days": "3"}).status_code == 422
    )
    assert (
        manager.post("/register/quality/settings", data={"area": area(GWENT).id, "days": "30"}).status_code
        == 422
    )
    assert (
        manager.post("/register/quality/settings", data={"area": area().id, "days": "30"}).status_code == 302
    )
    quiet_for(whole(), 31)
    assert ask(Chosen("inactive"), today()).everybody == 1


def test_a_file_has_no_live_formula_and_is_in_the_log(client_for: ClientFor) -> None:
    person = whole(surname="=1+1", forenames="@a", sex=None)
    manager = client_for(make_user("iom_manager"))
    assert manager.post("/register/quality/export", data={"kind": "csv"}).status_code == 422
    file = manager.post("/register/quality/export?finding=no_sex", data={"reason": "audit", "kind": "csv"})
    assert "'@a =1+1" in file.text
    assert "Sex not recorded" in file.text
    book = manager.post("/register/quality/export", data={"reason": "audit", "kind": "xlsx"})
    assert book.data[:2] == b"PK"
    rows = db.session.execute(
        sa.text("SELECT subject_ids, detail ->> 'reason' FROM audit_entry WHERE action = 'quality.exported'")
    ).all()
    assert [tuple(row) for row in rows] == [([person.id], "audit"), ([person.id], "audit")]

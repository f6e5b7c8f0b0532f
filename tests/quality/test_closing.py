"""Closing people: who goes, who stays because of a live referral, what it means, and undoing it as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.people import queries as people
from portal.people.models import Person, PersonClosing
from portal.people.wording import today
from portal.quality import closing
from portal.referrals import actions as referrals
from tests.conftest import sign_in_client
from tests.factories import GWENT, area, make_draft, make_person, make_sent, make_user
from tests.people.scenes import make_restricted, saved, standing_as
from tests.quality.rows import whole
from tests.referrals.paper import bring

ClientFor = Callable[[User], FlaskClient]
AT = "/register/quality/close"


def close(client: FlaskClient, *ids: int, **more: str) -> str:
    """Where it leads."""
    answer = client.post(
        AT, data={"person": [*map(str, ids)], "reason": "iom_ended", "token": "batch", **more}
    )
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def test_closing_ends_the_spell_and_leaves_the_lists_but_not_the_search(client_for: ClientFor) -> None:
    me = make_user()
    person = whole(me, surname="Gorffen")
    page = client_for(me).get(f"{AT}?person={person.id}")
    assert "Close the record of 1 person" in page.text
    assert "Gorffen" in page.text
    assert saved(person.id).closed_at is None
    close(client_for(me), person.id)
    kept = saved(person.id)
    assert (kept.closed_reason, kept.closed_by_id, kept.open_spell) == ("iom_ended", me.id, None)
    assert kept.spells[0].to_on == today()
    with standing_as(me):
        assert people.list_my_people(me.id) == []
        assert people.list_area_people(None) == ([], False)
    assert "Gorffen" not in client_for(me).get("/people?tab=area").text
    found = client_for(me).post("/people", data={"terms": "Gorffen", "area": ""}).text
    assert "Gorffen" in found
    assert ">\n  Closed\n" in found
    own = client_for(me).get(f"/people/{person.id}").text
    assert "This record was closed on" in own
    assert f'href="/people/{person.id}/refer"' not in own


def test_those_with_a_live_referral_stay_and_are_named_and_the_rest_goes(client_for: ClientFor) -> None:
    me = make_user()
    going, drafted, sent = whole(me), whole(me), whole(me)
    draft, open_one = make_draft(drafted, me), make_sent(person=sent, by=me)
    client = client_for(me)
    for page in (client.get(f"{AT}?person={going.id}&person={drafted.id}&person={sent.id}").text,):
        assert "Close the record of 1 person" in page
        assert f'href="/referrals/{draft.reference}"' in page
        assert f'href="/referrals/{open_one.reference}"' in page
    told = client.get(close(client, going.id, drafted.id, sent.id)).text
    assert "1 person is closed." in told
    assert "Not closed: they have live referrals" in told
    assert f'href="/referrals/{open_one.reference}"' in told
    assert saved(going.id).closed_at
    assert saved(drafted.id).closed_at is None
    assert saved(sent.id).open_spell is not None


def test_a_live_referral_out_of_sight_keeps_a_person_too_and_is_not_named(client_for: ClientFor) -> None:
    me, there = make_user(), make_user(areas=[area(GWENT)])
    person = whole(me, area=area(GWENT), local_authority=None)
    draft = make_draft(person, there)
    person.area = area()
    db.session.flush()
    page = client_for(me).get(f"{AT}?person={person.id}").text
    assert "Nobody here can be closed" in page
    assert draft.reference not in page


def test_an_ended_referral_does_not_keep_anybody(client_for: ClientFor) -> None:
    me = make_user()
    person = whole(me)
    referrals.withdraw(make_sent(person=person, by=me), me, datetime.now(UTC), reason="disengaged")
    close(client_for(me), person.id)
    assert saved(person.id).closed_at


def test_errors_stand_beside_the_fields_and_nobody_is_closed(client_for: ClientFor) -> None:
    person = whole()
    client = client_for(make_user())
    for form in ({}, {"reason": "other"}, {"reason": "nonsense"}):
        answer = client.post(AT, data={"person": [person.id], **form})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert str(person.id) in answer.text
    assert saved(person.id).closed_at is None
    assert client.get(f"{AT}?person=99999999").status_code == 404
    assert client.get(f"{AT}?person=x").status_code == 302
    too_many = "&".join(f"person={number}" for number in range(person.id, person.id + 101))
    assert client.get(f"{AT}?{too_many}").status_code == 422


def test_the_same_form_twice_closes_once(client_for: ClientFor) -> None:
    person, client = whole(), client_for(make_user())
    close(client, person.id)
    close(client, person.id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PersonClosing)) == 1


def test_everyone_on_the_page_can_be_chosen_at_once(client_for: ClientFor) -> None:
    one, two = whole(sex=None), whole(sex=None)
    page = client_for(make_user()).get(f"{AT}?shown={one.id}&shown={two.id}&everyone=1").text
    assert "Close the records of 2 people" in page


def test_restricted_and_foreign_people_are_not_closed_by_others(client_for: ClientFor) -> None:
    hidden = make_restricted(make_user(), surname="Canari")
    foreign = make_person(area=area(GWENT))
    mine = whole()
    client = client_for(make_user())
    assert "Canari" not in client.get(close(client, hidden.id, foreign.id, mine.id)).text
    assert saved(hidden.id).closed_at is None
    assert saved(foreign.id).closed_at is None
    assert saved(mine.id).closed_at


def closed_by(user: User, client: FlaskClient, **values: object) -> Person:
    person = whole(user, **values)
    close(client, person.id)
    return person


def test_whoever_closed_or_a_manager_undoes_it_as_it_was(client_for: ClientFor) -> None:
    me = make_user()
    client = client_for(me)
    for client_of in (me, make_user("iom_manager")):
        person = whole(me)
        spell, om = person.open_spell.id, person.police_om_id  # type: ignore[union-attr]
        review_on = person.open_spell.review_on  # type: ignore[union-attr]
        batch = f"of {client_of.id}"
        close(client, person.id, token=batch)
        answer = client_for(client_of).post(
            "/register/quality/closed/undo", data={"closing": f"{person.id}.{batch}"}
        )
        assert answer.status_code == 302
        kept = saved(person.id)
        assert (kept.closed_at, kept.closed_reason, kept.closed_by_id) == (None, None, None)
        assert kept.open_spell is not None
        assert (kept.open_spell.id, kept.open_spell.review_on, kept.police_om_id) == (spell, review_on, om)


def test_another_officer_does_not_undo_it_and_nobody_after_thirty_days(client_for: ClientFor) -> None:
    me, manager = make_user(), make_user("iom_manager")
    person = closed_by(me, client_for(me))
    form = {"closing": f"{person.id}.batch"}
    undo = "/register/quality/closed/undo"
    assert client_for(make_user()).post(undo, data=form).status_code == 409
    past = datetime.now(UTC) - timedelta(days=31)
    enter_scope(SYSTEM)
    assert (
        closing.undo("batch", [person.id], by_id=me.id, of_anybody=True, now=past + timedelta(days=62)) == []
    )
    assert client_for(manager).post(undo, data=form).status_code == 302
    assert client_for(manager).post(undo, data=form).status_code == 409
    assert client_for(manager).post(undo, data={"closing": "x.y"}).status_code == 400


def test_a_whole_batch_is_undone_at_once(client_for: ClientFor) -> None:
    me = make_user()
    client, people_ = client_for(me), [whole(me) for _ in range(3)]
    page = client.get(close(client, *(person.id for person in people_))).text
    assert page.count("checked") == 3
    client.post(
        "/register/quality/closed/undo", data={"closing": [f"{person.id}.batch" for person in people_]}
    )
    assert all(saved(person.id).open_spell for person in people_)


def test_a_cohort_reopens_with_a_new_spell_and_is_not_undone(client_for: ClientFor) -> None:
    me = make_user()
    client = client_for(me)
    person = closed_by(me, client)
    form = {"cohort": "flex", "why": "", "version": saved(person.id).version}
    assert client.post(f"/people/{person.id}/cohort", data=form).status_code == 302
    kept = saved(person.id)
    assert kept.closed_at is None
    assert [spell.cohort for spell in kept.spells] == ["flex", "fixed"]
    assert (
        client.post("/register/quality/closed/undo", data={"closing": f"{person.id}.batch"}).status_code
        == 409
    )
    acts = db.session.scalars(sa.select(PersonClosing.act).order_by(PersonClosing.id)).all()
    assert acts == ["closed", "reopened"]


def test_nobody_begins_or_reopens_a_referral_for_somebody_closed(client_for: ClientFor) -> None:
    me, manager = make_user(), make_user("iom_manager")
    person = whole(me)
    ended = make_sent(person=person, by=me)
    bring(
        ended,
        "closed",
        {"agency_worker": make_user("agency_worker", ended.agency), "iom_officer": me},
        datetime.now(UTC),
    )
    close(client_for(me), person.id)
    refused = client_for(me).post(f"/people/{person.id}/refer", data={"need": "housing"})
    assert refused.status_code == 409
    assert "This person’s record is closed" in refused.text
    version = ended.version
    again = client_for(manager).post(
        f"/referrals/{ended.reference}/reopen", data={"version": version, "words": "«Eto»"}
    )
    assert again.status_code == 409
    assert saved(person.id).closed_at


def test_a_referral_that_is_being_begun_is_seen_or_refused(committed_app: Flask) -> None:
    """Two at once: the closing waits for the draft, and leaves the person open."""
    app = committed_app
    with app.app_context():
        enter_scope(SYSTEM)
        me = make_user()
        person = whole(me)
        db.session.commit()
        ids, client = (person.id, me.id), sign_in_client(app, me)
        me_again = db.session.get_one(User, me.id)
        make_draft(db.session.get_one(Person, ids[0]), me_again)  # not committed yet
        began, answers = Event(), []

        def close_them() -> None:
            began.set()
            answers.append(
                client.post(AT, data={"person": [ids[0]], "reason": "died", "token": "race"}).headers[
                    "Location"
                ]
            )

        closer = Thread(target=close_them)
        closer.start()
        began.wait()
        closer.join(1)
        assert closer.is_alive(), "it did not wait"
        db.session.commit()
        closer.join(20)
        assert f"stay={ids[0]}" in answers[0]
        db.session.expire_all()
        assert db.session.get_one(Person, ids[0]).closed_at is None

"""Drafts that nobody touches go, but never without a warning that was sent a week before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal import jobs
from portal.access import Role
from portal.accounts.models import User
from portal.db import SYSTEM, db, enter_scope
from portal.mail import OutboxEmail, render
from portal.referrals import actions
from portal.referrals.drafts import goes_on
from portal.referrals.models import Referral
from portal.reminders.drafts import BATCH, clean_drafts
from tests.factories import make_draft, make_sent, make_user

pytestmark = pytest.mark.usefixtures("database")
ClientFor = Callable[[User], FlaskClient]
BEGUN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def day(number: float) -> datetime:
    return BEGUN + timedelta(days=number)


def old_draft(by: User | None = None) -> Referral:
    draft = make_draft(by=by)
    draft.touched_at = BEGUN
    db.session.flush()
    return draft


def warnings() -> list[OutboxEmail]:
    enter_scope(SYSTEM)
    query = sa.select(OutboxEmail).where(OutboxEmail.template == "draft_goes").order_by(OutboxEmail.key)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def sent(at: datetime) -> None:
    db.session.execute(sa.update(OutboxEmail).where(OutboxEmail.sent_at.is_(None)).values(sent_at=at))


def kept(draft: Referral) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Referral.id == draft.id))))


def test_a_draft_goes_after_ninety_days_and_a_weeks_warning() -> None:
    draft = old_draft()
    assert clean_drafts(day(82.9)) == (0, 0)
    assert clean_drafts(day(83)) == (1, 0)
    sent(day(83))
    assert clean_drafts(day(89.9)) == (0, 0)
    assert kept(draft)
    assert clean_drafts(day(90)) == (0, 1)
    assert not kept(draft)
    trace = db.session.execute(
        sa.text("SELECT subject_ids FROM audit_entry WHERE action = 'referral.lapsed'")
    )
    assert trace.scalars().all() == [[draft.id]]


def test_the_warning_goes_to_whoever_began_it_and_names_nobody() -> None:
    officer = make_user(language="cy")
    draft = old_draft(officer)
    clean_drafts(day(83))
    (row,) = warnings()
    subject, text, _html = render(row.email)
    assert row.address == officer.email
    assert f"/refer/{draft.reference}" in text
    assert draft.person.surname not in subject + text
    assert "7 diwrnod" in text


def test_a_leavers_draft_is_told_to_a_manager_of_the_area() -> None:
    manager = make_user(Role.IOM_MANAGER)
    old_draft(make_user(suspended_at=BEGUN))
    clean_drafts(day(83))
    assert [row.address for row in warnings()] == [manager.email]


def test_a_late_warning_gives_the_whole_week() -> None:
    draft = old_draft()
    assert clean_drafts(day(120)) == (1, 0)
    assert clean_drafts(day(130)) == (0, 0), "it has not been sent"
    sent(day(130))
    assert clean_drafts(day(136.9)) == (0, 0)
    assert kept(draft)
    assert clean_drafts(day(137)) == (0, 1)


def test_a_warning_that_was_given_up_is_written_anew() -> None:
    draft = old_draft()
    clean_drafts(day(83))
    db.session.execute(sa.update(OutboxEmail).values(dead_at=day(85)))
    assert clean_drafts(day(90)) == (1, 0)
    assert len(warnings()) == 2
    sent(day(90))
    assert clean_drafts(day(97)) == (0, 1)
    assert not kept(draft)


def test_saving_an_answer_keeps_the_draft_for_another_while(client_for: ClientFor) -> None:
    officer = make_user()
    draft = old_draft(officer)
    clean_drafts(day(83))
    sent(day(83))
    client = client_for(officer)
    page = client.get(f"/refer/{draft.reference}/need")
    version = page.text.split('name="version"')[1].split('value="')[1].split('"')[0]
    answer = client.post(f"/refer/{draft.reference}/need", data={"need": "housing", "version": version})
    assert answer.status_code == 302
    db.session.refresh(draft)
    assert draft.warned_at is None
    assert datetime.now(UTC) - draft.touched_at < timedelta(minutes=5)
    assert clean_drafts(day(97)) == (0, 0)


def test_what_was_sent_stays_however_old() -> None:
    referral = make_sent(at=BEGUN)
    referral.touched_at = BEGUN
    db.session.flush()
    assert clean_drafts(day(900)) == (0, 0)


def test_there_is_one_warning_however_often_the_worker_asks() -> None:
    for _n in range(BATCH + 1):
        old_draft()
    assert [clean_drafts(day(83)), clean_drafts(day(83.1)), clean_drafts(day(84))] == [
        (BATCH + 1, 0),
        (0, 0),
        (0, 0),
    ]
    assert len(warnings()) == BATCH + 1


def test_lists_say_when_a_draft_goes(client_for: ClientFor) -> None:
    officer = make_user()
    draft = make_draft(by=officer)
    draft.touched_at = datetime.now(UTC) - timedelta(days=10)
    db.session.flush()
    says = f"This draft will be deleted on {(datetime.now(UTC) + timedelta(days=80)).strftime('%-d %B %Y')}"
    for path in ("/", f"/people/{draft.person_id}", f"/refer/{draft.reference}"):
        assert says in client_for(officer).get(path).text, path


@pytest.mark.parametrize(
    ("warned_at", "today", "says"),
    [(None, 10, 90), (None, 95, 102), (83, 84, 90), (95, 99, 102)],
    ids=["in time", "not warned in time", "warned", "warned late"],
)
def test_the_day_shown_leaves_a_weeks_warning(warned_at: int | None, today: int, says: int) -> None:
    assert goes_on(BEGUN, day(warned_at) if warned_at else None, day(today)) == day(says).date()


def test_a_discarded_draft_is_warned_of_no_more() -> None:
    officer = make_user()
    actions.discard_draft(old_draft(officer), officer)
    assert clean_drafts(day(200)) == (0, 0)


def test_the_worker_knows_this_work() -> None:
    assert "portal.reminders.drafts.clean_drafts" in jobs._works

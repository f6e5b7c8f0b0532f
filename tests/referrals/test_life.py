"""Whatever is done to referrals, in whatever order and on whatever day: what must hold of them holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.accounts.models import User
from portal.agencies.calendar import working_days
from portal.agencies.models import Service
from portal.clocks.clock import Pause, london_date, read
from portal.db import db
from portal.mail import OutboxEmail
from portal.people.models import Person
from portal.referrals import actions
from portal.referrals.lapsing import Portal
from portal.referrals.models import Event, Referral
from portal.referrals.states import ENDED, EVENT_KINDS, RESTING, TransitionRefused, fold
from tests.factories import make_agency, make_draft, make_person, make_service, make_user
from tests.referrals.paper import ACT, AGENCY, ANY_OPEN, PAPER

RUNS, STEPS = 500, 10
INTAKE = "intake@agency.example"
NOT_TIMED = {"declined", "challenged", "closed", "withdrawn"}
# Late March to May 2026: Easter, both bank holidays of May, and the clocks go forward.
FIRST_DAY = datetime(2026, 3, 20, 9, tzinfo=UTC)
GAPS = st.sampled_from([0, 1, 3, 8, 20, 24, 30, 48, 72, 100, 150, 250, 400]).map(lambda n: timedelta(hours=n))
MESSAGES = [("message", "iom_officer"), ("message", "agency_worker")]
# Working days to acknowledge, decide and offer; every third of all that may come together, and a start for each.
PROMISES = list(product((None, 0, 2, 7), (None, 1, 5, 9), (None, 3, 12, 20)))[::3]


@dataclass
class Scene:
    """`sent`: referrals to begin with, each of another person, made once for all runs."""

    service: Service
    people: dict[str, User | Portal]
    sent: list[Referral]


@dataclass
class Life:
    """What a referral must be, told from what was done to it."""

    referral: Referral
    status: str = "sent"
    paused_from: str | None = None
    ended_from: str | None = None
    worker: str | None = None
    kept: set[str] = field(default_factory=set)

    def leads_to(self, action: str) -> str:
        to = PAPER[action][1]
        if to != "before":
            return to
        before = self.paused_from if action == "resume" else self.ended_from
        assert before
        return before

    def moves(self, *, right: bool) -> list[tuple[str, str]]:
        """The (action, role) pairs that the paper allows now, or those that it does not."""
        roles = ["iom_officer", "iom_manager", "agency_worker", "agency_manager", "system"]
        return [
            (action, role)
            for action in ACT
            for role in roles
            if (self.status in PAPER[action][0] and role in PAPER[action][2]) == right
        ]


class Lives(RuleBasedStateMachine):
    """A person's referrals to one service for one need, each step at some time after the last."""

    scene: ClassVar[Scene]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = db.session.begin_nested()
        self.lives: list[Life] = []
        self.mails: Counter[tuple[str, str | None]] = Counter({("sent", INTAKE): len(PROMISES)})
        self.tried = False

    @initialize(number=st.integers(0, len(PROMISES) - 1))
    def begin(self, number: int) -> None:
        referral = self.scene.sent[number]
        self.person, self.promises = referral.person, PROMISES[number]
        assert referral.sent_at
        self.now = referral.sent_at
        self._add(referral)

    def _add(self, referral: Referral) -> None:
        self.lives.append(Life(referral))
        self._check(self.lives[-1])

    @rule(data=st.data(), gap=GAPS)
    def do(self, data: Any, gap: timedelta) -> None:
        self.now += gap
        life = data.draw(st.sampled_from(self.lives))
        action, role = data.draw(st.sampled_from(MESSAGES + life.moves(right=True)))
        if action == "message":
            return self._write(life, role)
        if action == "reopen" and any(other.status in ANY_OPEN for other in self.lives if other is not life):
            with self._refused(life, actions.AlreadyLive):
                ACT[action](life.referral, self.scene.people[role], self.now)
            return None
        ACT[action](life.referral, self.scene.people[role], self.now)
        self._note(life, action, role)
        self._check(life)
        return None

    @rule(data=st.data())
    def be_refused(self, data: Any) -> None:
        life = data.draw(st.sampled_from(self.lives))
        action, role = data.draw(st.sampled_from(life.moves(right=False)))
        with self._refused(life, TransitionRefused):
            ACT[action](life.referral, self.scene.people[role], self.now)

    def _write(self, life: Life, role: str) -> None:
        token = f"{self.mails.total()}"
        actions.write_message(life.referral, self.scene.people[role], self.now, "Words", token)
        self._tell("message", life, "iom" if role in AGENCY else "agency")
        if role in AGENCY:
            self._respond(life)
        self._check(life)

    @precondition(lambda self: len(self.lives) < 3 and not self._live())
    @rule()
    def send_another(self) -> None:
        self._add(send(self.scene, self.person, self.promises, self.now))
        self.mails["sent", INTAKE] += 1

    @precondition(lambda self: not self.tried and self._live())
    @rule()
    def send_one_too_many(self) -> None:
        self.tried, live = True, self._live()
        assert live
        with self._refused(live, actions.AlreadyLive) as refused:
            send(self.scene, self.person, self.promises, self.now)
        assert refused.value.reference == live.referral.reference

    def _live(self) -> Life | None:
        live = [life for life in self.lives if life.status in ANY_OPEN]
        assert len(live) <= 1
        return live[0] if live else None

    @contextmanager
    def _refused(self, life: Life, error: type[Exception]) -> Iterator[Any]:
        """Within a savepoint, as a view rolls back what it refuses."""
        with pytest.raises(error) as refused, db.session.begin_nested():
            yield refused
        assert life.referral.status == life.status

    def _note(self, life: Life, action: str, role: str) -> None:
        """The model's own account of what was done."""
        if role in AGENCY and action not in ("start", "close", "reverse", "uphold", "resume", "reopen"):
            self._respond(life)
        old, life.status = life.status, life.leads_to(action)
        if action == "pause":
            life.paused_from = old
        if life.status in ENDED:
            life.ended_from = old
        if action == "reopen" and life.status != "paused":
            life.ended_from = None
        if action in ("accept", "decline"):
            life.kept.add("decide")
        if action == "start":
            life.kept.add("offer")
        self._tell_of(life, action, role)
        if action in ("accept", "reverse"):
            life.worker = self.scene.people[role].email  # type: ignore[union-attr]

    def _respond(self, life: Life) -> None:
        if life.status in ENDED:
            return
        life.kept.add("acknowledge")
        if life.status == "sent":
            life.status = "acknowledged"
        if life.status == "paused" and life.paused_from == "sent":
            life.paused_from = "acknowledged"

    def _tell_of(self, life: Life, action: str, role: str) -> None:
        """Whom the event is told to, each of them once."""
        kind = EVENT_KINDS[action]
        if action == "challenge":
            self.mails[kind, self.scene.people["agency_manager"].email] += 1  # type: ignore[union-attr]
        elif action == "withdraw":
            for address in {INTAKE, life.worker or INTAKE}:
                self.mails[kind, address] += 1
        elif action == "lapse_decline":
            self._tell(kind, life, "iom")
            self._tell(kind, life, "agency")
        elif action != "agree_decline":
            self._tell(kind, life, "iom" if role in AGENCY else "agency")

    def _tell(self, template: str, life: Life, side: str) -> None:
        to = life.referral.referrer.email if side == "iom" else life.worker or INTAKE
        self.mails[template, to] += 1

    def _check(self, life: Life) -> None:
        db.session.flush()
        db.session.refresh(life.referral)
        events = events_of(life.referral)
        assert life.referral.status == life.status == fold((e.kind, e.to_status) for e in events)
        dates_are_in_order(life.referral)
        clocks_agree(life.referral, pauses_of(events), self.now)
        lateness_agrees(life, pauses_of(events))

    def teardown(self) -> None:
        try:
            sent = db.session.execute(sa.select(OutboxEmail.template, OutboxEmail.address)).all()
            assert Counter((row.template, row.address) for row in sent) == self.mails
            for life in self.lives:
                by_counting_every_day(life, pauses_of(events_of(life.referral)))
        finally:
            self.savepoint.rollback()


def send(scene: Scene, person: Person, promises: tuple[int | None, ...], at: datetime) -> Referral:
    officer = scene.people["iom_officer"]
    draft = make_draft(person, officer)  # type: ignore[arg-type]
    draft.promise_acknowledge, draft.promise_decide, draft.promise_offer = promises
    actions.send(draft, scene.service, officer, at)
    return draft


def events_of(referral: Referral) -> list[Any]:
    columns = Event.kind, Event.to_status, Event.happened_at
    return list(
        db.session.execute(sa.select(*columns).where(Event.referral_id == referral.id).order_by(Event.id))
    )


def pauses_of(events: list[Any]) -> list[Pause]:
    """When the net clock rested, told from the history alone."""
    moves = [event for event in events if event.to_status]
    found: list[Pause] = []
    for before, event in pairwise(moves):
        if event.to_status in RESTING and before.to_status not in RESTING:
            found.append(Pause(event.happened_at, None))
        elif before.to_status in RESTING and event.to_status not in RESTING:
            found[-1] = Pause(found[-1].start, event.happened_at)
    return found


def dates_are_in_order(referral: Referral) -> None:
    row = [
        referral.sent_at,
        referral.responded_at,
        referral.decided_at,
        referral.accepted_at,
        referral.started_at,
    ]
    moments = [moment for moment in (*row, referral.closed_at or referral.withdrawn_at) if moment]
    assert moments == sorted(moments)
    assert referral.responded_at == referral.acknowledged_at
    assert not (referral.closed_at and referral.withdrawn_at)
    assert bool(referral.closed_at or referral.withdrawn_at) == (referral.status in ENDED)
    if referral.reversed_at:
        assert referral.decided_at
        assert referral.decided_at <= referral.reversed_at == referral.accepted_at


def clocks_agree(referral: Referral, pauses: list[Pause], now: datetime) -> None:
    assert referral.sent_at
    sent_on, today, calendar = london_date(referral.sent_at), london_date(now), working_days()
    reading = read(referral.sent_at, now, pauses, calendar)
    assert 0 <= reading.net_working <= reading.gross_working
    assert 0 <= reading.net_calendar <= reading.gross_calendar
    rested = sum(calendar.between(span.lower, span.upper or today) for span in referral.rests if span.lower)
    assert calendar.between(sent_on, today) - rested == reading.net_working
    assert referral.rest_count == len(pauses)
    rests_still = any(span.upper is None for span in referral.rests)
    assert rests_still == (referral.status in RESTING)


def strictest(life: Life) -> int | None:
    """The days of the strictest promise that has not been kept."""
    status = life.paused_from if life.status == "paused" else life.status
    if status in NOT_TIMED:
        return None
    it = life.referral
    promised = {"acknowledge": it.promise_acknowledge, "decide": it.promise_decide, "offer": it.promise_offer}
    left = [days for step, days in promised.items() if days is not None and step not in life.kept]
    return min(left, default=None)


def net_on(referral: Referral, day: date, pauses: list[Pause]) -> int:
    assert referral.sent_at
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return read(referral.sent_at, noon, pauses, working_days()).net_working


def lateness_agrees(life: Life, pauses: list[Pause]) -> None:
    """On `late_from` more days have run than were promised, and the day before they had not."""
    referral, promised = life.referral, strictest(life)
    assert referral.sent_at
    if promised is None:
        assert referral.late_from is None
    elif referral.late_from is None:
        assert net_on(referral, london_date(referral.sent_at) + timedelta(400), pauses) <= promised
    else:
        assert net_on(referral, referral.late_from, pauses) > promised
        assert net_on(referral, referral.late_from - timedelta(1), pauses) <= promised


def by_counting_every_day(life: Life, pauses: list[Pause]) -> None:
    promised, sent_at = strictest(life), life.referral.sent_at
    if promised is None or sent_at is None:
        return
    days = (london_date(sent_at) + timedelta(n) for n in range(150))
    first = next((day for day in days if net_on(life.referral, day, pauses) > promised), None)
    db.session.refresh(life.referral)
    assert life.referral.late_from == first


def test_what_must_hold_holds_after_any_history(database: None) -> None:
    service = make_service(make_agency(), intake_email=INTAKE)
    people: dict[str, User | Portal] = {
        role: make_user(role, service.agency if role in AGENCY else None)
        for role in ("iom_officer", "iom_manager", "agency_worker", "agency_manager")
    }
    scene = Lives.scene = Scene(service, people | {"system": Portal()}, [])
    for number, promises in enumerate(PROMISES):
        at = FIRST_DAY + timedelta(hours=77 * number)
        scene.sent.append(send(scene, make_person(), promises, at))
    db.session.flush()
    unhurried = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lives, settings=unhurried)

"""Every email arrives: from the outbox to a real SMTP server that misbehaves in each way there is."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal.db import SYSTEM, db, enter_scope
from portal.mail import deliver_due
from tests.mail_server import NOW, Peer, add_templates, post_all, row, send_to, serving


@pytest.fixture
def portal(committed_app: Flask) -> Iterator[Flask]:
    add_templates(committed_app)
    with committed_app.app_context():
        enter_scope(SYSTEM)
        yield committed_app
        db.session.remove()


@pytest.fixture
def peer(portal: Flask) -> Iterator[Peer]:
    peer = Peer()
    with serving(peer) as port:
        send_to(portal, port)
        yield peer


def deliver_until_sent(key: str) -> int:
    """Let the clock run from one attempt to the next; the number of attempts."""
    now = NOW
    while row(key).sent_at is None:
        assert row(key).dead_at is None
        deliver_due(now)
        now = max(now, row(key).next_try_at)
    return row(key).attempts


def test_without_faults_each_email_arrives_exactly_once(peer: Peer) -> None:
    post_all("a", "b", "c")
    assert deliver_due(NOW) == 3
    assert deliver_due(NOW + timedelta(days=3)) == 0
    assert Counter(message["To"] for message in peer.arrived) == {
        "a@test.example": 1,
        "b@test.example": 1,
        "c@test.example": 1,
    }
    assert len(set(peer.ids())) == 3
    assert row("a").sent_at == NOW


def test_two_workers_send_no_email_twice(portal: Flask, peer: Peer) -> None:
    keys = [f"mail{number}" for number in range(40)]
    post_all(*keys)
    begun = threading.Barrier(2)
    counts: list[int] = []

    def work() -> None:
        with portal.app_context():
            enter_scope(SYSTEM)
            begun.wait()
            counts.append(deliver_due(NOW))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert min(counts) > 0
    assert sorted(message["To"] for message in peer.arrived) == sorted(f"{key}@test.example" for key in keys)


def test_an_email_that_takes_long_does_not_hold_up_another_worker(portal: Flask, peer: Peer) -> None:
    slow_has_begun, others_are_sent = threading.Event(), threading.Event()

    def answer(message: EmailMessage) -> str:
        if message["To"] == "slow@test.example":
            slow_has_begun.set()
            others_are_sent.wait(10)
        return "250 OK"

    def work() -> None:
        with portal.app_context():
            enter_scope(SYSTEM)
            deliver_due(NOW, limit=1)

    peer.answer = answer
    post_all("slow")
    thread = threading.Thread(target=work)
    thread.start()
    assert slow_has_begun.wait(10)
    post_all("quick")
    assert deliver_due(NOW) == 1
    assert row("slow").attempts == 0
    others_are_sent.set()
    thread.join()
    assert row("slow").sent_at == NOW
    assert len(peer.arrived) == 2


@pytest.mark.parametrize("answer", ["451 Try later", "550 No such user"])
def test_an_email_refused_for_now_or_for_good_is_tried_again_until_it_arrives(
    peer: Peer, answer: str
) -> None:
    peer.answer = lambda _message: answer if len(peer.arrived) < 3 else "250 OK"
    post_all("a")
    assert deliver_until_sent("a") == 3
    assert len(set(peer.ids())) == 1
    assert row("a").fault is None


def test_the_waits_grow_from_a_minute_to_an_hour(peer: Peer) -> None:
    peer.answer = lambda _message: "451 Try later"
    post_all("a")
    now, waits = NOW, []
    for _ in range(6):
        deliver_due(now)
        assert deliver_due(row("a").next_try_at - timedelta(seconds=1)) == 0
        waits.append((row("a").next_try_at - now) // timedelta(minutes=1))
        now = row("a").next_try_at
    assert waits == [1, 5, 15, 60, 60, 60]
    assert len(peer.arrived) == 6


def test_a_fault_is_kept_as_code_and_class_without_an_address(peer: Peer) -> None:
    peer.to_recipient = "550 a@test.example is unknown here"
    post_all("a")
    deliver_due(NOW)
    assert row("a").fault == "550 SMTPRecipientsRefused"
    peer.to_recipient, peer.answer = "250 OK", lambda _message: "452 a@test.example is over quota"
    deliver_due(row("a").next_try_at)
    assert row("a").fault == "452 SMTPDataError"


def test_an_email_refused_for_48_hours_is_given_up_and_kept(peer: Peer) -> None:
    peer.to_recipient = "550 Unknown"
    post_all("a")
    now = NOW
    while row("a").dead_at is None:
        deliver_due(now)
        now = max(now, row("a").next_try_at)
    assert timedelta(hours=48) <= row("a").dead_at - NOW <= timedelta(hours=49)  # type: ignore[operator]
    assert row("a").fault == "550 SMTPRecipientsRefused"
    peer.to_recipient = "250 OK"
    assert deliver_due(now + timedelta(days=30)) == 0
    assert peer.arrived == []


def test_a_server_that_hangs_is_left_and_the_email_arrives_later(portal: Flask, peer: Peer) -> None:
    portal.config["MAIL_TIMEOUT"] = 1
    peer.hangs = True
    post_all("a")
    begun = time.monotonic()
    assert deliver_due(NOW) == 0
    assert time.monotonic() - begun < 10
    assert row("a").fault == "SMTPServerDisconnected"
    peer.hangs = False
    assert deliver_until_sent("a") == 2
    assert len(peer.arrived) == 1


def test_an_email_whose_receipt_is_lost_arrives_again_under_the_same_id(peer: Peer) -> None:
    peer.answer = lambda _message: None if len(peer.arrived) == 1 else "250 OK"
    post_all("a")
    db.session.execute(sa.text("UPDATE outbox SET created_at = '2026-11-20 09:30+00'"))
    db.session.commit()
    assert deliver_until_sent("a") == 2
    first, second = peer.arrived
    assert first["Date"].datetime == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_a_server_that_hangs_up_after_its_receipt_gets_no_second_copy(peer: Peer) -> None:
    peer.drops_at_quit = True
    post_all("a")
    assert deliver_due(NOW) == 1
    assert deliver_due(NOW + timedelta(hours=1)) == 0
    assert len(peer.arrived) == 1


def test_emails_outlast_a_server_that_is_down_for_an_hour(portal: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        send_to(portal, closed.getsockname()[1])
    post_all("a", "b")
    now = NOW
    while now < NOW + timedelta(hours=1):
        assert deliver_due(now) == 0
        assert row("a").fault == "ConnectionRefusedError"
        now += timedelta(minutes=10)
    peer = Peer()
    with serving(peer) as port:
        send_to(portal, port)
        deliver_until_sent("a")
        deliver_until_sent("b")
    assert sorted(message["To"] for message in peer.arrived) == ["a@test.example", "b@test.example"]


def test_one_bad_email_does_not_stop_the_others(peer: Peer) -> None:
    def answer(message: EmailMessage) -> str | None:
        return {"bad@test.example": "554 Refused", "worse@test.example": None}.get(message["To"], "250 OK")

    peer.answer = answer
    post_all("bad", "worse", "good", "better")
    assert deliver_due(NOW) == 2
    assert row("good").sent_at is not None
    assert row("better").sent_at is not None
    assert row("bad").fault == "554 SMTPDataError"
    assert row("worse").fault == "SMTPServerDisconnected"


def test_a_sweep_sends_the_longest_due_first_and_keeps_to_its_limit(peer: Peer) -> None:
    with db.engines["owner"].begin() as connection:  # or its order would do
        connection.execute(sa.text("DROP INDEX ix_outbox_due"))
    post_all("late")
    post_all("early")
    db.session.execute(
        sa.text("UPDATE outbox SET next_try_at = now() - interval '1 day' WHERE key = 'early'")
    )
    db.session.commit()
    assert deliver_due(NOW, limit=1) == 1
    assert [message["To"] for message in peer.arrived] == ["early@test.example"]
    assert deliver_due(NOW, limit=1) == 1


def test_a_worker_that_dies_between_sending_and_noting_it_sends_one_more_and_no_others(
    portal: Flask, peer: Peer
) -> None:
    engine = db.engine

    def answer(_message: EmailMessage) -> str:
        if len(peer.arrived) == 2:
            with engine.begin() as connection:
                connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'outbox'::regclass"
                    )
                )
        return "250 OK"

    peer.answer = answer
    post_all("a", "b", "c")
    with pytest.raises(OperationalError):
        deliver_due(NOW)
    db.session.remove()
    enter_scope(SYSTEM)
    assert deliver_due(NOW) == 2
    copies = Counter(peer.ids())
    assert sorted(copies.values()) == [1, 1, 2]

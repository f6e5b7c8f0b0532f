"""What of a row the application's role may change or read at all: grants by column, compared with what is said here."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.queries import scope_of
from portal.appointments.models import Appointment
from portal.chasing.models import Chase
from portal.db import SYSTEM, Scope, db, enter_scope
from tests.factories import make_sent, make_user
from tests.scene_parts import make_appointment, make_chase

pytestmark = pytest.mark.usefixtures("database")
# Of the tables in which only some columns may be changed: those. What was offered, asked, said or done stays.
CHANGED = {
    "appointment": {"state", "state_at", "state_by_id", "state_words", "moved_to_id", "worker_id", "version"},
    "chase": {"answered_at", "answered_by_id", "answered_by", "answer", "changed", "version"},
    "cohort_review": {"person_id"},
    "form_use": {"location"},
    "history_import": {"undone_at", "undone_by_id"},
    "need_statement": {"person_id"},
    "person_copy": {"withheld", "taken_at", "version"},
    "person_need": {"person_id", "identified_on"},
    "release": {"current", "closes_at"},
}
# Tables of which nothing is ever changed once it is written.
NEVER_CHANGED = {
    "agreement_area", "audit_entry", "cohort_criteria", "erasure", "erasure_mark", "event", "keeping_decision",
    "meeting_decision", "message", "person_closing", "turnaround_change", "turnaround_tally", "usual_wait",
}  # fmt: skip
# Columns that look like a secret and that the application reads, and why it is safe.
SECRETS = {
    "user_account.password_hash": "Argon2id; compared at sign-in, before there is a scope",
    "user_session.token_hash": "SHA-256 of 256 random bits: no way back to the cookie",
    "one_time_link.token_hash": "SHA-256 of 256 random bits: no way back to the link",
    "sign_in_failure.account_hash": "SHA-256 of an address, kept for a quarter of an hour's counting",
    "sign_in_failure.device_hash": "SHA-256 of a device's token of 256 random bits",
    "known_device.device_hash": "SHA-256 of 256 random bits: no way back to the cookie",
    "recovery_code.code_hash": "SHA-256 of 120 random bits",
    "totp_key.secret": "encrypted under a key made of SECRET_KEY, which the database does not hold",
    "form_use.key": "HMAC of a form under its page's 128 random bits, which are kept nowhere",
    "passkey.public_key": "public",
    "spent_token.token_hash": "SHA-256 of what is used up",
    "provider_session.token_hash": "SHA-256 of 256 random bits: no way back to the cookie",
    "audit_link.hash": "the chain, which anybody may check",
    "service.source_hash": "of a directory's entry, to know whether it has changed",
    "person.sort_key": "a name, by which lists are ordered",
    "outbox.key": "names an event and its addressee",
    "huey_counter.key": "the queue's own",
    "huey_kv.key": "the queue's own",
}
_CHANGEABLE = sa.text("""
    SELECT c.relname, array_agg(a.attname), bool_or(has_table_privilege(c.oid, 'UPDATE'))
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_column_privilege(c.oid, a.attnum, 'UPDATE')
     GROUP BY 1""")
_SECRET = sa.text("""
    SELECT c.relname || '.' || a.attname
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_column_privilege(c.oid, a.attnum, 'SELECT')
       AND a.attname ~ '(secret|password|hash|(^|_)key$|private|seed)' AND a.attname !~ '^has_'""")


def test_only_what_is_said_here_is_changed_by_column() -> None:
    found = {name: (set(columns), whole) for name, columns, whole in db.session.execute(_CHANGEABLE)}
    by_column = {name: columns for name, (columns, whole) in found.items() if not whole}
    assert CHANGED.items() <= by_column.items()
    assert not NEVER_CHANGED & found.keys()


def test_no_column_with_a_secret_is_read_but_those_said_here() -> None:
    unsaid = set(db.session.scalars(_SECRET)) - SECRETS.keys()
    assert not unsaid, f"{unsaid}: keep them from the application's role, or say in SECRETS why they are safe"


def is_allowed(scope: Scope, statement: Any) -> bool:
    enter_scope(scope)
    try:
        with db.session.begin_nested():
            return bool(db.session.execute(statement).rowcount)
    except sa.exc.ProgrammingError as error:
        assert "permission denied" in str(error)  # noqa: PT017
        return False
    finally:
        enter_scope(SYSTEM)


def test_neither_side_rewrites_what_was_offered_or_asked() -> None:
    referral = make_sent()
    worker, officer = make_user("agency_worker", referral.agency), make_user()
    offered, chased = (
        make_appointment(referral, worker, "Lle", "Geiriau"),
        make_chase(referral, officer, "Pryd?"),
    )
    for user in (worker, officer):
        scope = scope_of(user.id)
        an, chase = sa.update(Appointment), sa.update(Chase)
        assert not is_allowed(scope, an.where(Appointment.id == offered.id).values(place="Rhywle"))
        assert not is_allowed(scope, an.where(Appointment.id == offered.id).values(at=sa.func.now()))
        assert not is_allowed(scope, chase.where(Chase.id == chased.id).values(words="Byth"))
        assert not is_allowed(scope, chase.where(Chase.id == chased.id).values(by_id=user.id))
        assert is_allowed(scope, an.where(Appointment.id == offered.id).values(state_words="Wedi dod"))
        assert is_allowed(scope, chase.where(Chase.id == chased.id).values(answer="Yfory"))


def counted(source: str) -> int:
    return db.session.scalar(sa.text(f"SELECT count(*) FROM {source}"))  # noqa: S608


def test_an_analyst_counts_appointments_and_chases_without_a_row_of_them() -> None:
    referral = make_sent()
    worker = make_user("agency_worker", referral.agency)
    make_appointment(referral, worker, "Lle", "Geiriau")
    make_chase(referral, make_user(), "Pryd?")
    days = "('2000-01-01', '2100-01-01')"
    enter_scope(scope_of(make_user("analyst").id))
    assert (counted("appointment"), counted("chase")) == (0, 0)
    assert (counted(f"appointments_counted{days}"), counted(f"chases_counted{days}")) == (2, 1)
    enter_scope(scope_of(make_user("analyst", every_area=False, areas=[]).id))
    assert (counted(f"appointments_counted{days}"), counted(f"chases_counted{days}")) == (0, 0)
    enter_scope(scope_of(worker.id))
    assert (counted(f"appointments_counted{days}"), counted("appointment")) == (0, 2)

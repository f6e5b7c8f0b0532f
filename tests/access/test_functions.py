"""Functions that run with the owner's rights apply the scope themselves: each is called here as each actor, or is said safe."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.queries import scope_of
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.people.models import Person
from portal.referrals.models import Referral
from tests.access.actors import ACTORS, make_actor
from tests.access.planting import plant
from tests.scene import make_scene

pytestmark = pytest.mark.usefixtures("database")
# What each gives must be the same before and after there are people who are nobody's.
CALLED = {
    "all_findings": "all_findings(current_date)",
    "appointments_counted": "appointments_counted('2000-01-01', '2100-01-01')",
    "chases_counted": "chases_counted('2000-01-01', '2100-01-01')",
    "count_people_due": "count_people_due(current_date - 365, current_date, 1000)",
    "iom_needs": "iom_needs(current_date, NULL, NULL, NULL)",
    "iom_people": "iom_people(ARRAY[current_date, current_date - 2000], NULL, NULL, NULL)",
    "marked_events": "marked_events('2000-01-01', '2100-01-01')",
    "need_steps": "need_steps('2000-01-01', '2100-01-01', NULL, NULL)",
    "needs_unreferred": "needs_unreferred(NULL, '2000-01-01', 0, '', 1000)",
    "people_due": "people_due(current_date - 365, current_date, 1000, 0)",
    "people_lately_read": "people_lately_read(1000)",
    "reviews_due": "reviews_due(NULL, '2000-01-01', '2100-01-01', '2000-01-01', 0, 1000)",
    "search_people": "search_people(ARRAY['caneri'], ARRAY['knr'], NULL, NULL, NULL, 100)",
    "shared_numbers": "shared_numbers()",
}
# Asked about people by their numbers: of nobody's, nothing.
ABOUT = {
    "people_with_live_referrals": "people_with_live_referrals(ARRAY[{ids}]::bigint[])",
    "readers_of": "(SELECT unnest(ARRAY[{ids}]) AS id) p, LATERAL readers_of('person', p.id, NULL, NULL, NULL, 9)",
    "names_of_readers": "(SELECT unnest(ARRAY[{ids}]) AS id) p, LATERAL names_of_readers('person', p.id)",
    "readers_of_person": "(SELECT unnest(ARRAY[{ids}]) AS id) p, LATERAL readers_of_person(p.id)",
}
# Refused to whoever is not the system.
SYSTEMS = {
    "erase_person": "erase_person({one}, 'order', ARRAY[]::bytea[], 'ER2345CD', NULL, current_date)",
    "sweep_trace": "sweep_trace('access_log', now())",
    "sweep_expired": "sweep_expired('messages', now())",
}
SAFE = {
    "chain_entries": "adds to the chain what has been committed; gives how many",
    "unsigned_head": "a number, a hash and a time",
    "keep_head": "takes a signed state, which verify checks",
    "oldest_unsigned": "a time",
    "write_search": "adds to the trace, and reads nothing",
    "references_of": "to an administrator and the system alone; tested in tests/trace/test_log_pages.py",
    "referral_called": "to an administrator and the system alone; tested in tests/trace/test_log_pages.py",
    "find_elsewhere": "for that purpose, with its trace and its limit; tested in tests/trace",
    "file_wait": "counts one's own files",
    "drop_empty_agencies": "takes away historic agencies that nothing refers to, which an undone import had added",
    "fold_tally": "adds changes up that are counted anyway; gives how many",
    "history_elsewhere": "of imported history, which holds no people: how many lines of a file are known elsewhere",
    "faulty_mails": "counts emails that failed, for an administrator and the system alone; tested in tests/undelivered",
    "given_up_mails": "emails that failed, for an administrator and the system alone; tested in tests/undelivered",
    "let_mail_go": "an administrator's and the system's; tested in tests/undelivered",
    "send_mails_again": "an administrator's and the system's; tested in tests/undelivered",
    "marks_of_erased": "compares hashes under a key; tested in tests/keeping",
    "people_read_by": "numbers alone, for the scope of whoever signs in, before there is one",
    "review_months": "an area's published settings",
    "write_audit": "adds to the trace, and reads nothing",
}
_DEFINERS = sa.text("""
    SELECT p.proname AS name, p.prorettype = 'trigger'::regtype AS trigger, coalesce(p.proconfig, '{}') AS settings,
           has_function_privilege(p.oid, 'EXECUTE') AS ours, p.proacl IS NULL OR EXISTS (
               SELECT FROM aclexplode(p.proacl) g WHERE g.grantee = 0) AS everybodys
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef""")


def definers() -> list[sa.Row[Any]]:
    return list(db.session.execute(_DEFINERS))


def test_none_is_everybodys_and_each_has_its_search_path() -> None:
    assert [one.name for one in definers() if one.everybodys] == []
    assert [
        one.name for one in definers() if not any(s.startswith("search_path=") for s in one.settings)
    ] == []


def test_each_is_called_here_or_said_safe() -> None:
    ours = {one.name for one in definers() if one.ours}
    said = [*CALLED, *ABOUT, *SYSTEMS, *SAFE]
    assert ours == set(said), "call it in tests/access/test_functions.py as each actor, or say why it is safe"
    assert [one.name for one in definers() if one.ours and one.trigger] == []


def test_views_read_as_whoever_asks() -> None:
    views = sa.text("""SELECT relname, coalesce(reloptions, '{}') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')""")
    found = dict(db.session.execute(views).all())  # type: ignore[arg-type]
    assert found
    assert [name for name, options in found.items() if "security_invoker=true" not in options] == []


def given(scope: Scope, source: str) -> list[str]:
    """What a call gives in a scope, as text."""
    enter_scope(scope)
    try:
        with db.session.begin_nested():
            return sorted(db.session.scalars(sa.text(f"SELECT ROW(f.*)::text FROM {source} f")))  # noqa: S608
    finally:
        enter_scope(SYSTEM)


def test_nothing_that_they_give_changes_with_people_who_are_nobodys() -> None:
    scene = make_scene()
    users = {name: make_actor(name, scene) for name in ACTORS}
    scopes = {name: scope_of(user.id) for name, user in users.items() if user and ACTORS[name].role}
    analyst, theirs_too = scopes.pop("analyst"), scopes.pop("manager of another area")
    scopes.pop("officer of another area")
    scopes["nobody"] = NOBODY
    known = set(db.session.scalars(sa.select(Person.id)))
    before = {(who, name): given(scope, CALLED[name]) for who, scope in scopes.items() for name in CALLED}
    others = {name: given(theirs_too, CALLED[name]) + given(analyst, CALLED[name]) for name in CALLED}
    plant()
    theirs = sorted(set(db.session.scalars(sa.select(Person.id))) - known)
    assert theirs
    assert db.session.scalar(sa.select(sa.func.count()).where(Referral.person_id.in_(theirs)))
    told = [asked for asked, said in before.items() if given(scopes[asked[0]], CALLED[asked[1]]) != said]
    assert not told
    ids = ",".join(map(str, theirs))
    for who, scope in scopes.items():
        for source in ABOUT.values():
            assert given(scope, source.format(ids=ids)) == [], (who, source)
        for source in SYSTEMS.values():
            with pytest.raises(sa.exc.DBAPIError, match="only the worker"):
                given(scope, source.format(one=theirs[0]))
    moved = {
        name
        for name in CALLED
        if given(theirs_too, CALLED[name]) + given(analyst, CALLED[name]) != others[name]
    }
    assert CALLED.keys() - moved <= {
        "people_lately_read",
        "shared_numbers",
    }  # or the rest would prove nothing

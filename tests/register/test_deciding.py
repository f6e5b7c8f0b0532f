"""Questions answered, joins undone, and whose word stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.db import db
from portal.people import actions
from portal.people.models import CohortSpell, Person, PersonNeed, PersonReader
from portal.people.queries import get_person, search
from portal.people.terms import Terms, read_terms
from portal.referrals.actions import withdraw
from portal.referrals.models import Referral
from portal.register import deciding, queries
from portal.register.models import PersonPair, SourceRecord
from tests import TODAY
from tests.factories import make_person, make_sent, make_service, make_user
from tests.register.extracts import delius, lost_words, niche, pnc, register, take

pytestmark = pytest.mark.usefixtures("database")
# So many are called so that the swapped date of birth is no proof.
DOUBTFUL: dict[str, Any] = {"surname": "Jones", "forenames": "David", "sex": "male"}
NEARLY = DOUBTFUL | {"forenames": "Dafydd", "date_of_birth": date(1990, 4, 5)}


def person_of(source: str, ref: str) -> Person:
    found = db.session.scalars(
        sa.select(Person)
        .join(SourceRecord, SourceRecord.leads_id == Person.id)
        .where(SourceRecord.source == source, SourceRecord.ref == ref)
        .execution_options(populate_existing=True)
    ).one()
    return found


def ask() -> PersonPair:
    """A question about a record of probation and one of the police."""
    take(delius(**DOUBTFUL))
    assert take(niche(**NEARLY)).asked == 1
    return db.session.scalars(sa.select(PersonPair).where(PersonPair.state == "asked")).one()


def say(pair: PersonPair, *, same: bool) -> None:
    deciding.answer(pair.id, same=same, by_id=make_user("iom_manager").id, today=TODAY)


def test_the_same_number_joins_and_the_row_joined_is_nobody_any_more() -> None:
    assert take(delius(pnc_id=pnc(1), noms_number="A1234BC")).added == 1
    counts = take(niche(pnc_id=pnc(1), forenames="Jane", sex="female"))
    assert (counts.added, counts.updated) == (0, 1)
    [person] = register()
    assert (person["crn"], person["niche_ref"], person["state"]) == ("X100001", "N1", "paired")
    hidden = db.session.scalars(sa.select(Person).where(Person.joined_to.is_not(None))).one()
    assert get_person(hidden.id) is None
    found = search(read_terms("N1", TODAY)).spelt
    assert [row.id for row in found] == [hidden.joined_to]


def test_who_is_joined_is_found_by_every_name_that_a_source_knows() -> None:
    take(delius(pnc_id=pnc(1), surname="Wojciechowska"))
    take(niche(pnc_id=pnc(1), surname="Gwyndaf"))
    leader = person_of("niche", "N1")
    assert [row.id for row in search(Terms(("gwyndaf",))).spelt] == [leader.id]
    actions.change_person(leader, details_of(leader, gender="female"), by_id=make_user().id)
    assert [row.id for row in search(Terms(("gwyndaf",))).spelt] == [leader.id]


def details_of(person: Person, **changed: Any) -> actions.Details:
    names = actions.Details.__dataclass_fields__
    return actions.Details(**{name: getattr(person, name) for name in names} | changed)


def test_saying_same_joins_and_is_remembered_however_often_the_extracts_come() -> None:
    say(ask(), same=True)
    [person] = register()
    assert person["state"] == "paired"
    take(delius(**DOUBTFUL))
    take(niche(**NEARLY))
    assert register() == [person]


def test_saying_different_is_remembered() -> None:
    say(ask(), same=False)
    assert [person["state"] for person in register()] == ["single", "single"]
    again = take(niche(**NEARLY | {"noms_number": "A1234BC"}))
    assert (again.updated, again.asked) == (1, 0)
    assert [person["state"] for person in register()] == ["single", "single"]


def test_a_question_answered_already_is_settled() -> None:
    pair = ask()
    say(pair, same=True)
    with pytest.raises(deciding.Settled):
        say(pair, same=False)


def test_a_rival_that_comes_later_undoes_what_the_rules_joined_but_no_decision() -> None:
    take(delius(**DOUBTFUL, pnc_id=pnc(1)))
    take(niche("N1", **DOUBTFUL, pnc_id=pnc(1)))
    assert [person["state"] for person in register()] == ["paired"]
    savepoint = db.session.begin_nested()
    take(niche("N2", **DOUBTFUL, pnc_id=pnc(1)))
    assert [person["state"] for person in register()] == ["asked"] * 3
    savepoint.rollback()
    pair = db.session.scalars(sa.select(PersonPair)).one()
    pair.decided_by_id = make_user().id
    db.session.flush()
    take(niche("N2", **DOUBTFUL, pnc_id=pnc(1)))
    assert sorted(person["state"] for person in register()) == ["asked", "paired"]


def test_two_who_are_referred_alike_are_asked_about_and_cannot_be_joined() -> None:
    service = make_service()
    one, other = make_person(crn="X100001", pnc_id=pnc(1)), make_person(niche_ref="N1", pnc_id=pnc(1))
    make_sent(service, one)
    second = make_sent(service, other)
    take(delius(pnc_id=pnc(1), surname=one.surname))
    take(niche(pnc_id=pnc(1), surname=other.surname))
    pair = db.session.scalars(sa.select(PersonPair).where(PersonPair.state == "asked")).one()
    assert "both_referred" in pair.grounds
    with pytest.raises(deciding.BothReferred):
        say(pair, same=True)
    withdraw(second, make_user(), datetime.now(UTC), reason="sent_in_error")
    say(pair, same=True)
    assert {referral.person_id for referral in db.session.scalars(sa.select(Referral))} == {one.id}


def joined_pair() -> tuple[Person, Person, PersonPair]:
    """Two people added here, both referred, whom the extracts make one: who leads, and who is hidden."""
    one = make_person("flex", crn="X100001", surname="Enghraifft", forenames="Mair")
    other = make_person("fixed", niche_ref="N1", surname="Enghraifft", forenames="Mari", restricted=False)
    other.spells.append(CohortSpell(cohort="flex", from_on=date(2025, 1, 1), to_on=date(2025, 6, 1)))
    other.needs = [need("mental_health"), need("housing", "met")]
    one.needs = [need("housing")]
    db.session.flush()
    make_sent(make_service(), one)
    make_sent(make_service(needs=("mental_health",)), other)
    take(delius(surname="Enghraifft", forenames="Mair", pnc_id=pnc(1)))
    take(niche(surname="Enghraifft", forenames="Mari", pnc_id=pnc(1)))
    pair = db.session.scalars(sa.select(PersonPair)).one()
    assert pair.state == "joined"
    return one, other, pair


def need(code: str, state: str = "identified") -> PersonNeed:
    return PersonNeed(
        need_code=code, state=state, identified_on=date(2026, 1, 9), changed_on=date(2026, 2, 9)
    )


def held(person: Person) -> dict[str, Any]:
    """All that a person has."""
    db.session.expire_all()
    columns = {c.key: getattr(person, c.key) for c in sa.inspect(Person).column_attrs}
    for key in ("version", "pnc_id", "differs"):
        columns.pop(key)
    return {
        "columns": columns,
        "referrals": list(db.session.scalars(sa.select(Referral.id).where(Referral.person_id == person.id))),
        "needs": sorted((n.need_code, n.state, n.changed_on) for n in person.needs),
        "spells": [(s.cohort, s.from_on, s.to_on) for s in person.spells],
        "readers": sorted(
            db.session.scalars(sa.select(PersonReader.user_id).where(PersonReader.person_id == person.id))
        ),
    }


def test_undoing_a_join_puts_everything_back_and_leaves_what_was_added_since() -> None:
    with db.session.begin_nested() as nested:
        one, other, _pair = joined_pair()
        ids = one.id, other.id
        nested.rollback()
    one, other, _pair = joined_pair()
    del ids
    leader, hidden = (one, other) if other.joined_to else (other, one)
    assert leader is one
    assert len(held(leader)["referrals"]) == 2
    assert [code for code, *_ in held(leader)["needs"]] == ["housing", "mental_health"]
    assert [state for _, state, _ in held(leader)["needs"]] == ["referred", "referred"]
    assert ("flex", date(2025, 1, 1), date(2025, 6, 1)) in held(leader)["spells"]
    since = make_sent(make_service(), leader)
    deciding.part(hidden.id, by_id=make_user().id, today=TODAY)
    back, kept = held(hidden), held(leader)
    assert since.id in kept["referrals"]
    assert len(kept["referrals"]) == 2
    assert len(back["referrals"]) == 1
    assert back["columns"]["niche_ref"] == "N1"
    assert kept["columns"]["niche_ref"] is None
    assert (back["columns"]["forenames"], kept["columns"]["forenames"]) == ("Mari", "Mair")
    assert {need[:2] for need in kept["needs"]} == {("housing", "referred")}
    assert {need[:2] for need in back["needs"]} == {("housing", "met"), ("mental_health", "referred")}
    assert back["spells"] == [
        ("fixed", date(2026, 1, 5), None),
        ("flex", date(2025, 1, 1), date(2025, 6, 1)),
    ]
    assert kept["spells"] == [("flex", date(2026, 1, 5), None)]
    assert [person["state"] for person in register()] == ["single", "single"]
    assert lost_words() == set()
    take(niche(surname="Enghraifft", forenames="Mari", pnc_id=pnc(1)))
    assert [person["state"] for person in register()] == ["single", "single"]


def test_joining_and_undoing_changes_nothing_at_all() -> None:
    one = make_person("flex", crn="X100001", pnc_id=pnc(1), surname="Enghraifft", forenames="Mair")
    other = make_person("fixed", pnc_id=pnc(1), surname="Enghraifft", forenames="Mari", preferred_name="Maz")
    other.needs = [need("mental_health")]
    other.restricted = True
    reader = make_user()
    db.session.add(PersonReader(person_id=other.id, user_id=reader.id))
    make_sent(make_service(), other)
    before = held(one), held(other)
    db.session.add(
        PersonPair(
            one_id=one.id, other_id=other.id, one_leads=one.id, other_leads=other.id, weight=40, state="asked"
        )
    )
    db.session.flush()
    say(db.session.scalars(sa.select(PersonPair)).one(), same=True)
    db.session.expire_all()
    assert one.joined_to == other.id  # who has referrals leads
    assert other.restricted
    deciding.part(one.id, by_id=reader.id, today=TODAY)
    assert (held(one), held(other)) == before
    assert lost_words() == set()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SourceRecord)) == 0


def test_whoever_is_joined_with_somebody_restricted_is_restricted_to_the_readers_of_both() -> None:
    hidden = make_person(niche_ref="N1", pnc_id=pnc(1), restricted=True, surname="Enghraifft")
    readers = make_user(), make_user()
    db.session.add(PersonReader(person_id=hidden.id, user_id=readers[0].id))
    shown = make_person(crn="X100001", pnc_id=pnc(1), surname="Enghraifft")
    referral = make_sent(make_service(), shown)
    take(delius(surname="Enghraifft", pnc_id=pnc(1)))
    db.session.expire_all()
    assert hidden.joined_to == shown.id
    assert shown.restricted
    assert db.session.get(Referral, referral.id, populate_existing=True).restricted  # type: ignore[union-attr]
    assert held(shown)["readers"] == [readers[0].id]
    deciding.part(hidden.id, by_id=readers[0].id, today=TODAY)
    assert not held(shown)["columns"]["restricted"]
    assert held(hidden)["columns"]["restricted"]
    assert (held(shown)["readers"], held(hidden)["readers"]) == ([], [readers[0].id])
    assert not db.session.get(Referral, referral.id, populate_existing=True).restricted  # type: ignore[union-attr]


def test_a_decision_stands_until_a_source_says_something_new_and_then_still_but_it_is_told() -> None:
    take(delius(pnc_id=pnc(1), surname="Rees"))
    take(niche(pnc_id=pnc(1), surname="Prys"))
    person = person_of("niche", "N1")
    assert (person.surname, person.differs) == ("Rees", ["surname"])
    deciding.decide(person, "surname", "Prys", by_id=make_user().id, today=TODAY)
    person = person_of("niche", "N1")
    assert (person.surname, person.differs) == ("Prys", [])
    take(delius(pnc_id=pnc(1), surname="Rees", noms_number="A1234BC"))
    assert person_of("niche", "N1").differs == []
    take(delius(pnc_id=pnc(1), surname="Preece"))
    person = person_of("niche", "N1")
    assert (person.surname, person.differs) == ("Prys", ["surname"])


def test_what_is_typed_on_the_record_is_kept_against_the_next_extract() -> None:
    take(delius(language="en"))
    person = person_of("delius", "X100001")
    actions.change_person(person, details_of(person, language="cy"), by_id=make_user().id)
    take(delius(language="en", sex="male"))
    person = person_of("delius", "X100001")
    assert (person.language, person.sex) == ("cy", "male")


def test_a_cohort_moves_on_where_a_source_says_so_and_its_history_is_kept() -> None:
    began, later = date(2026, 1, 5), date(2026, 5, 1)
    take(delius(cohort="fixed", cohort_from=began))
    take(delius(cohort="flex", cohort_from=later))
    spells = [(s.cohort, s.from_on, s.to_on) for s in held_spells("X100001")]
    assert spells == [("flex", later, None), ("fixed", began, later)]
    take(delius(cohort="free", cohort_from=later))
    assert [(s.cohort, s.from_on) for s in held_spells("X100001")] == [("free", later), ("fixed", began)]
    take(delius(), on=TODAY + timedelta(days=1))
    assert [s.to_on for s in held_spells("X100001")] == [TODAY + timedelta(days=1), later]


def held_spells(crn: str) -> list[CohortSpell]:
    db.session.expire_all()
    return person_of("delius", crn).spells


def test_a_cohort_ended_here_stays_ended_however_often_the_extract_comes() -> None:
    take(delius(cohort="fixed", cohort_from=date(2026, 1, 5)))
    actions.end_cohort(person_of("delius", "X100001"), TODAY)
    take(delius(cohort="fixed", cohort_from=date(2026, 1, 5), sex="male"))
    assert person_of("delius", "X100001").cohort is None


def test_needs_that_probation_states_are_identified_and_go_only_if_nothing_was_done() -> None:
    take(delius(needs=("housing", "mental_health", "health")))
    person = person_of("delius", "X100001")
    make_sent(make_service(), person)
    db.session.expire_all()
    person.needs[[n.need_code for n in person.needs].index("housing")].state = "referred"
    actions.set_needs(person, ["housing", "health"], identified_on=TODAY, today=TODAY)
    take(delius(needs=("mental_health",)))
    db.session.expire_all()
    assert [(n.need_code, n.state) for n in person.needs] == [("housing", "referred")]


def test_lists_of_joins_give_the_row_that_leads_nobody() -> None:
    _one, other, pair = joined_pair()
    [row], more = queries.list_joined()
    assert (row.id, row.row_id, row.person_id, more) == (pair.id, other.id, pair.one_leads, False)
    assert queries.is_joined(other.id) == row.person_id
    assert queries.is_joined(row.person_id) is None

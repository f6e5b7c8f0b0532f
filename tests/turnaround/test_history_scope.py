"""Imported history in the database itself: who sees which rows, who may write them, who lays hands on uploads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError

from portal.agencies.models import Agency, Service
from portal.db import NOBODY, SYSTEM, Scope, db, enter_scope
from portal.turnaround import history_importing as importing
from portal.turnaround.history_models import HistoryImport, HistoryReferral, HistoryUpload
from portal.turnaround.history_reading import read
from portal.turnaround.history_uploads import keep, sweep_uploads
from tests.factories import GWENT, area, make_agency, make_service, make_user
from tests.turnaround.history_files import as_csv, row

pytestmark = pytest.mark.usefixtures("database")

TODAY = date(2026, 11, 22)


def take_in(*rows: dict[str, Any], token: str = "t") -> HistoryImport:  # noqa: S107
    report = importing.examine(read(as_csv(*rows)), TODAY)
    return importing.take_in(report, token=token, file_name="x.csv")


@pytest.fixture
def ours() -> Agency:
    return make_agency("Nacro")


@pytest.fixture
def rooms(ours: Agency) -> Iterator[Service]:
    """Rows a to d: Cardiff with a service, Cardiff without, Newport with one, and Cardiff of another agency."""
    rooms = make_service(ours, name="Rooms")
    make_service(make_agency("Pobl"), name="Flats")
    take_in(
        row(reference="a", service="Rooms"),
        row(reference="b"),
        row(reference="c", service="Rooms", area="Newport"),
        row(reference="d", agency="Pobl", service="Flats"),
    )
    yield rooms
    enter_scope(SYSTEM)


def seen(scope: Scope) -> str:
    enter_scope(scope)
    db.session.expire_all()
    return "".join(
        db.session.scalars(sa.select(HistoryReferral.reference).order_by(HistoryReferral.reference))
    )


def south_wales() -> Scope:
    return Scope("iom", 1, area_ids=(area().id,))


def test_each_kind_of_scope_sees_its_own(ours: Agency, rooms: Service) -> None:
    south, gwent = area().id, area(GWENT).id
    whole = {"agency_id": ours.id, "area_ids": None, "service_ids": None}
    other = make_service(ours)
    assert seen(SYSTEM) == "abcd"
    assert seen(Scope("iom", 1, area_ids=(south,))) == "abd"
    assert seen(Scope("iom", 1, area_ids=(south, gwent))) == "abcd"
    assert seen(Scope("iom", 1, area_ids=())) == ""
    assert seen(Scope("agency", 1, **whole)) == "abc"
    assert seen(Scope("agency", 1, **whole | {"service_ids": (rooms.id,)})) == "ac"
    assert seen(Scope("agency", 1, **whole | {"service_ids": (other.id,)})) == ""
    assert seen(Scope("agency", 1, **whole | {"area_ids": (gwent,)})) == "c"
    assert seen(Scope("figures", 1, area_ids=(gwent,))) == "c"
    assert seen(Scope("figures", 1, area_ids=None)) == "abcd"
    assert seen(Scope("administrator", 1)) == ""
    assert seen(NOBODY) == ""


@pytest.mark.parametrize("kind", ["agency", "figures", "administrator", "none"])
def test_only_iom_and_the_system_write(ours: Agency, rooms: Service, kind: str) -> None:
    enter_scope(Scope(kind, 1, agency_id=ours.id, area_ids=None, service_ids=None))
    hidden = {"import_id": 1, "agency_id": ours.id, "reference": "z", "need_code": "housing"}
    with pytest.raises(ProgrammingError, match="row-level security"), db.session.begin_nested():
        db.session.execute(
            sa.insert(HistoryReferral).values(**hidden, area_id=area().id, sent_on=date(2024, 1, 1))
        )
    for what in (sa.update(HistoryReferral).values(cohort="free"), sa.delete(HistoryReferral)):
        assert db.session.execute(what).rowcount == 0  # type: ignore[attr-defined]


def test_iom_writes_and_deletes_in_its_own_areas_only(rooms: Service) -> None:
    enter_scope(south_wales())
    assert db.session.execute(sa.update(HistoryReferral).values(cohort="free")).rowcount == 3  # type: ignore[attr-defined]
    with pytest.raises(ProgrammingError, match="row-level security"), db.session.begin_nested():
        db.session.execute(sa.update(HistoryReferral).values(area_id=area(GWENT).id))
    assert db.session.execute(sa.delete(HistoryReferral)).rowcount == 3  # type: ignore[attr-defined]
    assert seen(SYSTEM) == "c"


def test_a_reference_held_in_another_area_is_refused_and_the_rest_goes_in(rooms: Service) -> None:
    enter_scope(south_wales())
    report = importing.examine(
        read(as_csv(row(reference="c"), row(reference="e"), row(reference="b"))), TODAY, (area().id,)
    )
    assert str(report) == "added 1, updated 0, unchanged 1, refused 1"
    assert [(one.line, one.column, one.refuses) for one in report.found] == [(2, "reference", True)]
    assert "in an area that you do not work for" in str(report.found[0].reason)
    importing.take_in(report, token="mine", file_name="x.csv")
    assert seen(SYSTEM) == "abcde"


def test_only_the_system_and_managers_of_an_area_see_its_imports(ours: Agency, rooms: Service) -> None:
    take_in(row(reference="f", area="Newport"), token="gwent")
    for scope, tokens in (
        (SYSTEM, ["gwent", "t"]),
        (south_wales(), ["t"]),
        (Scope("agency", 1, agency_id=ours.id, area_ids=None, service_ids=None), []),
        (Scope("figures", 1, area_ids=None), []),
        (NOBODY, []),
    ):
        enter_scope(scope)
        assert (
            list(db.session.scalars(sa.select(HistoryImport.token).order_by(HistoryImport.token))) == tokens
        )


def test_an_upload_is_its_senders_alone_and_goes_after_a_day() -> None:
    mine, theirs = make_user("iom_manager"), make_user("iom_manager")
    for user in (mine, theirs):
        keep(read(as_csv(row())), "x.csv", user.id)
    enter_scope(Scope("iom", mine.id, area_ids=(area().id,)))
    assert [one.user_id for one in db.session.scalars(sa.select(HistoryUpload))] == [mine.id]
    with pytest.raises(ProgrammingError, match="row-level security"), db.session.begin_nested():
        keep(read(as_csv(row())), "x.csv", theirs.id)
    enter_scope(SYSTEM)
    sweep_uploads(datetime.now(UTC) + timedelta(hours=23))
    assert len(db.session.scalars(sa.select(HistoryUpload)).all()) == 2
    sweep_uploads(datetime.now(UTC) + timedelta(hours=25))
    assert db.session.scalars(sa.select(HistoryUpload)).all() == []


def test_undoing_removes_what_the_import_wrote_last_and_agencies_that_came_with_it(ours: Agency) -> None:
    user = make_user("iom_manager")
    take_in(row(reference="1"), row(reference="2"), token="first")
    done = take_in(
        row(reference="2", cohort="free"),
        row(reference="3", agency="Long Gone"),
        row(agency="Ours too"),
        token="second",
    )
    kept = take_in(row(reference="4", agency="Ours too"), token="third")
    removed = importing.undo(done, kept.imported_at, user.id)
    assert removed == 3
    assert seen(SYSTEM) == "14"
    names = set(db.session.scalars(sa.select(Agency.name)))
    assert "Long Gone" not in names
    assert {"Nacro", "Ours too"} <= names
    assert done.undone_by_id == user.id


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "declined", "decided_on": date(2024, 3, 5)},
        {"decision": "accepted_priority"},
        {"decided_on": date(2024, 3, 5)},
        {"outcome": "met"},
        {"started_on": date(2024, 3, 3)},
        {"closed_on": date(2024, 3, 5), "withdrawn_on": date(2024, 3, 5)},
        {"closed_on": date(2024, 3, 5), "started_on": date(2024, 3, 6)},
        {"reference": ""},
        {"cohort": "loose"},
    ],
)  # fmt: skip
def test_the_table_itself_holds_nothing_impossible(ours: Agency, values: dict[str, Any]) -> None:
    done = take_in(row())
    whole = {"reference": "z", "sent_on": date(2024, 3, 4), "need_code": "housing"} | values
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(
            sa.insert(HistoryReferral).values(
                import_id=done.id, agency_id=ours.id, area_id=area().id, **whole
            )
        )

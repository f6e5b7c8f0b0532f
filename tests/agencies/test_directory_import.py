"""Taking a directory in: once, again, changed, broken; from a file and over pages of an address."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agencies.directory_import import import_directory
from portal.agencies.directory_source import read_entries
from portal.agencies.models import Agency, Area, Service
from portal.db import as_owner, db

FILE = Path(__file__).parent / "data" / "directory.json"
REAL = Path(__file__).parents[3] / "shared" / "data" / "commissioned-services-oruk.json"


@pytest.fixture
def entries() -> list[dict[str, Any]]:
    return read_entries(str(FILE))


def service(external_id: str) -> Service:
    return db.session.scalars(sa.select(Service).where(Service.external_id == external_id)).one()


def test_a_directory_goes_in_once(database: None, entries: list[dict[str, Any]]) -> None:
    assert str(import_directory(entries)) == "added 5, updated 0, unchanged 0, refused 0"
    assert str(import_directory(entries)) == "added 0, updated 0, unchanged 5, refused 0"
    assert (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Agency).where(Agency.external_id.like("org-%"))
        )
        == 3
    )


def test_a_service_keeps_what_the_directory_says(database: None, entries: list[dict[str, Any]]) -> None:
    import_directory(entries)
    rooms, women, young, closed = (service(f"svc-{number}") for number in (1, 2, 3, 4))
    assert rooms.places == "Newport\nEbbw Vale"
    assert [area.code for area in rooms.areas] == ["W15000002"]
    assert (rooms.accepts_female, rooms.accepts_male) == (False, True)
    assert len(women.needs) == 8
    assert [area.name_en for area in women.areas] == ["Wales"]
    assert women.places == "Cardiff, Swansea"
    assert "• recovery & wellbeing\n\nBy appointment." in women.description
    assert (young.minimum_age, young.maximum_age) == (18, 25)
    assert {need.code for need in young.needs} == {"mental_health", "other"}
    assert not closed.active
    assert str(closed.closes_on) == "2025-03-31"


def test_an_unknown_area_is_added_by_its_code_and_an_unknown_need_is_said(
    database: None, entries: list[dict[str, Any]]
) -> None:
    outcome = import_directory(entries)
    area = db.session.scalars(sa.select(Area).where(Area.code == "north-shire")).one()
    assert (area.kind, area.name_en) == ("other", "North Shire")
    assert (5, "the need “Gardening” is not known here: kept as other") in outcome.notices
    assert [need.code for need in service("svc-5").needs] == ["other"]


def test_only_a_changed_entry_is_updated_and_the_change_is_said(
    database: None, entries: list[dict[str, Any]]
) -> None:
    import_directory(entries)
    entries[0]["eligibility_description"] = "Men of 18 and over"
    outcome = import_directory(entries)
    assert str(outcome) == "added 0, updated 1, unchanged 4, refused 0"
    assert service("svc-1").eligibility == "Men of 18 and over"
    assert outcome.notices == [(1, "“Rooms for Men in Gwent” changed in the directory: eligibility")]


def test_what_was_edited_here_stays_until_the_directory_says_something_new(
    database: None, entries: list[dict[str, Any]]
) -> None:
    import_directory(entries)
    rooms = service("svc-1")
    rooms.name, rooms.active, rooms.intake_email = "Rooms, as we call them", False, "rooms@cartref.example"
    db.session.flush()
    entries[0]["eligibility_description"] = "Men of 18 and over"
    import_directory(entries)
    assert (rooms.name, rooms.active) == ("Rooms, as we call them", False)
    assert rooms.intake_email == "rooms@cartref.example"
    entries[0]["name"] = "Rooms for Men and Their Dogs"
    import_directory(entries)
    assert rooms.name == "Rooms for Men and Their Dogs"


def test_an_agency_renamed_in_the_directory_is_renamed_here(
    database: None, entries: list[dict[str, Any]]
) -> None:
    import_directory(entries)
    for entry in entries[1:3]:
        entry["organization"]["name"] = "Example Recovery and Wellbeing"
    assert str(import_directory(entries)) == "added 0, updated 2, unchanged 3, refused 0"
    assert service("svc-2").agency.name == "Example Recovery and Wellbeing"
    assert service("svc-2").agency is service("svc-3").agency


def test_an_agency_known_by_name_is_not_added_again(database: None, entries: list[dict[str, Any]]) -> None:
    known = Agency(name="cartref enghreifftiol", description="Edited here")
    db.session.add(known)
    db.session.flush()
    import_directory(entries)
    assert service("svc-1").agency is known
    assert known.external_id == "org-1"
    assert known.description == "Edited here"


def test_a_service_moves_to_the_agency_that_the_directory_names(
    database: None, entries: list[dict[str, Any]]
) -> None:
    import_directory(entries)
    entries[0]["organization"] = entries[4]["organization"]
    import_directory(entries)
    assert service("svc-1").agency.name == "Fictional Futures"


def test_broken_entries_are_refused_by_position_and_the_good_ones_go_in(
    database: None, entries: list[dict[str, Any]]
) -> None:
    broken = copy.deepcopy(entries)
    del broken[1]["name"]
    broken[2]["minimum_age"] = 30
    twin = copy.deepcopy(entries[0])
    outcome = import_directory([*broken, twin, None])
    assert str(outcome) == "added 3, updated 0, unchanged 0, refused 4"
    assert outcome.refused == [
        (2, "name is missing"),
        (3, "minimum_age 30 is above the maximum, 25"),
        (6, "its id is that of entry 1"),
        (7, "it is not an object"),
    ]


def test_an_import_leaves_a_trace(database: None, entries: list[dict[str, Any]]) -> None:
    outcome = import_directory(entries)
    trace = db.session.execute(
        sa.text("SELECT action, subject_ids FROM audit_entry ORDER BY id DESC LIMIT 1")
    ).one()
    assert trace.action == "directory.imported"
    assert trace.subject_ids == outcome.added


def test_the_command_says_what_it_did_and_why_it_refused(committed_app: Flask, tmp_path: Path) -> None:
    page = json.loads(FILE.read_text())
    page["contents"][3]["status"] = "open"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(page), encoding="utf-8")
    runner = committed_app.test_cli_runner()
    first = runner.invoke(args=["import-directory", str(broken)])
    assert first.exit_code == 0
    assert "Entry 4 refused: status is none of active" in first.stdout
    assert first.stdout.splitlines()[-1] == "added 4, updated 0, unchanged 0, refused 1"
    second = runner.invoke(args=["import-directory", str(FILE)])
    assert second.stdout.splitlines()[-1] == "added 1, updated 0, unchanged 4, refused 0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"<html>", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[" + b"9" * 5000 + b"]", "is not JSON"),
        (b'{"error": "not found"}', "holds no Open Referral UK services"),
        (b"7", "holds no Open Referral UK services"),
    ],
)
def test_an_unusable_file_is_named_with_its_fault_and_exit_code_2(
    app: Flask, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "directory.json"
    if content is not None:
        path.write_bytes(content)
    result = app.test_cli_runner().invoke(args=["import-directory", str(path)])
    assert result.exit_code == 2
    assert reason in result.stderr


class DirectoryServer(BaseHTTPRequestHandler):
    """`/services` in pages of two, without children; `/services/<id>` in full."""

    entries: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        number = int(parse_qs(address.query).get("page", ["1"])[0])
        body: Any = next(
            (entry for entry in self.entries if address.path == f"/services/{entry['id']}"), None
        )
        if address.path == "/services":
            listed = self.entries[2 * number - 2 : 2 * number]
            bare = [{key: entry[key] for key in ("id", "name", "status")} for entry in listed]
            body = {"total_pages": 3, "page_number": number, "last_page": number == 3, "contents": bare}
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(entries: list[dict[str, Any]]) -> Iterator[str]:
    DirectoryServer.entries = entries
    with ThreadingHTTPServer(("127.0.0.1", 0), DirectoryServer) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_the_pages_of_an_address_are_followed_and_full_entries_fetched(
    database: None, server: str, entries: list[dict[str, Any]]
) -> None:
    assert read_entries(f"{server}/services?taxonomy=x") == entries


def test_an_address_that_leads_to_a_file_is_refused(app: Flask, server: str) -> None:
    result = app.test_cli_runner().invoke(args=["import-directory", f"{server}/away"])
    assert result.exit_code == 2
    assert "cannot be fetched" in result.stderr


@pytest.mark.skipif(
    not REAL.exists(), reason="the commissioned services of the probation service are not at hand"
)
def test_the_commissioned_services_of_the_probation_service_go_in_whole(committed_app: Flask) -> None:
    runner = committed_app.test_cli_runner()
    first = runner.invoke(args=["import-directory", str(REAL)])
    assert first.stdout.splitlines()[-1] == "added 196, updated 0, unchanged 0, refused 0"
    second = runner.invoke(args=["import-directory", str(REAL)])
    assert second.stdout.splitlines()[-1] == "added 0, updated 0, unchanged 196, refused 0"
    with committed_app.app_context(), as_owner():
        services = db.session.scalars(sa.select(Service)).all()
        assert len({service.agency_id for service in services}) == 46
        assert sum(not service.active for service in services) == 26
        needs = Counter(need.code for service in services for need in service.needs)
        assert needs == {
            "mental_health": 114, "family": 103, "social_inclusion": 99, "lifestyle": 98, "substance_misuse": 88,
            "housing": 76, "finance": 73, "employment": 63, "other": 1,
        }  # fmt: skip
        forces = ("W15000001", "W15000002", "W15000003", "W15000004", "W92000004")
        assert sum(any(area.code in forces for area in service.areas) for service in services) == 22

"""The pack as a PDF: tagged, in both languages, the same lines as the page, and whole whatever people are called."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.accounts.models import User
from portal.meetings import actions, pdf
from tests.factories import make_agency, make_person, make_sent, make_service, make_user
from tests.meetings.scenes import NOW, escalate, make_meeting

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]


def read(client: FlaskClient, meeting_id: int, language: str = "en") -> PdfReader:
    response = client.get(f"/meetings/{meeting_id}/pack.pdf?lang={language}")
    assert response.status_code == 200
    assert response.mimetype == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    return PdfReader(io.BytesIO(response.data))


def text(reader: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def tags(element: Any) -> Iterator[str]:
    """The kinds of the structure's elements, in order."""
    element = element.get_object()
    if isinstance(element, list):
        for child in element:
            yield from tags(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield str(element["/S"])
        if "/K" in element:
            yield from tags(element["/K"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Multi-agency meeting pack", "Waiting for a decision", "Housing", "Escalated on", "Page 1 of 1"),
        ),
        (
            "cy",
            ("Pecyn cyfarfod amlasiantaethol", "huwchgyfeirio", "Tai", "Uwchgyfeiriwyd ar", "Tudalen 1 o 1"),
        ),
    ],
)
def test_it_is_in_the_language_asked_for_and_says_what_the_page_says(
    client_for: Clients, language: str, words: tuple[str, ...]
) -> None:
    service, manager = make_service(make_agency("Asiantaeth")), make_user("iom_manager")
    first = make_sent(service, make_person(surname="Ŵyŷ-Lloyd", forenames="Siân"))
    second = make_sent(service)
    escalate(second, manager)
    meeting = make_meeting(manager, service.agency)
    actions.decide(meeting, first, manager, NOW, "Penderfynwyd *hyn* #let x = 1\nheddiw", "one")
    reader = read(client_for(manager), meeting.id, language)
    said = text(reader)
    for word in (
        first.reference,
        second.reference,
        "Siân Ŵyŷ-Lloyd",
        "Asiantaeth",
        "*hyn* #let x = 1 heddiw",
    ):
        assert word in said
    assert [word for word in words if word not in said] == []
    assert reader.trailer["/Root"]["/Lang"] == language
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith({"en": "Meeting pack: ", "cy": "Pecyn cyfarfod: "}[language])


def test_it_is_tagged_by_the_standard_and_tables_have_heads(client_for: Clients) -> None:
    service, manager = make_service(), make_user("iom_manager")
    for _ in range(40):
        make_sent(service)
    reader = read(client_for(manager), make_meeting(manager, service.agency).id)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of the PDF
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    found = list(tags(root["/StructTreeRoot"]["/K"]))
    for tag in ("/H1", "/H2", "/H3", "/Table", "/THead", "/TBody"):
        assert tag in found, tag
    assert found.count("/TR") == 41
    assert found.count("/TH") == 7
    assert len(reader.pages) > 1
    assert all("What was decided" in page.extract_text() for page in reader.pages)


def test_it_holds_every_line_however_many_the_page_shows(client_for: Clients) -> None:
    service, other, manager = make_service(), make_service(), make_user("iom_manager")
    sent = [make_sent(service).reference for _ in range(25)]
    reader = read(client_for(manager), make_meeting(manager, service.agency, other.agency).id)
    said = text(reader)
    assert [reference for reference in sent if said.count(reference) != 1] == []
    assert [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]


def test_an_agencys_own_holds_its_own_cases_only(client_for: Clients) -> None:
    ours, theirs = make_service(make_agency("Hafan")), make_service(make_agency("Cyfrinach"))
    own, foreign = make_sent(ours, make_person(forenames="Siân", surname="Ŵyr")), make_sent(theirs)
    meeting = make_meeting(make_user("iom_manager"), ours.agency, theirs.agency)
    said = text(read(client_for(make_user("agency_worker", ours.agency)), meeting.id))
    assert own.reference in said
    assert "SŴ" in said
    for hidden in (foreign.reference, "Cyfrinach", "Siân"):
        assert hidden not in said


@pytest.mark.parametrize("name", ["中文", "عربي", "😀", "\u202eX", "Ἀχιλλεύς", "</script>"])
def test_a_name_in_letters_that_no_font_has_spoils_nothing(client_for: Clients, name: str) -> None:
    service, manager = make_service(), make_user("iom_manager")
    referral = make_sent(service, make_person(surname=name))
    reader = read(client_for(manager), make_meeting(manager, service.agency).id)
    assert referral.reference in text(reader)
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_where_no_pdf_can_be_made_the_pack_says_so(
    client_for: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, manager = make_service(), make_user("iom_manager")
    meeting = make_meeting(manager, service.agency)
    monkeypatch.setattr(pdf, "TEMPLATE", pdf.HERE / "missing.typ")
    response = client_for(manager).get(f"/meetings/{meeting.id}/pack.pdf", follow_redirects=True)
    assert response.status_code == 200
    assert "The PDF could not be made" in response.text


def test_the_portal_never_loads_the_typesetter_itself() -> None:
    script = "import sys, portal; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

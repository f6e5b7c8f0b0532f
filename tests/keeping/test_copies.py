"""A person's own copy: all that is held, in the language chosen; what is withheld is counted and in no file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.db import db
from portal.keeping.copying import SECTIONS
from portal.keeping.models import PersonCopy
from portal.people.models import PersonReader
from portal.referrals import actions
from portal.referrals.models import Referral
from tests.factories import GWENT, area, make_sent, make_service, make_user
from tests.keeping.scene import CANARY, NOW, Scene, ago, make_everything
from tests.referrals.test_lists import statements

pytestmark = pytest.mark.usefixtures("database")
Clients = Callable[[User], FlaskClient]
ASKED = {"asked_as": "SAR-2026-7", "reason": "subject", "language": "cy", "token": "t"}


@pytest.fixture
def scene() -> Scene:
    made = make_everything(20)
    for number, (side, words) in enumerate((("worker", "Geiriau’r asiantaeth"), ("referrer", "Geiriau IOM"))):
        by = made.worker if side == "worker" else made.referral.referrer
        actions.write_message(made.referral, by, NOW, words, f"copy {number} {made.referral.reference}")
    return made


def begin(client: FlaskClient, scene: Scene, **asked: str) -> str:
    response = client.post(f"/people/{scene.person.id}/copy", data=ASKED | asked)
    assert response.status_code == 302, response.text
    return str(response.headers["Location"])


def decide(
    client: FlaskClient, where: str, words: str = "Geiriau’r asiantaeth", answer: str = "others"
) -> None:
    """Withhold the passage with these words, give the others."""
    page = BeautifulSoup(client.get(where).text, "html.parser")
    answers = {}
    for part in page.select("div[id^=passage-]"):
        select = part.select_one("select")
        assert select
        withheld = words in part.get_text()
        answers[str(select["name"])] = answer if withheld else "give"
    assert client.post(where, data=answers).status_code == 302


def test_a_copy_holds_what_every_table_holds_and_counts_what_is_withheld(
    scene: Scene, client_for: Clients
) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene)
    assert client.get(f"{where}/copy.json").status_code == 302  # nothing goes out undecided
    decide(client, where)
    assert "1 passage is withheld" in client.get(where).text
    copy = client.get(f"{where}/copy.json")
    assert copy.mimetype == "application/json"
    assert copy.json
    assert copy.json["withheld"] == 1
    assert "Geiriau’r asiantaeth" not in copy.text
    assert "Geiriau IOM" in copy.text
    titles = [section["title"] for section in copy.json["sections"]]
    assert len(titles) == len(SECTIONS)
    assert titles[0] == "Eich cofnod"
    assert copy.json["lang"] == "cy"
    for text in (
        scene.person.crn,
        scene.joined.niche_ref,
        scene.referral.reference,
        scene.declined.reference,
        CANARY,
    ):
        assert str(text) in copy.text


def test_the_pdf_holds_the_same_and_is_logged(scene: Scene, client_for: Clients) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene, language="en")
    decide(client, where)
    made = client.get(f"{where}/copy.pdf")
    assert made.status_code == 200
    assert made.data.startswith(b"%PDF")
    logged = db.session.execute(
        sa.text("SELECT user_id, detail FROM audit_entry WHERE action = 'copy.taken'")
    ).all()
    assert [(row.user_id, row.detail["file"], row.detail["withheld"]) for row in logged] == [
        (scene.manager.id, "pdf", 1)
    ]
    assert db.session.scalars(sa.select(PersonCopy.taken_at).order_by(PersonCopy.id.desc())).first()


def test_a_passage_written_since_must_be_decided_on_first(scene: Scene, client_for: Clients) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene)
    decide(client, where)
    actions.write_message(scene.referral, scene.worker, NOW, "Newydd", "since")
    assert client.get(f"{where}/copy.json").status_code == 302
    page = client.get(where).text
    assert "Newydd" in page
    decide(client, where, "Newydd")
    assert "Newydd" not in client.get(f"{where}/copy.json").text


def test_words_that_changed_must_be_decided_on_again(scene: Scene, client_for: Clients) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene)
    decide(client, where)
    scene.referral.detail.risk_words = "Ci newydd"
    db.session.commit()
    assert client.get(f"{where}/copy.json").status_code == 302


def test_the_page_is_in_the_language_of_its_reader_whatever_that_of_the_copy(
    scene: Scene, client_for: Clients
) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene, language="en")
    decide(client, where)
    assert client.get(f"{where}/copy.json").json["lang"] == "en"  # type: ignore[index]
    assert "Copi i’r person" in client.get(f"{where}?lang=cy").text
    assert client.get(f"{where}?lang=cy&change=1").text.count("Eich atgyfeiriadau")


def test_what_is_not_decided_says_so_beside_its_field(scene: Scene, client_for: Clients) -> None:
    client = client_for(scene.manager)
    page = client.post(begin(client, scene), data={"x": "y"})
    assert page.status_code == 422
    assert "Decide on passage 1" in page.text


def test_nothing_of_anybody_else_is_in_a_copy(scene: Scene, client_for: Clients) -> None:
    other: Referral = make_sent(make_service())
    other.person.surname = "Rhywun-arall"
    client = client_for(scene.manager)
    where = begin(client, scene)
    decide(client, where)
    text = client.get(f"{where}/copy.json").text
    assert "Rhywun-arall" not in text
    assert other.reference not in text


@pytest.mark.parametrize("path", ["/people/{0}/copy", "/people/{0}/copy/{1}", "/people/{0}/copy/{1}/copy.pdf",
                                  "/people/{0}/copy/{1}/copy.json", "/register/keeping/{0}"])  # fmt: skip
def test_restricted_foreign_and_missing_look_the_same(path: str, client_for: Clients) -> None:
    scene = make_everything(20, restricted=True)
    copy_id = db.session.scalars(
        sa.select(PersonCopy.id).where(PersonCopy.person_id == scene.person.id)
    ).one()
    at = path.format(scene.person.id, copy_id)
    answers = set()
    for who in (make_user("iom_manager"), make_user("iom_manager", areas=[area(GWENT)])):
        answers.add(strip(client_for(who).get(at)))
    client = client_for(make_user("iom_manager"))
    answers.add(strip(client.get(path.format(9_999_999, copy_id))))
    answers.add(strip(client.get(path.format(scene.joined.id, copy_id))))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert db.session.scalars(sa.select(PersonReader.user_id)).all() == [scene.manager.id]
    assert client_for(scene.manager).get(at).status_code in (200, 302)
    assert client_for(make_user()).get(at).status_code == 403


def strip(response: TestResponse) -> tuple[int, str]:
    main = BeautifulSoup(response.text, "html.parser").main
    return response.status_code, main.get_text(" ", strip=True) if main else ""


def test_a_copy_of_another_person_is_not_found(scene: Scene, client_for: Clients) -> None:
    other = make_everything(20)
    client = client_for(scene.manager)
    where = begin(client, scene)
    assert client.get(where.replace(f"/{scene.person.id}/", f"/{other.person.id}/")).status_code == 404


def test_statements_do_not_depend_on_how_much_is_held(scene: Scene, client_for: Clients) -> None:
    client = client_for(scene.manager)
    where = begin(client, scene)
    client.get(where)
    with statements() as few:
        client.get(where)
    for number in range(4):
        more = make_sent(make_service(needs=("health",)), scene.person, at=ago(1))
        actions.write_message(more, make_user("agency_worker", more.agency), NOW, "Mwy", f"more {number}")
    db.session.commit()
    with statements() as many:
        client.get(where)
    assert len(many) == len(few)

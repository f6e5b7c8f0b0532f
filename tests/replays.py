"""How each form that changes something is filled, so that it does; and the rules that may be posted again, with why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from portal.accounts.factor_models import TotpKey
from portal.accounts.models import User, UserSession
from portal.accounts.queries import token_hash
from portal.agencies.models import Agency, Area, Service
from portal.agencies.queries import today
from portal.db import db
from portal.people.models import Person
from portal.referrals.models import Referral
from portal.staff.models import AccessAnswer, AccessReview
from tests.factories import area

Fields = dict[str, list[str]]
Scene = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`answers`: what is typed beside what the page offers; `files`: names of file fields with what is in them.

    `prepare` makes the thing fit for it, for the user who acts, and may add answers. `path`: where it is posted, where
    that is not the scene's own thing. `query`: what the page with the form is asked with. `button`: there is no field.
    """

    answers: dict[str, str | list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Scene, int], dict[str, str] | None] | None = None
    path: Callable[[Scene], str] | None = None
    query: str = ""
    button: bool = False

    def body(self, fields: Fields) -> dict[str, Any]:
        """As it is posted, new each time: a file is read once."""
        sent = {name: (BytesIO(text.encode()), "file.csv") for name, text in self.files.items()}
        return {**fields, **self.answers, **sent}


def on(name: str, days: int) -> dict[str, str | list[str]]:
    day: date = today() + timedelta(days=days)
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def suspend(scene: Scene, _by: int) -> None:
    db.session.get_one(User, scene["user_id"]).suspended_at = datetime.now(UTC)


def close_agency(scene: Scene, _by: int) -> None:
    db.session.get_one(Agency, scene["agency_id"]).closed_on = today()


def close_area(scene: Scene, _by: int) -> None:
    db.session.get_one(Area, scene["area_id"]).closed_on = today()


def close_service(scene: Scene, _by: int) -> None:
    db.session.get_one(Service, scene["service_id"]).active = False


def sign_in_elsewhere(_scene: Scene, by: int) -> dict[str, str]:
    other = token_hash(f"another of {by}")
    db.session.add(UserSession(token_hash=other, user_id=by))
    return {"session": other.hex()}


def add_app(_scene: Scene, by: int) -> None:
    """A password and an app: all that is needed to sign in without a passkey."""
    db.session.get_one(User, by).password_hash = "none that fits"
    db.session.add(TotpKey(user_id=by, secret=b"", confirmed_at=datetime.now(UTC)))


def answer_for_all(_scene: Scene, by: int) -> None:
    """Whom this manager answers for."""
    review = db.session.scalars(sa.select(AccessReview.id).where(AccessReview.area_id.is_not(None))).first()
    area_id = area().id
    if review is None:
        made = AccessReview(area_id=area_id, opened_by_id=by)
        db.session.add(made)
        db.session.flush()
        review = made.id
    members = sa.text("SELECT user_id FROM access_member WHERE area_id = :area")
    for user_id in db.session.scalars(members, {"area": area_id}):
        db.session.add(AccessAnswer(review_id=review, user_id=user_id, answer="keep", by_id=by))


def decline_for_another(scene: Scene, _by: int) -> None:
    referral = db.session.scalars(sa.select(Referral).where(Referral.reference == scene["declined"])).one()
    referral.decline_reason = "wrong_service"


def person_called(surname: str) -> int:
    return db.session.scalars(sa.select(Person.id).where(Person.surname == surname)).one()


WORDS: dict[str, str | list[str]] = {"words": "Geiriau"}
HISTORY = (Path(__file__).parent / "turnaround" / "data" / "history.csv").read_text(encoding="utf-8")
NEW_PASSWORD = "a quiet heron by the weir"
CASES = {
    "access_review.close": Case(prepare=answer_for_all, button=True),
    "unusual.answer": Case(WORDS),
    "own_account.choose_emails": Case({"wanted": ["mails_at_once"]}),
    "own_account.change_language": Case({"language": "cy"}),
    "factors.rename_passkey": Case({"name": "Allwedd"}),
    "factors.make_codes": Case(prepare=add_app),
    "giving.take_next": Case(button=True),
    "directory_admin.edit_agency": Case({"name": "Enw arall"}),
    "directory_admin.edit_area": Case({"name_en": "Another name"}),
    "own_account.change_password": Case({"password": NEW_PASSWORD, "again": NEW_PASSWORD}),
    "own_account.end_session": Case(prepare=sign_in_elsewhere, button=True),
    "own_account.sign_out_elsewhere": Case(prepare=sign_in_elsewhere, button=True),
    "factors.remove_app": Case(prepare=add_app),
    "factors.remove_passkey": Case(prepare=add_app),
    "directory_admin.add_agency": Case({"name": "Asiantaeth Newydd"}),
    "directory_admin.add_area": Case(
        {"code": "W99", "name_en": "New", "name_cy": "Newydd", "kind": "police_force"}
    ),
    "retention.edit": Case({"days": "2000"}),
    "user_admin.invite": Case({"name": "Mari", "email": "mari@example.org", "organisation": "Heddlu"}),
    "user_admin.reactivate": Case(prepare=suspend, button=True),
    "directory_admin.reopen_agency": Case(prepare=close_agency, button=True),
    "directory_admin.reopen_area": Case(prepare=close_area, button=True),
    "services.reopen_service": Case(prepare=close_service, button=True),
    "services.add_service": Case({"name": "Gwasanaeth Newydd", **on("closes_on", 90)}),
    "service_page.add_usual_wait": Case({"days": "30", "source": "Cofnodion"}),
    "agreements.refuse": Case(WORDS),
    "caseload.list_absences": Case({**on("from_on", 40), **on("to_on", 44)}),
    "hubs.add_hub": Case({"begins": "10:00", "ends": "12:00", "place": "Swyddfa"}),
    "meetings.decide": Case(WORDS),
    "records.cohort": Case({"cohort": "flex", **on("review_on", 60)}),
    "records.needs": Case({"needs": ["housing", "health", "substance_misuse"]}),
    "records.edit": Case({"restricted": []}),
    "records.add": Case({"forenames": "Mair", "surname": "Newydd", **on("date_of_birth", -9000)}),
    "one_need.show": Case(WORDS),
    "reading_reasons.say_why": Case(path=lambda scene: f"/people/{scene['restricted_id']}/reason"),
    "person_copy.ask": Case({"asked_as": "Cais 2"}),
    "answers.send_answer": Case(WORDS),
    "answers.ask": Case(WORDS),
    "appointments.offer": Case({**on("day", 3), "time": "10:00", "place": "Swyddfa"}),
    "appointments.move": Case({**on("day", 3), "time": "10:00"}),
    "reviews.challenge": Case(WORDS),
    "reviews.uphold": Case(WORDS),
    "chasing.chase": Case(WORDS),
    "chasing.escalate": Case(WORDS),
    "chasing.answer": Case({"answer": "Yfory", "answered_by": "Mari"}),
    "following.write_message": Case(WORDS),
    "after.refer_again": Case(prepare=decline_for_another, button=True),
    "pauses.reopen": Case(WORDS),
    "updates.update": Case({"contact": "01234"}),
    "keeping.keep": Case({**on("until", 90), **WORDS}),
    "keeping.erase": Case(WORDS, path=lambda _scene: f"/register/keeping/{person_called('«Hen»')}/erase"),
    "keeping.stop": Case(path=lambda _scene: f"/register/keeping/{person_called('«Dileu»')}/stop"),
    "pairs.ask": Case({"answer": "same"}),
    "quality.aside": Case({**on("until_on", 90), "reason": "Geiriau"}),
    "quality.settings": Case({"days": "90"}),
    "closing.close": Case(query="?person={closable}"),
    "extracts.show": Case(files={"file": "crn,surname,forenames,area\nX345678,Un,Siân,Cardiff\n"}),
    "history.show": Case(files={"file": HISTORY}),
}
# Changes nothing, or nothing by being posted again; with why.
REPEATABLE = {
    "people.search": "a search",
    "elsewhere.find": "a search, with its reason written down each time",
    "access_log.show": "a search",
    "access_log.export": "a file, each time in the log",
    "quality_files.export": "a file, each time in the log",
    "user_admin.list_users": "a search",
    "user_admin.choose_role": "a choice of the next page",
    "user_admin.change_role": "a choice of the next page",
    "factors.download_codes": "a file of what the page holds itself",
    "factors.passkey_options": "a challenge, of which only the last one holds",
    "confirming.options": "a challenge, of which only the last one holds",
    "confirming.confirm": "says again who one is",
    "confirming.by_passkey": "its challenge is spent by the first",
    "factors.add_passkey": "its challenge is spent by the first",
    "factors.add_app": "its code is spent by the first",
    "own_identities.join": "the beginning of a sign-in, which has a state of its own",
    "own_identities.remove": "as own_identities.remove_of_user; the scene's provider is not set up",
    "second_step.second_step": "its code is spent by the first",
    "second_step.recovery_code": "its code is spent by the first",
}
CASE = Case()


def fill(form: Tag) -> Fields:
    """What the page offers, a first choice of each, today; nothing typed."""
    found: Fields = {}
    day = {"day": today().day, "month": today().month, "year": today().year}
    for one in form.select("[name]"):
        name, kind = str(one["name"]), one.get("type", one.name)
        if kind in ("file", "submit") or one.has_attr("disabled"):
            continue
        if kind == "select":
            chosen = one.select_one("option[selected]")
            options = [str(option.get("value", "")) for option in one.select("option")]
            found[name] = [str(chosen["value"]) if chosen else next(filter(None, options), "")]
        elif kind == "checkbox":
            if one.has_attr("checked") or name not in found:
                found.setdefault(name, []).append(str(one.get("value", "on")))
        elif kind in ("radio", "button"):
            if one.has_attr("checked") or name not in found:
                found[name] = [str(one.get("value", "on"))]
        else:
            text = one.text.removeprefix("\n") if one.name == "textarea" else one.get("value")
            found[name] = [str(text or day.get(name.rpartition("-")[2], ""))]
    return found


def find_form(client: FlaskClient, path: str, pages: tuple[str, ...]) -> Fields | None:
    """The form that is sent to `path`: from its own page, from one above it, or from `pages`."""
    parts = path.split("/")
    for page in (*("/".join(parts[:n]) for n in range(len(parts), 1, -1)), *pages):
        answer = client.get(page)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in BeautifulSoup(answer.text, "html.parser").select("form[method=post]"):
            if str(form.get("action") or page).partition("?")[0] == path and not form.has_attr(
                "data-posted-again"
            ):
                return fill(form)
    return None

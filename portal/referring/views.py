"""The journey of one draft: its task list, and one page a task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import audit
from portal.access import Permission, require
from portal.accounts.models import User
from portal.agencies.codes import NEEDS
from portal.agencies.eligibility import PersonFacts
from portal.agencies.queries import get_service
from portal.clocks.clock import london_date
from portal.db import db
from portal.fields import Option
from portal.people.queries import get_person, person_facts
from portal.referrals.drafts import goes_on
from portal.referrals.models import Referral
from portal.referrals.sharing import SECTIONS
from portal.referrals.states import Status
from portal.referrals.views import conflict_page
from portal.referring import actions, choosing, queries
from portal.referring.answers import fingerprint, first_contact, read_answers
from portal.referring.checking import already_live, every_section
from portal.referring.forms import ContactForm, DraftForm, NeedForm, RequestForm, ServiceForm, ShareForm
from portal.referring.person_words import open_needs
from portal.referring.tasks import BY_CODE, TASKS, can_start, next_task, task_before

bp = Blueprint("referring", __name__)
bp.add_app_template_global(goes_on, "draft_goes_on")
Page = str | tuple[str, int] | Response
SAVED = "saved"


def now() -> datetime:
    return datetime.now(UTC)


def me() -> User:
    return db.session.get_one(User, current_user.id)


def load(reference: str) -> Referral:
    """The draft, locked where it is about to change; the same 404 whether it is missing, foreign or restricted."""
    changing = request.method == "POST"
    draft = queries.get_draft(reference, lock=changing)
    if draft is None or get_person(draft.person_id) is None:
        abort(404)
    if draft.status != Status.DRAFT and not changing:
        abort(redirect(f"/referrals/{reference}"))
    audit.record("person.read", "person", [draft.person_id], area_id=draft.area_id)
    audit.record("referral.read", "referral", [draft.id], area_id=draft.area_id, agency_id=draft.agency_id)
    return draft


def facts_of(draft: Referral) -> PersonFacts:
    return person_facts(draft.person, draft.need_code, london_date(now()))


def answer(draft: Referral, task: str, form: DraftForm, save: Callable[[], None], **page: Any) -> Page:
    """Show the form; or save it and go on to the next task that is not done.

    Where somebody else has changed the same answers since the page was shown, say so and keep what was typed.
    """
    state = fingerprint(read_answers(draft, task))
    if not form.is_submitted():
        form.version.data = state
        return show(draft, task, form, **page)
    if draft.status != Status.DRAFT or form.version.data not in _known(draft, task, state):
        db.session.rollback()
        return conflict_page(draft.reference, form)
    if not form.validate_on_submit():
        return show(draft, task, form, **page), 422
    save()
    db.session.commit()
    _remember(draft, task)
    return redirect(f"/refer/{draft.reference}/{next_task(draft.detail.done).code}")


def _known(draft: Referral, task: str, state: str) -> tuple[str | None, ...]:
    """Marks of the page that may be saved over `state`. A page that the browser kept carries an older mark: any will
    do while the answers are still those that this session itself saved."""
    mine = session.get(SAVED, {}).get(f"{draft.reference}/{task}") == state
    return (request.form.get("version"),) if mine else (state, None, "")


def _remember(draft: Referral, task: str) -> None:
    kept = {key: mark for key, mark in session.get(SAVED, {}).items() if key.startswith(draft.reference)}
    session[SAVED] = kept | {f"{draft.reference}/{task}": fingerprint(read_answers(draft, task))}


def show(draft: Referral, task: str, form: DraftForm, **page: Any) -> str:
    before = task_before(BY_CODE[task]) if task in BY_CODE else None
    finished = next_task(draft.detail.done).code == "check"
    back = "/check" if finished else f"/{before.code}" if before else ""
    return render_template(
        f"referring/{task}.html",
        draft=draft,
        person=draft.person,
        form=form,
        back=f"/refer/{draft.reference}{back}",
        **page,
    )


@bp.get("/refer/<reference>")
@require(Permission.REFER)
def task_list(reference: str) -> Page:
    draft = load(reference)
    done = draft.detail.done
    tasks = [
        {
            "title": task.title,
            "href": f"/refer/{reference}/{task.code}" if can_start(task, done) else None,
            "done": task.code in done,
        }
        for task in TASKS
    ]
    return render_template("referring/tasks.html", draft=draft, person=draft.person, tasks=tasks)


@bp.route("/refer/<reference>/need", methods=["GET", "POST"])
@require(Permission.REFER)
def need(reference: str) -> Page:
    draft = load(reference)
    form = NeedForm(identified=open_needs(draft.person), need=draft.need_code)
    return answer(draft, "need", form, lambda: actions.save_need(draft, form.need.data, current_user))


@bp.route("/refer/<reference>/service", methods=["GET", "POST"])
@require(Permission.REFER)
def service(reference: str) -> Page:
    draft = load(reference)
    offers = choosing.list_offers(draft, facts_of(draft))
    form = ServiceForm(choices=choosing.options(offers), service=draft.service_id)
    try:
        return answer(draft, "service", form, lambda: _save_service(draft, form), offers=offers)
    except actions.AlreadyTaken:
        found = queries.list_live(draft.person_id, draft.need_code, besides=draft.id).get(form.service.data)
        elsewhere = _("There is a live referral to this service for this need in another area")
        form.service.errors = [already_live(found)[0] if found else elsewhere]
        return show(draft, "service", form, offers=offers), 422


def _save_service(draft: Referral, form: ServiceForm) -> None:
    chosen = get_service(form.service.data)
    if chosen is not None:
        actions.save_service(draft, chosen, current_user)


@bp.route("/refer/<reference>/request", methods=["GET", "POST"])
@require(Permission.REFER)
def ask(reference: str) -> Page:
    draft = load(reference)
    on_record = open_needs(draft.person) | set(draft.further_needs)
    others = [code for code in NEEDS if code in on_record - {draft.need_code}]
    form = RequestForm(today=london_date(now()), others=others, data=read_answers(draft, "request"))
    return answer(draft, "request", form, lambda: _save(draft, "request", form))


@bp.route("/refer/<reference>/contact", methods=["GET", "POST"])
@require(Permission.REFER)
def contact(reference: str) -> Page:
    draft = load(reference)
    answers, last = read_answers(draft, "contact"), None
    if "contact" not in draft.detail.done:
        last = queries.get_last_contact(draft.person_id)
        answers |= first_contact(draft.person, last, _("Welsh"))
    form = ContactForm(data=answers)
    return answer(draft, "contact", form, lambda: _save(draft, "contact", form), last=last)


@bp.route("/refer/<reference>/share", methods=["GET", "POST"])
@require(Permission.REFER)
def share(reference: str) -> Page:
    draft = load(reference)
    if draft.status == Status.DRAFT and not can_start(BY_CODE["share"], draft.detail.done):
        return redirect(f"/refer/{reference}")
    shown = every_section(draft, me())
    options = [
        Option(code, words, conditional=choosing.drawn_rows(shown[code])) for code, words in SECTIONS.items()
    ]
    form = ShareForm(sections=options, data=read_answers(draft, "share"))
    return answer(draft, "share", form, lambda: _save(draft, "share", form), always=shown["asked"])


def _save(draft: Referral, task: str, form: DraftForm) -> None:
    answers = {name: form[name].data for name in read_answers(draft, task) if name in form}
    actions.save_answers(draft, task, answers, current_user)

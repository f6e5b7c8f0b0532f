"""A thousand requests of five people through a pool of one connection: nobody is shown another's scope."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.db import SYSTEM, db, enter_scope
from tests.conftest import sign_in_client
from tests.factories import GWENT, area, make_person, make_sent, make_service, make_user

REQUESTS, AT_ONCE = 1000, 4


def test_no_scope_bleeds_into_another_request(committed_app: Flask) -> None:
    visitors, references = make_visitors(committed_app)
    engines = db._app_engines[committed_app]
    with committed_app.app_context():
        one = sa.create_engine(
            engines[None].url, pool_size=1, max_overflow=0, connect_args={"options": "-c plan_cache_mode=force_generic_plan"}
        )  # fmt: skip
        db._app_engines[committed_app] = {**engines, None: one}
    try:
        with ThreadPoolExecutor(AT_ONCE) as at_once:
            told = Counter(at_once.map(lambda n: ask(visitors[n % 5], n, references), range(REQUESTS)))
        assert told == {"own": REQUESTS}
        assert one.pool.status().count("Pool size: 1")
    finally:
        one.dispose()
        db._app_engines[committed_app] = engines


def make_visitors(app: Flask) -> tuple[list[tuple[FlaskClient, set[str]]], set[str]]:
    """(client, the references that are theirs) of an officer and a worker on each side, and of nobody; all references."""
    with app.app_context():
        enter_scope(SYSTEM)
        found: list[tuple[FlaskClient, set[str]]] = [(app.test_client(), set())]
        for place in (area(), area(GWENT)):
            officer, service = make_user(areas=[place]), make_service(areas=[place])
            referral = make_sent(service, make_person(area=place), officer)
            worker = make_user("agency_worker", service.agency)
            db.session.commit()
            found += [(sign_in_client(app, user), {referral.reference}) for user in (officer, worker)]
        return found, set.union(*(own for _client, own in found))


def ask(visitor: tuple[FlaskClient, set[str]], number: int, references: set[str]) -> str:
    """One page: a list, or somebody's referral; `own` where it holds what is the visitor's and nothing else."""
    client, own = visitor
    wanted = sorted(references)[number // 5 % len(references)]
    fresh = client.application.test_client()
    if cookie := client.get_cookie(fresh.application.config["SESSION_COOKIE_NAME"]):
        fresh.set_cookie(cookie.key, cookie.value)
    if number % 3:
        page = fresh.get("/referrals?tab=all")
        seen = {reference for reference in references if reference in page.text}
        return (
            "own" if seen == own and page.status_code == (200 if own else 302) else f"list {page.status_code}"
        )
    code = fresh.get(f"/referrals/{wanted}").status_code
    return "own" if code == (302 if not own else 200 if wanted in own else 404) else f"page {code}"

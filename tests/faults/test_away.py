"""The database stopped, killed, frozen: 503 in time, nothing half written, and back by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa

from tests.faults.running import Answer, Running, running, typed, wait_for

BOUND = 15  # seconds in which a page answers, whatever the database does
READY = 5  # seconds in which /readyz says so
BACK = 30  # seconds in which all is itself again

Fault = Callable[[Running], AbstractContextManager[None]]
FAULTS: dict[str, Fault] = {
    "stopped": lambda portal: portal.without_postgres(signal.SIGINT),
    "killed": lambda portal: portal.without_postgres(signal.SIGKILL),
    "frozen": lambda portal: portal.frozen(),
}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("away")) as made:
        made.serve(ANSWER_SECONDS="3")
        made.work()
        wait_for(lambda: made.ready()["worker"] == "ok", 60)
        yield made


def counts(portal: Running) -> dict[str, int]:
    """Rows of every table that a page or a form may write; what the worker writes by itself stands aside."""
    with sa.create_engine(portal.cluster.owner_url).connect() as connection:
        own = "^(audit_link|audit_head|huey|kv|task|schedule)"
        names = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ :own")
        tables = [sa.table(name) for name in connection.scalars(names, {"own": own})]
        counting = (sa.select(sa.func.count()).select_from(table) for table in tables)
        return {table.name: connection.scalar(one) or 0 for table, one in zip(tables, counting, strict=True)}


def once_back(portal: Running, path: str) -> str:
    """The page: each process finds out for itself, within half a second, that the database is there again."""
    found: list[Answer] = []
    wait_for(lambda: found.append(portal.ask(path)) or found[-1].status == 200, BACK)  # type: ignore[func-returns-value]
    return found[-1].text


@pytest.mark.parametrize("name", [*FAULTS] * int(os.environ.get("PORTAL_TIMES", "1")))
def test_pages_say_so_in_time_and_come_back_by_themselves(portal: Running, name: str) -> None:
    form = typed(once_back(portal, "/people/add")) | {
        "surname": "Enghraifft",
        "forenames": "Siân",
        "sex": "female",
    }
    before = counts(portal)
    with FAULTS[name](portal):
        with ThreadPoolExecutor(12) as visitors:
            pages = [visitors.submit(portal.ask, "/people?lang=cy") for _ in range(10)]
            post = visitors.submit(portal.ask, "/people/add", **form)
            well, ready = portal.ask("/healthz"), portal.ask("/readyz")
            answers = [page.result() for page in pages] + [post.result()]
        second = portal.ask("/readyz")
    after = counts(portal)
    back = wait_for(lambda: portal.ask("/people").status == 200, BACK)
    worker_back = back + wait_for(lambda: set(portal.ready().values()) == {"ok"}, BACK)
    slowest = max(answer.seconds for answer in answers)
    print(f"{name}: pages in {slowest:.1f} s, /readyz in {ready.seconds:.1f} s and then {second.seconds:.2f} s,"
          f" /healthz in {well.seconds:.1f} s; back in {back:.1f} s, all of it in {worker_back:.1f} s")  # fmt: skip
    assert {(answer.status, answer.headers.get("Retry-After")) for answer in answers} == {(503, "30")}
    assert slowest < BOUND
    assert ready.seconds < READY
    assert second.seconds < READY
    assert (well.status, ready.status, second.status) == (200, 503, 503)
    assert '"database":"away"' in second.text
    assert "nid yw’r gwasanaeth ar gael" in answers[0].text
    assert after == before
    assert typed(answers[-1].text).items() >= form.items() - {("csrf_token", form["csrf_token"])}
    # Each process of the server finds out for itself that the database is back.
    kept = typed(answers[-1].text)
    wait_for(lambda: portal.ask("/people/add", **kept).status in (200, 302, 422), BACK)


def test_a_table_that_is_locked_ends_the_wait_with_a_page(portal: Running) -> None:
    with sa.create_engine(portal.cluster.owner_url).begin() as holder, ThreadPoolExecutor(8) as visitors:
        holder.execute(sa.text("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE"))
        answers = list(visitors.map(lambda _: portal.ask("/people"), range(8)))
    assert {answer.status for answer in answers} == {503}
    assert 2 < max(answer.seconds for answer in answers) < BOUND
    assert wait_for(lambda: portal.ask("/people").status == 200, BACK) < BACK

"""Every form of every page, filled by Hypothesis with what is plausible and what is hostile: no answer is a failure.

`PORTAL_FUZZ` forms are posted (300 in a test run, 20,000 by `make fuzz`), drawn from the seed `PORTAL_FUZZ_SEED` and those
after it: so many to a seed, because all of them are undone in one transaction, which the server runs out of locks for.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from portal.access import PUBLIC
from portal.agencies.queries import today
from tests.forms import CARRIED, Clients, FormField, PageForm, encoded, forms_of, open_pages, undone
from tests.hostile import BAD_FILES, STRANGE

MANY = int(os.environ.get("PORTAL_FUZZ", "300"))
SEED = int(os.environ.get("PORTAL_FUZZ_SEED", "6"))
BATCH = 2_000
SEEDS = range(SEED, SEED + -(-MANY // BATCH))
EXPECTED = {200, 302, 303, 400, 403, 404, 405, 409, 413, 422, 429}


@pytest.fixture
def pages(app: Flask, database: None, client_for: Clients) -> list[tuple[FlaskClient, str]]:
    return open_pages(app, client_for)


hostile = st.sampled_from(STRANGE)
any_text = st.text(st.characters(codec=None), max_size=60)
DAY = {part: str(getattr(today(), part)) for part in ("day", "month", "year")}


def plausible(field: FormField) -> st.SearchStrategy[str]:
    """What somebody might mean to send."""
    if field.choices:
        return st.sampled_from(field.choices)
    part = field.name.rpartition("-")[2]
    if part in DAY:
        return st.sampled_from([DAY[part], str(int(DAY[part]) + 1), "1"])
    some = [field.value, "Siân Enghraifft", "10", "10:30", "X123456", "a@b.example", "CF10 1AA", "01/02/1980"]
    return st.sampled_from([*some, (today() + timedelta(days=3)).isoformat(), "Geiriau o bob math. " * 5])


def values_of(field: FormField) -> st.SearchStrategy[list[str]]:
    """None, one, or one too many; what the page handed on comes back nearly always."""
    if field.name in CARRIED:
        return st.sampled_from([[field.value]] * 12 + [["\x00"], ["9" * 40], []])
    one = st.one_of(plausible(field), plausible(field), plausible(field), hostile, any_text)
    usual = one.map(lambda value: [value])
    many = st.lists(st.one_of(plausible(field), hostile), max_size=3)
    return st.one_of(usual, usual, usual, usual, many)


@st.composite
def bodies(draw: st.DrawFn, form: PageForm) -> list[tuple[str, Any]]:
    """Its fields, filled in; now and then one that it does not have."""
    filled: list[tuple[str, Any]] = []
    for field in form.fields:
        if field.kind == "file":
            filled.append((field.name, draw(st.sampled_from(BAD_FILES))))
        else:
            filled += [(field.name, value) for value in draw(values_of(field))]
    if draw(st.integers(0, 9)) == 0:
        filled.append((draw(st.one_of(any_text, hostile)), draw(hostile)))
    return filled


def send(client: FlaskClient, form: PageForm, fields: list[tuple[str, Any]]) -> int:
    """Its status; 500 for what the portal did not catch."""
    try:
        if form.method == "get":
            query = encoded(fields).decode()
            return int(client.get(f"{form.action.partition('?')[0]}?{query}").status_code)
        if form.multipart:
            data: dict[str, list[Any]] = {}
            for name, value in fields:
                shown = value.encode(errors="replace").decode() if isinstance(value, str) else None
                data.setdefault(name, []).append((BytesIO(value[1]), value[0]) if shown is None else shown)
            return int(client.post(form.action, data=data, content_type="multipart/form-data").status_code)
        kind = "application/x-www-form-urlencoded"
        return int(client.post(form.action, data=encoded(fields), content_type=kind).status_code)
    except Exception as error:  # what TESTING lets through is a 500 to a visitor
        return 500 if error else 0


@pytest.mark.parametrize("number", SEEDS)
def test_no_form_filled_at_random_is_a_failure(pages: list[tuple[FlaskClient, str]], number: int) -> None:
    many = min(BATCH, MANY - BATCH * (number - SEED))
    forms: list[tuple[FlaskClient, PageForm]] = []
    known = set()
    for client, path in pages:
        page = client.get(path)
        for form in forms_of(page.text, path) if page.mimetype == "text/html" else ():
            key = (form.action.partition("?")[0], form.method, tuple(field.name for field in form.fields))
            if key not in known:
                known.add(key)
                forms.append((client, form))
    assert len(forms) > 90
    codes: Counter[int] = Counter()
    bad: dict[str, list[tuple[str, Any]]] = {}

    @seed(number)
    @settings(max_examples=many, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def post_one(data: st.DataObject) -> None:
        client, form = data.draw(st.sampled_from(forms))
        fields = data.draw(bodies(form))
        code = undone(lambda: send(client, form, fields))
        codes[code] += 1
        if code not in EXPECTED:
            bad[f"{code} {form.method} {form.action}"] = fields

    post_one()
    print(f"{sum(codes.values())} of {len(forms)} forms posted, seed {number}: {dict(codes)}")
    assert not bad
    assert (
        codes[302] > many // 100
    )  # some got through, so that what lies behind a valid form was tried as well


def test_the_fuzzer_sees_a_form_that_fails(
    pages: list[tuple[FlaskClient, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = pages[0][0]
    broken: Callable[..., Any] = lambda *_values, **_named: 1 / 0  # noqa: E731
    broken.__dict__["portal_permissions"] = PUBLIC
    monkeypatch.setitem(client.application.view_functions, "home.home", broken)
    assert send(client, PageForm("/", "/", "get", ()), []) == 500

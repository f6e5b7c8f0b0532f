"""Times of day as people type them."""

from __future__ import annotations

from datetime import time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from portal.fields import PortalForm, TimeField


class OneTime(PortalForm):
    class Meta(PortalForm.Meta):
        csrf = False

    at = TimeField("When")


def read(app: Flask, typed: str) -> OneTime:
    with app.test_request_context():
        form = OneTime(MultiDict({"at": typed}))
        form.validate()
        return form


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9:30", time(9, 30)),
        ("09.30", time(9, 30)),
        ("0930", time(9, 30)),
        ("14:30", time(14, 30)),
        ("2:30pm", time(14, 30)),
        ("2 PM", time(14)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("2.30 yp", time(14, 30)),
        ("", None),
    ],
)
def test_a_time_is_read_in_the_ways_in_which_people_write_it(app: Flask, typed: str, meant: time) -> None:
    form = read(app, typed)
    assert (form.at.data, form.errors) == (meant, {})


@pytest.mark.parametrize(
    "typed", ["9", "25:00", "9:60", "13pm", "0pm", "soon", "٣:٣٠", "\x00", "9:30:30", "9" * 500]
)
def test_what_is_no_time_is_refused_in_words_and_shown_again(app: Flask, typed: str) -> None:
    with app.test_request_context():
        form = OneTime(MultiDict({"at": typed}))
        assert not form.validate()
        assert form.at.data is None
        assert len(form.errors["at"]) == 1
        if typed.isprintable() and len(typed) < 100:
            assert f'value="{typed}"' in str(form.at())


def test_a_time_that_is_known_is_shown_by_the_clock_of_24_hours(app: Flask) -> None:
    with app.test_request_context():
        assert 'value="14:05"' in str(OneTime(data={"at": time(14, 5)}).at())

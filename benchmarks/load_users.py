"""What a hundred users do at once, for locust: officers, agency staff and managers, thinking between pages.

Started by `benchmarks/load.py`, which gives who they are in LOAD_USERS: a file of `role email` lines.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from html import unescape
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gevent
from locust import FastHttpUser, constant, task
from locust.exception import StopUser

PASSWORD = "demonstration only 2026"  # noqa: S105
FORM = re.compile(r"<form\b.*?</form>", re.S)
FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
PERSON, REFERRAL = (
    re.compile(r'href="(/people/\d+)"'),
    re.compile(r'href="(/referrals/[A-Z]{2}\d{4}[A-Z]{2})"'),
)
SERVICE = re.compile(r'name="service"[^>]*value="(\d+)"')
WORKER = re.compile(r'<option value="(\d+)"')
NAMES = ("ffug", "enghr", "prawf", "sampl", "fict", "test", "dych", "exam")
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
CODES = re.compile(r"/[A-Z]{2}\d{4}[A-Z]{2}|/\d+")


def accounts(role: str) -> Iterator[str]:
    lines = Path(os.environ["LOAD_USERS"]).read_text().splitlines()
    return cycle([line.split()[1] for line in lines if line.split()[0] == role])


def hidden(form: str) -> dict[str, str]:
    found = {}
    for field in FIELD.findall(form):
        name, value = (re.search(rf'\b{part}="([^"]*)"', field) for part in ("name", "value"))
        if name:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


class Staff(FastHttpUser):
    """Signs in, then does its tasks until told to stop; every answer that is not expected is a failure."""

    abstract = True
    wait_time = constant(0)  # they think after each page: see `open`
    network_timeout = connection_timeout = 30.0
    emails: Iterator[str]

    def on_start(self) -> None:
        page = self.open("/sign-in")
        self.post("/sign-in", page, email=next(self.emails), password=PASSWORD)
        if "/sign-out" not in self.open("/"):
            raise StopUser

    def open(self, path: str, name: str | None = None) -> str:
        """The page, read for five seconds, more or less."""
        page = self.client.get(path, name=name or CODES.sub("/·", path.partition("?")[0]))
        gevent.sleep(random.uniform(3, 7))  # noqa: S311
        return page.text or ""

    def post(self, path: str, page: str, *, name: str | None = None, **values: Any) -> str:
        """Send the page's form to `path`, with what it carries; where that leads."""
        heads = {form.partition(">")[0]: form for form in FORM.findall(page)}
        form = next((form for head, form in heads.items() if f'action="{path}"' in head), None)
        fields = hidden(form or next(form for head, form in heads.items() if "action=" not in head))
        name = f"{name or CODES.sub('/·', path)}"
        with self.client.post(
            path,
            data=urlencode({**fields, **values}, doseq=True),
            headers=FORM_TYPE,
            name=name,
            allow_redirects=False,
            catch_response=True,
        ) as answer:
            if answer.status_code in (200, 302, 409):  # 409: somebody else was first, and the page says so
                answer.success()
            else:
                answer.failure(f"{answer.status_code}")
            return str(answer.headers.get("Location") or "")

    def pick(self, pattern: re.Pattern[str], page: str) -> str | None:
        return random.choice(found) if (found := pattern.findall(page)) else None  # noqa: S311


class Officer(Staff):
    weight = 45
    emails = accounts("iom_officer")

    @task(3)
    def look_in(self) -> None:
        self.open("/")
        if referral := self.pick(REFERRAL, self.open("/referrals")):
            self.open(referral)

    @task(4)
    def find_and_read(self) -> None:
        if person := self.find():
            self.open(person)

    @task(3)
    def refer(self) -> None:
        person = self.find()
        if person is None or "/refer" not in (page := self.open(person)):
            return
        page = self.open(f"{person}/refer")
        where = self.post(f"{person}/refer", page, need="housing")
        for task_name, answers in ANSWERS.items():
            if not where.startswith("/refer/"):
                return
            page = self.open(where)
            if task_name == "service":
                service = self.pick(SERVICE, page)
                if service is None:  # none fits this person
                    return
                answers = {"service": service}
            where = self.post(where, page, **answers)
        page = self.open(where)
        self.open(self.post(where, page))

    def find(self) -> str | None:
        page, terms = self.open("/people"), random.choice(NAMES)  # noqa: S311
        with self.client.post(
            "/people",
            data=urlencode({**hidden(page), "terms": terms}),
            headers=FORM_TYPE,
            name="/people",
        ) as found:
            return self.pick(PERSON, found.text or "")


ANSWERS: dict[str, dict[str, Any]] = {
    "service": {},
    "request": {"asked": "A place to stay from Friday", "priority_reasons": ["no_address", "engaged_now"]},
    "contact": {"contact": "Through me, in the afternoon", "visit_alone": "yes"},
    "share": {"sections": ["identity", "contact"], "basis": "offender_management", "person_agrees": "yes"},
}


class Worker(Staff):
    weight = 40
    emails = accounts("agency_worker")

    @task(3)
    def inbox(self) -> None:
        self.open("/")
        if referral := self.pick(REFERRAL, self.open("/referrals?tab=open")):
            self.open(referral)

    @task(4)
    def respond(self) -> None:
        referral = self.pick(REFERRAL, self.open("/referrals"))
        if referral is None:
            return
        page = self.open(referral)
        if f'action="{referral}/acknowledge"' in page:
            self.post(f"{referral}/acknowledge", page)
        elif f'href="{referral}/accept-as-priority"' in page:
            page = self.open(f"{referral}/accept-as-priority")
            self.post(f"{referral}/accept-as-priority", page, worker=self.pick(WORKER, page) or "")
        elif f'action="{referral}/messages"' in page:
            self.post(f"{referral}/messages", page, words="We will ring on Monday.")


class Manager(Staff):
    weight = 15
    emails = accounts("iom_manager")

    @task(3)
    def figures(self) -> None:
        self.open("/turnaround")
        self.open("/turnaround?need=housing", name="/turnaround, housing")

    @task(2)
    def team(self) -> None:
        self.open("/")
        if referral := self.pick(REFERRAL, self.open("/referrals?tab=late")):
            self.open(referral)

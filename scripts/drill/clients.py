"""Officers who refer and workers who answer, each with a browser, who note what they mean to do before they send it.

After a lost answer they do what people do: wait until the portal is back, and send the very same form again.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from scripts.drill.browser import Browser, Lost, Page
from scripts.drill.journal import Journal

Answers = dict[str, str | list[str]]
AGENCIES = {"housing": "housing", "substance_misuse": "substance", "mental_health": "mentalhealth"}
PAUSE = 0.2  # seconds before a lost request is made again
MOST = 600  # times


class Puzzled(Exception):
    """The portal said something that a sound portal does not say."""


@dataclass
class Work:
    """What the clients share: whom to refer, what has been sent, and what went wrong."""

    journal: Journal
    people: dict[
        str, queue.SimpleQueue[tuple[int, str]]
    ]  # by the officer's account: a person's id and a need
    services: dict[str, set[str]]  # by need: ids of the services whose workers take part
    goal: int
    inbox: dict[str, queue.SimpleQueue[str]] = field(
        default_factory=lambda: {need: queue.SimpleQueue() for need in AGENCIES}
    )
    over: threading.Event = field(default_factory=threading.Event)
    faults: list[str] = field(default_factory=list)
    sent: int = 0
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, sent: int = 0, done: int = 0) -> None:
        with self.lock:
            self.sent, self.done = self.sent + sent, self.done + done


class Client:
    """One user at one browser."""

    def __init__(self, work: Work, port: int, account: str, name: str, seed: int) -> None:
        self.work, self.name, self.account = work, name, account
        self.browser = Browser(port, f"{account}@demo.example")
        self.chance = random.Random(seed)  # noqa: S311 - decides what the drill does, not who may enter

    def act(self, action: str, about: str, page: Page, address: str, answers: Answers) -> Page:
        """Send the page's form until there is an answer: the same body, whatever has become of it before."""
        body = page.filled(address, answers)
        number = self.work.journal.intend(self.name, action, about)
        lost = False
        for _ in range(MOST):
            try:
                answer = self.browser.post(address, body)
            except Lost as nothing:
                self.work.journal.answered(number, nothing.code)
                lost = True
                time.sleep(PAUSE)
                continue
            self.work.journal.answered(number, answer.status, answer.location)
            if answer.status != 302 and not (lost and answer.status == 409):
                raise Puzzled(f"{self.name}: {action} of {about} was answered {answer.status}")
            if answer.location.startswith("/sign-in"):
                raise Puzzled(f"{self.name} was signed out at {action} of {about}")
            return answer
        raise Puzzled(f"{self.name}: {action} of {about} had no answer {MOST} times")

    def open(self, path: str) -> Page:
        for _ in range(MOST):
            try:
                page = self.browser.get(path)
            except Lost:
                time.sleep(PAUSE)
                continue
            if page.status != 200:
                raise Puzzled(f"{self.name}: {path} was answered {page.status} {page.location}")
            return page
        raise Puzzled(f"{self.name}: {path} had no answer {MOST} times")

    def run(self, step: Callable[[], bool]) -> None:
        try:
            for _ in range(MOST):
                try:
                    self.browser.sign_in()
                    break
                except Lost:
                    time.sleep(PAUSE)
            while not self.work.over.is_set():
                try:
                    if not step():
                        return
                except Puzzled as fault:
                    self.work.faults.append(str(fault))
        except Exception as error:  # a thread that dies in silence would make the drill look sound
            self.work.faults.append(f"{self.name}: {type(error).__name__}: {error}")
            self.work.over.set()


class Officer(Client):
    def refer_next(self) -> bool:
        """False once there are as many as are wanted."""
        if self.work.sent >= self.work.goal:
            return False
        try:
            person, need = self.work.people[self.account].get_nowait()
        except queue.Empty:
            return False
        self.refer(person, need)
        return True

    def refer(self, person: int, need: str) -> None:
        about, address = f"{person}:{need}", f"/people/{person}/refer"
        answer = self.act("draft", about, self.open(address), address, {"need": need})
        if not answer.location:  # begun, but a kill has lost where: whoever asks again is led to it
            answer = self.act("draft", about, self.open(address), address, {"need": need})
        draft = answer.location.removesuffix("/service")
        reference = draft.removeprefix("/refer/")
        page = self.open(f"{draft}/service")
        offered = sorted(self.work.services[need].intersection(page.choices("service")))
        if not offered:
            raise Puzzled(f"{self.name}: no service for {about}")
        self.act("service", reference, page, f"{draft}/service", {"service": offered[0]})
        for step, answers in {
            "request": {"asked": f"Asked by {reference}", "priority_reasons": ["no_address", "engaged_now"]},
            "contact": {"contact": "Through me", "visit_alone": "yes"},
            "share": {
                "sections": ["identity", "contact"],
                "basis": "offender_management",
                "person_agrees": "yes",
            },
        }.items():
            self.act(step, reference, self.open(f"{draft}/{step}"), f"{draft}/{step}", answers)  # type: ignore[arg-type]
        self.act("send", reference, self.open(f"{draft}/check"), f"{draft}/check", {})
        self.work.count(sent=1)
        self.work.inbox[need].put(reference)


class Worker(Client):
    """Takes each referral as far as chance will have it. Nobody else works on it meanwhile."""

    need = "housing"

    def answer_next(self) -> bool:
        """False once all that will be sent has been answered."""
        try:
            reference = self.work.inbox[self.need].get(timeout=0.5)
        except queue.Empty:
            return self.work.sent < self.work.goal
        try:
            self.answer(reference)
        finally:
            self.work.count(done=1)
        return True

    def answer(self, reference: str) -> None:
        at, chance = f"/referrals/{reference}", self.chance.random
        if chance() < 0.8:
            self.act("acknowledge", reference, self.open(at), f"{at}/acknowledge", {})
        choice = self.chance.choices(("accept-as-priority", "accept-as-standard", "decline"), (50, 25, 25))[0]
        words = {"words": f"Said of {reference}"}
        said: Answers = {"reason": "no_capacity", **words} if choice == "decline" else {**words}
        self.do(choice, reference, f"{at}/{choice}", said)
        if choice == "decline":
            return
        if chance() < 0.6:
            self.do("offer", reference, f"{at}/appointments/new", self.appointment())
        if chance() < 0.6:
            self.do("start", reference, f"{at}/start", {})
        if chance() < 0.5:
            self.do("close", reference, f"{at}/close", {"outcome": "met", "reason": "completed", **words})

    def do(self, action: str, reference: str, address: str, answers: Answers) -> None:
        self.act(action, reference, self.open(address), address, answers)

    def appointment(self) -> Answers:
        day = date.today() + timedelta(days=self.chance.randrange(2, 60))  # noqa: DTZ011
        when = {"day-day": str(day.day), "day-month": str(day.month), "day-year": str(day.year)}
        return {**when, "time": "10:30", "minutes": "45", "mode": "telephone", "place": "By telephone"}


def staff(work: Work, port: int, clients: int, seed: int) -> list[threading.Thread]:
    """Two officers of each five, in turn of both areas; the others workers of the three agencies."""
    threads = []
    for number in range(clients):
        if number % 5 < 2:
            account = ("officer", "officer.gwent")[number % 5]
            officer = Officer(work, port, account, f"{account} {number}", seed + number)
            target, step = officer.run, officer.refer_next
        else:
            need = list(AGENCIES)[number % 5 - 2]
            worker = Worker(work, port, AGENCIES[need], f"{AGENCIES[need]} {number}", seed + number)
            worker.need = need
            target, step = worker.run, worker.answer_next
        threads.append(threading.Thread(target=target, args=(step,), name=f"client {number}", daemon=True))
    return threads

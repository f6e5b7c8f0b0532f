"""What officers and agencies write: requests, risks, messages. Welsh where the person's language is Welsh."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from portal.demo import odds, words
from portal.demo.cases import Detail, Note, Subject, Terms
from portal.demo.courses import Courses
from portal.demo.directory import Offer
from portal.demo.hours import DAY, NEVER, WorkingHours, written
from portal.demo.odds import pick
from portal.demo.showcase import whose_words
from portal.demo.words import Pair

VARIANTS = 60  # divisible by the number of variants of every kind of words


def draw_details(
    rng: np.random.Generator, subjects: list[Subject], offers: list[Offer], terms: list[Terms]
) -> list[Detail]:
    count = len(subjects)
    visits, reasons = pick(rng, odds.VISITS, count), pick(rng, odds.REASONS, count)
    bases, agreements = pick(rng, odds.BASES, count), pick(rng, odds.AGREES, count)
    shares = list(odds.SECTIONS.values())
    released = (rng.random((count, len(shares))) < shares).tolist()
    variants = rng.integers(VARIANTS, size=count).tolist()
    columns = zip(
        subjects, offers, terms, visits, reasons, bases, agreements, released, variants, strict=True
    )
    return [_detail(*values) for values in columns]


def _detail(
    subject: Subject, offer: Offer, terms: Terms, visit: str, reason: str, basis: str, agrees: str,
    released: list[bool], variant: int,
) -> Detail:  # fmt: skip
    welsh = subject.language == "cy"

    def say(pairs: Sequence[Pair]) -> str:
        return pairs[variant % len(pairs)][welsh]

    extra = {
        "release": terms.available_from is not None,
        "no_address": subject.no_fixed_address and offer.plan.need == "housing",
        "y2a": subject.y2a,
    }
    agrees = "yes" if basis == "agreement" else agrees
    languages = {"cy": "Cymraeg", "other": words.INTERPRETERS[variant % len(words.INTERPRETERS)]}
    return Detail(
        asked=say(words.ASKED.get(offer.plan.need, words.ASKED_OTHER)),
        priority_reasons=[*(code for code, applies in extra.items() if applies), reason],
        priority_words=say(words.PRIORITY_WORDS),
        contact=say(words.CONTACT),
        unavailable=say(words.UNAVAILABLE),
        language=languages.get(subject.language, ""),
        access_needs="",
        visit_alone=visit,
        risk_words=say(words.RISK) if visit == "no" else "",
        sections=[section for section, chosen in zip(odds.SECTIONS, released, strict=True) if chosen],
        basis=basis,
        person_agrees=agrees,
        agrees_words="" if agrees == "yes" else words.NOT_ASKED[welsh],
    )


def draw_notes(
    rng: np.random.Generator, hours: WorkingHours, courses: Courses, subjects: list[Subject], *, shown: bool
) -> list[list[Note]]:
    """Messages: IOM asks for news while nothing is decided; the agency writes once it has answered; IOM replies.

    `shown`: they are those of `showcase`, which has another that is new.
    """
    count = len(subjects)
    wanted = rng.random((3, count)) < [[0.18], [0.2], [0.6]]
    responded = courses.responded
    asks = courses.sent + (DAY * rng.uniform(2, 9, count)).astype(np.int64)
    asks = np.where(wanted[0] & (asks < courses.decided) & (asks < courses.ended), asks, NEVER)
    writes = responded + (DAY * rng.uniform(0.05, 2, count)).astype(np.int64)
    writes = np.where(wanted[1] & (writes < courses.ended), writes, NEVER)
    replies = writes + (DAY * rng.uniform(0.05, 0.5, count)).astype(np.int64)
    replies = np.where(wanted[2] & (replies < courses.ended), replies, NEVER)
    columns = [written(hours.moments(moments)) for moments in (asks, writes, replies)]
    variants = rng.integers(VARIANTS, size=count).tolist()
    kinds = (("iom", words.CHASING), ("agency", words.ANSWERING), ("iom", words.REPLYING))
    found = []
    for subject, variant, *moments in zip(subjects, variants, *columns, strict=True):
        welsh = subject.language == "cy"
        notes = [
            Note(at, side, pairs[variant % len(pairs)][welsh])
            for at, (side, pairs) in zip(moments, kinds, strict=True)
            if at
        ]
        found.append(sorted(notes, key=lambda note: note.at))
    if shown:
        _add_new(hours, subjects, found)
    return found


def _add_new(hours: WorkingHours, subjects: list[Subject], notes: list[list[Note]]) -> None:
    """What was written in the last hours, to those whom `showcase` names."""
    at = written(hours.moments(np.array([hours.end - DAY // 4])))[0] or ""
    kinds = {"iom": words.CHASING, "agency": words.ANSWERING}
    for subject, side, found in zip(subjects, whose_words(len(subjects)), notes, strict=True):
        if side:
            found.append(Note(at, side, kinds[side][0][subject.language == "cy"]))

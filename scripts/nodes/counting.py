"""What a drill found: acknowledged messages against those that are there, mails against those that were due."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from scripts.nodes.database import Server
from scripts.nodes.traffic import Client

# Everything of a message, as the owner of no scope sees it: its mails by their keys, and its line in the access log.
FOUND = """
SELECT json_agg(json_build_object('words', m.words, 'mails',
       (SELECT json_agg(json_build_object('key', o.key, 'sent', o.sent_at IS NOT NULL)) FROM outbox o
         WHERE o.key LIKE 'message:' || m.id || ':%' OR o.key = 'message:' || m.id)))
  FROM message m WHERE m.words LIKE 'drill %'
"""
TRACES = "SELECT count(*) FROM audit_entry WHERE action = 'message.written'"


@dataclass(frozen=True)
class Phase:
    name: str
    began: float
    ended: float


@dataclass(frozen=True)
class Lost:
    """`mails_lost`: due and not sent, or not arrived. `mails_more`: came once more than they should, for each of them."""

    acknowledged: int
    lost: int
    doubled: int
    without_mail: int
    signed_out: int
    traces_lost: int
    mails: int
    mails_lost: int
    mails_more: int
    crashes: int

    @property
    def none(self) -> bool:
        bad = (
            self.lost
            + self.doubled
            + self.without_mail
            + self.signed_out
            + self.traces_lost
            + self.mails_lost
        )
        return self.acknowledged > 0 and bad == 0 and self.mails_more <= self.crashes

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} messages acknowledged: {self.lost} lost, {self.doubled} doubled, {self.without_mail}"
            f" without their mail, {self.traces_lost} without a trace; {self.signed_out} times signed out;"
            f" {self.mails} mails due: {self.mails_lost} not sent, {self.mails_more} sent once more"
            f" (at most {self.crashes}, one for each worker that a failure stopped)"
        )


def count(server: Server, clients: Iterable[Client], came: Mapping[str, int]) -> Lost:
    rows = json.loads(server.psql(FOUND, database="portal") or "null") or []
    there = Counter(row["words"] for row in rows)
    mails = [mail for row in rows for mail in row["mails"] or []]
    told = [client.told for client in clients]
    acknowledged = [words for each in told for _when, words in each.acknowledged]
    return Lost(
        acknowledged=len(acknowledged),
        lost=sum(there[words] == 0 for words in acknowledged),
        doubled=sum(number > 1 for number in there.values()),
        without_mail=sum(not row["mails"] for row in rows),
        signed_out=sum(each.signed_out for each in told),
        traces_lost=max(0, len(rows) - int(server.psql(TRACES, database="portal"))),
        mails=len(mails),
        mails_lost=sum(not mail["sent"] or came.get(_message_id(mail["key"]), 0) == 0 for mail in mails),
        mails_more=sum(number - 1 for number in came.values()),
        crashes=4,  # worker a is killed, its link is cut, and both workers lose the primary
    )


def _message_id(key: str) -> str:
    """As portal.mail makes it."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@portal.example>"


def row(phase: Phase, clients: Iterable[Client]) -> str:
    """Answers, pages that were refused, the longest time in which nobody got an answer and that one client waited for
    one, and forms of which their sender was not told whether they were saved.
    """
    told = [client.told for client in clients]
    answers = sorted(pair for each in told for pair in each.answered if phase.began <= pair[0] <= phase.ended)
    times = [phase.began, *(when for when, _took in answers), phase.ended]
    silence = max(later - earlier for earlier, later in pairwise(times))
    wait = max((took for _when, took in answers), default=0.0)
    untold = sum(phase.began <= when <= phase.ended for each in told for when, _words in each.unanswered)
    refused = sum(phase.began <= when <= phase.ended for each in told for when, _status in each.refused)
    return f"{phase.name:43}{len(answers):>9}{refused:>9}{silence:>15.1f} s{wait:>12.1f} s{untold:>10}"

"""When reviews of the fictional people fall due, those that were held, and what "
"two of the areas say of their cohorts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from portal.agencies.models import Area
from portal.demo.loading import copy_rows
from portal.demo.people import LANGUAGES, People
from portal.demo.words import Pair
from portal.people.models import COHORTS
from portal.reviews.wording import TRAVEL

MONTHS = 3
SPREAD = 104  # days over which reviews fall due: from two weeks before the last day of the history on
LATE = 14
RESPONDS: tuple[Pair, ...] = (  # one for each of HOW
    (
        "Keeps most appointments when reminded the evening before.",
        "Yn cadw’r rhan fwyaf o apwyntiadau o gael ei atgoffa’r noson cynt.",
    ),
    (
        "Comes in when there is something to gain; talks more easily with the police OM.",
        "Yn dod pan fo rhywbeth i’w ennill; yn siarad yn haws â rheolwr yr heddlu.",
    ),
    (
        "Has asked for help with drink for the first time.",
        "Wedi gofyn am gymorth gydag alcohol am y tro cyntaf.",
    ),
    ("Missed the last two visits and did not ring.", "Wedi methu’r ddau ymweliad diwethaf heb ffonio."),
)
HOW = "mostly", "sometimes", "fully", "hardly"
AGREED: tuple[Pair, ...] = (
    (
        "Police OM visits weekly until a tenancy is found; probation OM chases the housing referral.",
        "Rheolwr yr heddlu i ymweld yn wythnosol nes cael tenantiaeth; rheolwr y "
        "Gwasanaeth Prawf i fynd ar drywydd yr atgyfeiriad tai.",
    ),
    (
        "Joint visit before the end of the month. Bus fares from the fund.",
        "Ymweliad ar y cyd cyn diwedd y mis. Costau bws o’r gronfa.",
    ),
    ("Nothing changes; look again in three months.", "Dim newid; edrych eto ymhen tri mis."),
)
WHY: tuple[Pair, ...] = (
    ("Three burglaries in a year.", "Tair bwrgleriaeth mewn blwyddyn."),
    ("High OGRS score and a pattern of theft.", "Sgôr OGRS uchel a phatrwm o ddwyn."),
    ("Serious violence in the last two years.", "Trais difrifol yn y ddwy flynedd ddiwethaf."),
)
CRITERIA = {
    "fixed": {
        "en": "Burglary, robbery, theft from the person or vehicle crime, with an OGRS score of "
        "75 or more. The IOM sergeant confirms each.",
        "cy": "Bwrgleriaeth, lladrad, dwyn oddi ar y person neu droseddau cerbydau, gyda sgôr "
        "OGRS o 75 neu fwy. Rhingyll IOM sy’n cadarnhau pob un.",
    },
    "flex": {
        "en": "Others at raised risk whom police and probation put forward together: shop theft "
        "that funds drug use, and young adults coming from the youth offending service "
        "(Y2A).",
        "cy": "Pobl eraill â risg uwch y mae’r heddlu a’r Gwasanaeth Prawf yn eu cynnig gyda’i "
        "gilydd: dwyn o siopau i dalu am gyffuriau, ac oedolion ifanc sy’n dod o’r "
        "gwasanaeth troseddau ieuenctid (Y2A).",
    },
    "free": {
        "en": "Local priorities: serious violence and domestic abuse where risk is high. Every "
        "WISDOM case is here.",
        "cy": "Blaenoriaethau lleol: trais difrifol a cham-drin domestig lle mae’r risg yn "
        "uchel. Mae pob achos WISDOM yma.",
    },
}
# What was said of the needs that were on record by then.
NEEDS_SAID = """
UPDATE cohort_review r SET answers = jsonb_set(r.answers, '{needs}', said.needs)
  FROM (SELECT c.id, jsonb_agg(jsonb_build_object('code', n.need_code, 'state', 'identified', 'answer', 'stays',
               'words', '', 'referrals', '[]'::jsonb) ORDER BY n.need_code) AS needs
          FROM cohort_review c JOIN person_need n ON n.person_id = c.person_id AND n.identified_on <= c.held_on
         GROUP BY c.id) said
 WHERE said.id = r.id
"""
EARLIER = "fixed", "flex"  # all that the first area had written before


def add_criteria(forces: list[Area], first: date) -> None:
    """The first area has written twice, the second once; the others leave it at the national outline."""
    later = first + timedelta(days=200)
    earlier = {cohort: CRITERIA[cohort] for cohort in EARLIER}
    rows = ((forces[0], earlier, first), (forces[0], CRITERIA, later), (forces[1], CRITERIA, later))
    columns = "area_id review_months texts at"
    copy_rows(
        "cohort_criteria",
        columns,
        ((area.id, MONTHS, json.dumps(texts), f"{at}T10:00:00Z") for area, texts, at in rows),
    )


def review_day(people: People, number: int, as_of: date) -> date:
    """The same for the same person, whatever else is drawn."""
    return as_of + timedelta(days=number * 37 % SPREAD - LATE)


def why_of(people: People, number: int) -> str:
    cohort = int(people.cohort[number])
    return WHY[cohort][_welsh(people, number)]


def review_rows(people: People, numbers: range, as_of: date) -> Iterator[tuple[Any, ...]]:
    """Two in three have been reviewed, a quarter of a year before the review that falls due next."""
    for number in numbers:
        held = review_day(people, number, as_of) - timedelta(days=91)
        began = max(people.since[number].item(), people.changed_on[number].item())
        if number % 3 and began < held < as_of:
            yield (
                people.first_id + number,
                held,
                review_day(people, number, as_of),
                json.dumps(_answers(people, number)),
                f"{held}T14:10:00Z",
                int(people.police_om[number] if number % 2 else people.probation_om[number]),
            )


def _answers(people: People, number: int) -> dict[str, Any]:
    welsh = _welsh(people, number)
    travel = list(TRAVEL)
    return {
        "cohort": {"now": COHORTS[people.cohort[number]], "answer": "stays", "to": None, "words": ""},
        "needs": [],
        "new_needs": [],
        "contacts": {"answer": "right", "words": ""},
        "engagement": {"answer": HOW[number % len(HOW)], "words": RESPONDS[number % len(HOW)][welsh]},
        "travel": {"answer": travel[number % len(travel)], "words": ""},
        "agreed": AGREED[number % len(AGREED)][welsh],
    }


def _welsh(people: People, number: int) -> bool:
    return LANGUAGES[people.language[number]] == "cy"

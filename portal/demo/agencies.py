"""Fictional agencies and their services. The first three are those of the demonstration's accounts: A, B and C."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from portal.agencies.models import Area
from portal.agencies.reference_data import WALES

SOUTH_WALES, GWENT, NORTH_WALES, DYFED_POWYS = "W15000003", "W15000002", "W15000001", "W15000004"
MOST_EXTRA, REFERRALS_PER_EXTRA = 178, 5_600

# How an agency treats referrals; `courses.PACES` says what that means in days and shares.
PROFILES = 5
PROMPT, STEADY, SLOW, SILENT, ORDINARY = range(PROFILES)


@dataclass(frozen=True)
class ServicePlan:
    """`area`: code of the area it covers."""

    name: str
    name_cy: str
    need: str
    area: str
    minimum_age: int | None = 18
    maximum_age: int | None = None
    women_only: bool = False


@dataclass(frozen=True)
class AgencyPlan:
    name: str
    name_cy: str
    profile: int
    services: tuple[ServicePlan, ...]
    weight: float = 1.0


S = ServicePlan
BASE = (
    AgencyPlan("Cartref Enghraifft Housing", "Tai Cartref Enghraifft", PROMPT, (
        S("Supported accommodation", "Llety â chymorth", "housing", SOUTH_WALES),
        S("Tenancy support", "Cymorth i denantiaid", "housing", SOUTH_WALES),
    ), 3),
    AgencyPlan("Example Minds South Wales", "Meddyliau Enghraifft De Cymru", ORDINARY, (
        S("Community mental health team", "Tîm iechyd meddwl cymunedol", "mental_health", SOUTH_WALES),
        S("Trauma therapy", "Therapi trawma", "mental_health", SOUTH_WALES),
    ), 3),
    AgencyPlan("Example Recovery", "Adferiad Enghraifft", STEADY, (
        S("Drug and alcohol treatment", "Triniaeth cyffuriau ac alcohol", "substance_misuse", SOUTH_WALES),
        S("Recovery mentors", "Mentoriaid adferiad", "substance_misuse", SOUTH_WALES),
    ), 3),
    AgencyPlan("Sample Street Housing Trust", "Ymddiriedolaeth Tai Stryd Sampl", SILENT, (
        S("Hostel rooms", "Ystafelloedd hostel", "housing", SOUTH_WALES),
    )),
    AgencyPlan("Dychmygol Housing Association", "Cymdeithas Tai Dychmygol", SLOW, (
        S("Homes for single people", "Cartrefi i bobl sengl", "housing", GWENT),
    )),
    AgencyPlan("Example Homes North Wales", "Cartrefi Enghraifft Gogledd Cymru", PROMPT, (
        S("Supported lodgings", "Llety â chymorth mewn cartrefi", "housing", NORTH_WALES),
    )),
    AgencyPlan("Tai Ffuglen", "Tai Ffuglen", STEADY, (
        S("Housing support", "Cymorth tai", "housing", DYFED_POWYS),
    )),
    AgencyPlan("Example Minds Gwent", "Meddyliau Enghraifft Gwent", ORDINARY, (
        S("Assessment and brief therapy", "Asesu a therapi byr", "mental_health", GWENT),
    )),
    AgencyPlan("Meddwl Esiampl", "Meddwl Esiampl", ORDINARY, (
        S("Community mental health team", "Tîm iechyd meddwl cymunedol", "mental_health", NORTH_WALES),
    )),
    AgencyPlan("Meddwl Dychmygol", "Meddwl Dychmygol", SLOW, (
        S("Rural mental health outreach", "Allgymorth iechyd meddwl gwledig", "mental_health", DYFED_POWYS),
    )),
    AgencyPlan("Example Talking Therapies", "Therapïau Siarad Enghraifft", SILENT, (
        S("Talking therapy by video", "Therapi siarad drwy fideo", "mental_health", WALES),
    )),
    AgencyPlan("Sample Substance Service", "Gwasanaeth Sylweddau Sampl", PROMPT, (
        S("Treatment and outreach", "Triniaeth ac allgymorth", "substance_misuse", GWENT),
    )),
    AgencyPlan("Adferiad Esiampl", "Adferiad Esiampl", SILENT, (
        S("Drug and alcohol treatment", "Triniaeth cyffuriau ac alcohol", "substance_misuse", NORTH_WALES),
    )),
    AgencyPlan("Example Turning Places", "Trobwyntiau Enghraifft", STEADY, (
        S("Drug and alcohol treatment", "Triniaeth cyffuriau ac alcohol", "substance_misuse", DYFED_POWYS),
    )),
    AgencyPlan("Example Money Advice", "Cyngor Ariannol Enghraifft", PROMPT, (
        S("Benefit and debt advice", "Cyngor ar fudd-daliadau a dyledion", "finance", WALES),
    )),
    AgencyPlan("Sample Skills and Work", "Sgiliau a Gwaith Sampl", STEADY, (
        S("Work coaching", "Hyfforddi at waith", "employment", WALES),
    )),
    AgencyPlan("Example Families", "Teuluoedd Enghraifft", SLOW, (
        S("Family support", "Cymorth i deuluoedd", "family", WALES),
    )),
    AgencyPlan("Example Pathways", "Llwybrau Enghraifft", STEADY, (
        S("Thinking and behaviour groups", "Grwpiau meddwl ac ymddygiad", "attitudes", WALES),
        S("Mentoring", "Mentora", "lifestyle", WALES),
    )),
    AgencyPlan("Iechyd Sampl Outreach", "Allgymorth Iechyd Sampl", ORDINARY, (
        S("Health checks and general practice", "Archwiliadau iechyd a meddygfa", "health", WALES),
    )),
    AgencyPlan("Example Community Links", "Cysylltiadau Cymunedol Enghraifft", STEADY, (
        S("Community links", "Cysylltiadau cymunedol", "social_inclusion", WALES),
        S("Advocacy", "Eiriolaeth", "other", WALES),
    )),
    AgencyPlan("Canolfan Enghraifft Women’s Centre", "Canolfan Menywod Enghraifft", PROMPT, (
        S("Women’s supported housing", "Tai â chymorth i fenywod", "housing", WALES, women_only=True),
    )),
    AgencyPlan("Example Young Adults", "Oedolion Ifanc Enghraifft", STEADY, (
        S("Mentoring for young adults", "Mentora i oedolion ifanc", "lifestyle", WALES, maximum_age=25),
    )),
)  # fmt: skip
# Needs of the agencies of one local authority: what each is called there, and what its service is called.
LOCAL = (
    ("housing", "Example Homes {}", "Cartrefi Enghraifft {}", "Housing support", "Cymorth tai", STEADY),
    ("mental_health", "Sample Minds {}", "Meddyliau Sampl {}", "Counselling", "Cwnsela", ORDINARY),
    ("substance_misuse", "Example Recovery {}", "Adferiad Enghraifft {}", "Treatment", "Triniaeth", PROMPT),
    ("employment", "Sample Skills {}", "Sgiliau Sampl {}", "Training", "Hyfforddiant", SLOW),
    ("finance", "Example Money {}", "Arian Enghraifft {}", "Debt advice", "Cyngor ar ddyledion", SILENT),
    ("family", "Sample Families {}", "Teuluoedd Sampl {}", "Family support", "Cymorth i deuluoedd", STEADY),
    ("health", "Example Health {}", "Iechyd Enghraifft {}", "Health checks", "Archwiliadau iechyd", PROMPT),
    ("social_inclusion", "Sample Links {}", "Cysylltiadau Sampl {}", "Mentoring", "Mentora", SLOW),
    ("attitudes", "Example Thinking {}", "Meddwl Enghraifft {}", "Groups", "Grwpiau", ORDINARY),
)  # fmt: skip


def plan_agencies(referrals: int, local_authorities: Iterable[Area]) -> list[AgencyPlan]:
    """Those above, and for long histories more: 200 for a million referrals."""
    extra = min(MOST_EXTRA, referrals // REFERRALS_PER_EXTRA)
    return [*BASE, *islice(_local_plans(list(local_authorities)), extra)]


def _local_plans(local_authorities: list[Area]) -> Iterator[AgencyPlan]:
    for turn, (need, name, name_cy, service, service_cy, profile) in enumerate(LOCAL):
        for number, area in enumerate(local_authorities):
            # Agencies of one need differ as well.
            manner = (profile + number * (turn + 1)) % PROFILES
            services = (ServicePlan(service, service_cy, need, area.code),)
            yield AgencyPlan(name.format(area.name_en), name_cy.format(area.name_cy), manner, services)

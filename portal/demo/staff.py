"""Users of the demonstration: the accounts that anybody may use, and colleagues who never sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from portal.access import AGENCY, IOM, Role
from portal.accounts.passwords import hash_password
from portal.agencies.models import Area
from portal.demo.agencies import AgencyPlan
from portal.demo.directory import Offer
from portal.demo.loading import copy_rows, first_free_id
from portal.demo.words import FEMALE, MALE, SURNAMES

PASSWORD = "demonstration only 2026"  # noqa: S105  # nosec B105
ACCOUNTS = 9  # the first users are the accounts of the contract
PEOPLE_PER_OFFICER = 100
FEWEST_OFFICERS, WORKERS = 2, 2
POLICE, PROBATION = "", "Probation Service"


@dataclass(frozen=True)
class Post:
    """`place`: the number of the police force, or of the agency, that they work for."""

    email: str
    role: Role
    place: int = 0
    name: str | None = None
    organisation: str = ""


@dataclass(frozen=True)
class Member:
    """A member of staff, as a snapshot of a referral names its referrer."""

    id: int
    name: str
    email: str
    organisation: str
    post: Post


class Staff:
    """Ids of who works where, by the number of the police force or of the agency; the accounts come first."""

    def __init__(self, members: list[Member], forces: int, agencies: int) -> None:
        self.by_id = {member.id: member for member in members}

        def ids(places: int, *roles: Role, organisation: str | None = None) -> list[list[int]]:
            found: list[list[int]] = [[] for _place in range(places)]
            for member in members:
                if member.post.role in roles and organisation in (None, member.post.organisation):
                    found[member.post.place].append(member.id)
            return found

        self.police = ids(forces, Role.IOM_OFFICER, organisation=POLICE)
        self.probation = ids(forces, Role.IOM_OFFICER, organisation=PROBATION)
        self.managers = ids(forces, Role.IOM_MANAGER)
        self.workers = ids(agencies, Role.AGENCY_WORKER)
        self.agency_managers = ids(agencies, Role.AGENCY_MANAGER)


def list_posts(forces: list[Area], agencies: int, people: int) -> Iterator[Post]:
    """The contract's accounts, then for each area officers and a manager, for each agency workers and a manager."""
    yield Post("officer", Role.IOM_OFFICER, 0, "Gwen Enghraifft")
    yield Post("officer.gwent", Role.IOM_OFFICER, 1, "Owen Sampl")
    yield Post("manager", Role.IOM_MANAGER, 0, "Mared Esiampl")
    yield Post("housing", Role.AGENCY_WORKER, 0, "Huw Ffuglen")
    yield Post("housing.manager", Role.AGENCY_MANAGER, 0, "Nia Dychmygol")
    yield Post("mentalhealth", Role.AGENCY_WORKER, 1, "Megan Prawf")
    yield Post("substance", Role.AGENCY_WORKER, 2, "Steffan Ffugenw")
    yield Post("analyst", Role.ANALYST, name="Alice Exampleton")
    yield Post("admin", Role.ADMINISTRATOR, name="Aled Sampleford")
    officers = max(FEWEST_OFFICERS, people // len(forces) // PEOPLE_PER_OFFICER)
    for place in range(len(forces)):
        for number in range(officers):
            yield Post(f"police{number}.area{place}", Role.IOM_OFFICER, place)
            yield Post(f"probation{number}.area{place}", Role.IOM_OFFICER, place, organisation=PROBATION)
        yield Post(f"manager.area{place}", Role.IOM_MANAGER, place)
    for place in range(agencies):
        for number in range(WORKERS):
            yield Post(f"worker{number}.agency{place}", Role.AGENCY_WORKER, place)
        yield Post(f"manager.agency{place}", Role.AGENCY_MANAGER, place)


def add_staff(
    rng: np.random.Generator, forces: list[Area], plans: list[AgencyPlan], offers: list[Offer], people: int,
    since: str, *, with_passwords: bool,
) -> Staff:  # fmt: skip
    """Write everybody. One password, hashed once, for the accounts; nobody else can sign in.

    `since`: the moment from which all of them have been users.
    """
    first = first_free_id("user_account")
    posts = list(list_posts(forces, len(plans), people))
    called = [rng.integers(len(FEMALE + MALE), size=len(posts)), rng.integers(len(SURNAMES), size=len(posts))]
    members = []
    for number, (post, forename, surname) in enumerate(zip(posts, *called, strict=True)):
        name = post.name or f"{(FEMALE + MALE)[forename]} {SURNAMES[surname]}"
        organisation = post.organisation
        if post.role in AGENCY:
            organisation = plans[post.place].name
        elif post.role in IOM and not organisation:
            organisation = forces[post.place].name_en
        members.append(Member(first + number, name, f"{post.email}@demo.example", organisation, post))
    _write(members, forces, offers, since, hash_password(PASSWORD) if with_passwords else None)
    return Staff(members, len(forces), len(plans))


def _write(
    members: list[Member], forces: list[Area], offers: list[Offer], since: str, password_hash: str | None
) -> None:
    agency_ids = {offer.agency: offer.agency_id for offer in offers}

    def row(number: int, member: Member) -> tuple[object, ...]:
        role, in_agency = member.post.role, member.post.role in AGENCY
        return (
            member.id,
            member.email,
            member.name,
            role.value,
            member.organisation,
            agency_ids[member.post.place] if in_agency else None,
            in_agency,
            in_agency or role is Role.ANALYST,
            password_hash if number < ACCOUNTS else None,
            True,
            since,
        )

    copy_rows(
        "user_account",
        "id email name role organisation agency_id every_service every_area password_hash demo created_at",
        (row(number, member) for number, member in enumerate(members)),
    )
    iom = (member for member in members if member.post.role in IOM)
    copy_rows("user_area", "user_id area_id", ((member.id, forces[member.post.place].id) for member in iom))

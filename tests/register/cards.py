"""Cards for tests of pairing: Gwilym Wojciechowski as probation knows him, and whatever another row says instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from portal.people.identifiers import pnc_letter
from portal.register.pairing import Card

PROBATION = Card(
    id=1,
    source="delius",
    surname="Wojciechowski",
    forenames="Gwilym",
    preferred_name="",
    born=date(1988, 4, 23),
    sex="male",
    area_id=1,
    local_authority_id=11,
    crn="X123456",
    pnc_id=None,
    noms_number=None,
    niche_ref=None,
)


def delius(**says: Any) -> Card:
    return replace(PROBATION, **says)


def niche(**says: Any) -> Card:
    return replace(PROBATION, **{"id": 2, "source": "niche", "crn": None, "niche_ref": "N2", **says})


def pnc(serial: int, year: int = 2004) -> str:
    """With its right check letter."""
    kept = f"{year}/{serial:07}"
    return kept + pnc_letter(kept + "A")


def wrong_letter(pnc_id: str) -> str:
    return pnc_id[:-1] + ("A" if pnc_id[-1] != "A" else "B")


NAMES = [
    "Jones",
    "Jones-Evans",
    "Rhys",
    "ap Rhys",
    "Rees",
    "Wojciechowski",
    "McDonald",
    "Mac Donald",
    "David",
]
FORENAMES = [
    "David",
    "Dafydd",
    "Dai",
    "Siân Mair",
    "Sian",
    "J",
    "John Paul",
    "Johnpaul",
    "Rhys",
    "",
    "Wojciechowska",
]
BIRTHS = [date(1988, 4, 23), date(1988, 4, 3), date(1988, 3, 4), date(1988, 1, 1), date(1998, 4, 23), None]


@st.composite
def cards(draw: st.DrawFn, identity: int) -> Card:
    """Of few names, dates and numbers, so that many pairs have something in common."""
    source = draw(st.sampled_from(["delius", "niche", "portal"]))
    return Card(
        id=identity,
        source=source,
        surname=draw(st.sampled_from(NAMES)),
        forenames=draw(st.sampled_from(FORENAMES)),
        preferred_name=draw(st.sampled_from(["", "", "Dai", "Siân"])),
        born=draw(st.sampled_from(BIRTHS)),
        sex=draw(st.sampled_from(["male", "female", None])),
        area_id=draw(st.sampled_from([1, 2, None])),
        local_authority_id=draw(st.sampled_from([11, 12, None])),
        crn=None if source == "niche" else draw(st.sampled_from(["X111111", "X222222", None])),
        pnc_id=draw(st.sampled_from([None, pnc(1), pnc(1), pnc(2), wrong_letter(pnc(1))])),
        noms_number=draw(st.sampled_from([None, None, "A1111AA", "A2222AA"])),
        niche_ref=f"N{identity}" if source == "niche" else None,
    )


@st.composite
def registers(draw: st.DrawFn) -> list[Card]:
    """Some cards in no order, each of its own id."""
    identities = draw(st.permutations(range(1, draw(st.integers(2, 14)) + 1)))
    return [draw(cards(identity)) for identity in identities]

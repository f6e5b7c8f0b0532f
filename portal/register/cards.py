"""What pairing reads and what it says: a card is one row's account of a person, a pair two rows that may be one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Card:
    """What one row says of a person, in the register's forms. `id` is the person row, `source` delius, niche or portal."""

    id: int
    source: str
    surname: str
    forenames: str
    preferred_name: str
    born: date | None
    sex: str | None
    area_id: int | None
    local_authority_id: int | None
    crn: str | None
    pnc_id: str | None
    noms_number: str | None
    niche_ref: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that may be one person, `one_id` the smaller.

    `weight` is in bits, log2 of how much likelier they would agree so if they are one person than if they are two, in
    sixteenths, so that the database's `real` gives back the same number. `grounds` are keys of `weights.LEVELS`.
    """

    one_id: int
    other_id: int
    weight: float
    grounds: tuple[str, ...]

    @property
    def ids(self) -> tuple[int, int]:
        return self.one_id, self.other_id

"""What a check gives, and what it may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from config import Settings


@dataclass(frozen=True)
class Finding:
    """What is wrong, and what to do, in plain English. `must`: it has to be mended before real people are in the portal."""

    wrong: str
    mend: str
    must: bool = True


OfSettings: TypeAlias = Callable[[Settings], Iterator[Finding]]
# In the *system* scope, with the connection that pages use.
OfDatabase: TypeAlias = Callable[[], Iterator[Finding]]

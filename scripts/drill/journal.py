"""What clients meant to do and what they were told, a line each: written before anything is sent, and after each answer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Deed:
    """One thing that a client did: `about` a referral's reference, or person:need before there is one.

    `codes`: of each sending the status of its answer, 0 where none came.
    """

    number: int
    who: str
    action: str
    about: str
    codes: list[int] = field(default_factory=list)
    location: str = ""

    @property
    def acknowledged(self) -> bool:
        """The portal said that it is done, or, to a repeated sending, that it has been done already."""
        return bool(self.codes) and (self.codes[-1] == 302 or (self.codes[-1] == 409 and self.was_lost))

    @property
    def was_lost(self) -> bool:
        """It was sent at least once without an answer that says what became of it."""
        return any(code == 0 or code >= 500 for code in self.codes)


class Journal:
    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()
        self._next = 0

    def intend(self, who: str, action: str, about: str) -> int:
        with self._lock:
            self._next += 1
            number = self._next
        self._write(n=number, who=who, action=action, about=about)
        return number

    def answered(self, number: int, code: int, location: str = "") -> None:
        self._write(n=number, code=code, location=location)

    def _write(self, **line: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": round(time.time(), 3), **line}) + "\n")


def read(path: Path) -> list[Deed]:
    """The deeds of the file, in the order in which they were meant."""
    deeds: dict[int, Deed] = {}
    for line in _lines(path):
        if "action" in line:
            deeds[line["n"]] = Deed(line["n"], line["who"], line["action"], line["about"])
        else:
            deeds[line["n"]].codes.append(line["code"])
            deeds[line["n"]].location = line["location"]
    return list(deeds.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        yield from map(json.loads, file)

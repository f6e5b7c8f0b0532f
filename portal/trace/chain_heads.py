"""Signed heads of the chain: a line of JSON each, in a file a day, outside the database and appended to only."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PURPOSE = b"blaenoriaeth audit head\n"  # so that a signature of this key on anything else is none on a head
FILES = "heads-*.jsonl"


class Unreadable(ValueError):
    """A line that is no head."""


@dataclass(frozen=True)
class Head:
    """At `at` the chain ended at `position` with `hash` (hexadecimal), and held so many `entries`.

    `former` is the SHA-256 of the line before, so that none can be taken out; `key` says whose `signature` it is.
    """

    number: int
    position: int
    hash: str
    entries: int
    at: datetime
    former: str
    key: str = ""
    signature: str = ""


def fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def sign_with(key: Ed25519PrivateKey, head: Head) -> Head:
    named = replace(head, at=head.at.astimezone(UTC), key=fingerprint(key.public_key()))
    return replace(named, signature=base64.b64encode(key.sign(_signed_bytes(named))).decode())


def is_signed(head: Head, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether one of these keys, by fingerprint, has signed it."""
    if head.key not in keys:
        return False
    try:
        keys[head.key].verify(base64.b64decode(head.signature, validate=True), _signed_bytes(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def as_line(head: Head) -> str:
    return json.dumps(asdict(head) | {"at": head.at.isoformat()}, sort_keys=True, separators=(",", ":"))


def read_line(line: str) -> Head:
    """Unreadable unless it is a head, and written as `as_line` writes it."""
    try:
        values = json.loads(line)
        head = Head(**(values | {"at": datetime.fromisoformat(values["at"])}))
        same = as_line(head) == line
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable(line[:80]) from error
    if not same:
        raise Unreadable(line[:80])
    return head


def _signed_bytes(head: Head) -> bytes:
    return PURPOSE + as_line(replace(head, signature="")).encode()


def append(folder: Path, head: Head, line: str) -> None:
    """Add the line to the file of the head's day, and see it on the disk."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"heads-{head.at.astimezone(UTC).date()}.jsonl"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def list_lines(place: Path) -> Iterator[str]:
    """The lines of a folder's files, or of one file, such as one into which mailed heads were copied."""
    for file in [place] if place.is_file() else sorted(place.glob(FILES)):
        yield from filter(None, file.read_text(encoding="utf-8", errors="replace").splitlines())


def last_number(folder: Path) -> int:
    """Of the newest head that the files hold; 0 where they hold none. A line that is cut short does not count."""
    newest = 0
    for line in list_lines(folder):
        try:
            newest = max(newest, read_line(line).number)
        except Unreadable:
            continue
    return newest

"""The file of a backup: a tar of `database.dump`, the files of PORTAL_HOME under `home/`, and at its end `manifest.json`.

The manifest holds the SHA-256 and the size of every other part, so a file that is cut short, changed or of another
program is known before anything is taken from it. The dump is compressed already; the tar is not.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Self

FORMAT = 1
WHAT = "Blaenoriaeth backup"
MANIFEST, DUMP, HOME = "manifest.json", "database.dump", "home/"
BLOCK = tarfile.BLOCKSIZE
AT_ONCE = 1024 * 1024  # bytes
MOST_MANIFEST = 1024 * 1024  # bytes

Tell = Callable[[int], object]  # told how many bytes have passed since it was told last


class Unusable(Exception):
    """The file cannot be used; the message is a sentence that says why."""


@dataclass(frozen=True)
class Part:
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `made`: when its snapshot was taken, ISO 8601 in UTC; `counts`: rows a table;
    `server` and `dumped_by`: major versions of PostgreSQL; `key_mark`: a mark by which its SECRET_KEY is known again."""

    made: str
    migration: str
    server: int
    dumped_by: int
    app_role: str
    key_mark: str
    counts: Mapping[str, int]
    parts: Mapping[str, Part] = field(default_factory=dict)
    what: str = WHAT
    format: int = FORMAT


class Writer:
    """Writes parts one after another. What is written stands beside the target and takes its name at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.parts: dict[str, Part] = {}

    def add_stream(self, name: str, source: IO[bytes], tell: Tell) -> None:
        """A part whose size is known only once it has been read: its header is written last."""
        start, size, sha = self._file.tell(), 0, hashlib.sha256()
        self._file.write(bytes(BLOCK))
        while chunk := source.read(AT_ONCE):
            self._file.write(chunk)
            sha.update(chunk)
            size += len(chunk)
            tell(len(chunk))
        end = self._pad(size)
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        self.parts[name] = Part(sha.hexdigest(), size)

    def add(self, name: str, content: bytes) -> None:
        self._file.write(_header(name, len(content)) + content)
        self._pad(len(content))
        self.parts[name] = Part(hashlib.sha256(content).hexdigest(), len(content))

    def close(self, manifest: Manifest) -> None:
        self.add(MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        self._file.write(bytes(2 * BLOCK))

    def _pad(self, size: int) -> int:
        self._file.write(bytes(-size % BLOCK))
        return self._file.tell()


def _header(name: str, size: int) -> bytes:
    """One block, whatever the size: GNU's format has room for any."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


@contextmanager
def write(target: Path) -> Iterator[Writer]:
    """The target is written anew and only when whole, readable by its owner alone; a file of that name is overwritten."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield Writer(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Reader:
    """A backup whose manifest has been read; `check` reads all the rest."""

    def __init__(self, path: Path) -> None:
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed with the reader
        except (OSError, tarfile.TarError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no tar file"
            raise Unusable(f"{path} is no backup of this portal: {reason or error}.") from None
        try:
            self._members = {one.name: one for one in self._tar.getmembers()}
            self.manifest = self._read_manifest(path)
        except (OSError, tarfile.TarError):
            self._tar.close()
            raise Unusable(f"{path} is damaged: it ends too early or cannot be read.") from None
        except Unusable:
            self._tar.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._tar.close()

    def _read_manifest(self, path: Path) -> Manifest:
        member = self._members.get(MANIFEST)
        if member is None or not member.isreg() or member.size > MOST_MANIFEST:
            raise Unusable(f"{path} is no whole backup of this portal: it has no manifest at its end.")
        try:
            said = json.loads(self._bytes(MANIFEST))
            if (said["what"], said["format"]) != (WHAT, FORMAT):
                raise Unusable(
                    f"{path} is a backup of another format ({said['format']}): use the newer portal."
                )
            return Manifest(
                **(said | {"parts": {name: Part(**part) for name, part in said["parts"].items()}})
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Unusable(
                f"{path} is no backup of this portal: its manifest cannot be understood."
            ) from None

    def check(self, tell: Tell) -> None:
        """Every part is there, as the manifest says, and nothing else; Unusable otherwise."""
        names = [name for name in self._tar.getnames() if name != MANIFEST]
        if sorted(names) != sorted(self.manifest.parts) or DUMP not in names:
            raise Unusable("The backup is damaged: its parts are not those of its manifest.")
        for name, part in self.manifest.parts.items():
            member = self._members[name]
            if not member.isreg() or not _is_safe(name):
                raise Unusable(f"The backup is damaged: {name!r} is no name that a backup gives.")
            sha = hashlib.sha256()
            for chunk in self.chunks(name):
                sha.update(chunk)
                tell(len(chunk))
            if (sha.hexdigest(), member.size) != (part.sha256, part.size):
                raise Unusable(f"The backup is damaged: {name} is not what was written.")

    def chunks(self, name: str) -> Iterator[bytes]:
        file = self._tar.extractfile(self._members[name]) or io.BytesIO()
        try:
            while chunk := file.read(AT_ONCE):
                yield chunk
        except (OSError, tarfile.TarError):
            raise Unusable(f"The backup is damaged: {name} cannot be read to its end.") from None

    def _bytes(self, name: str) -> bytes:
        return b"".join(self.chunks(name))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """(path below PORTAL_HOME, content), checked before."""
        for name in self.manifest.parts:
            if name.startswith(HOME):
                yield name.removeprefix(HOME), self._bytes(name)


def _is_safe(name: str) -> bool:
    """A backup from elsewhere must not write outside PORTAL_HOME."""
    path = Path(name)
    return name == DUMP or (name.startswith(HOME) and ".." not in path.parts and not path.is_absolute())

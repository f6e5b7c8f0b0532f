"""Has charts drawn by a process of its own (drawing/loop.py), and keeps what was drawn by what it was drawn from."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

from portal.turnaround.svg import clean

HERE = Path(__file__).parent
SECONDS = 30
KEPT_BYTES = 16_000_000
# Its own modules come last on the path: none of them may stand in for one of an installed package.
_COMMAND = "import sys; sys.path.append(sys.argv[1]); from drawing.loop import main; main()"


class CannotDraw(Exception):
    """No chart came of it; the text says why."""


class Draughtsman:
    """One helper, begun when first needed and again where it has ended. Threads take turns; a fork begins its own."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def draw(self, line: str) -> str:
        """What the helper makes of a line of JSON. Raises CannotDraw."""
        with self._turn:
            for _attempt in range(2):  # it may have ended of itself since it was last asked
                answer = self._ask(line)
                if answer is not None:
                    break
        if answer is None or "drawn" not in answer:
            raise CannotDraw("the helper ended" if answer is None else answer["problem"])
        return answer["drawn"]

    def _ask(self, line: str) -> dict[str, str] | None:
        into, out = self._pipes()
        try:
            into.write(f"{line}\n".encode())
            into.flush()
            answer = _read_line(out.fileno())
        except (BrokenPipeError, TimeoutError):
            answer = b""
        if not answer:
            self.end()
            return None
        found: dict[str, str] = json.loads(answer)
        return found

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        helper = self._running()
        if helper.stdin is None or helper.stdout is None:
            raise CannotDraw("the helper has no pipes")
        return helper.stdin, helper.stdout

    def _running(self) -> subprocess.Popen[bytes]:
        if self._helper is None or self._owner != os.getpid() or self._helper.poll() is not None:
            command = [sys.executable, "-I", "-c", _COMMAND, str(HERE)]
            self._helper = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._owner = os.getpid()
        return self._helper

    def end(self) -> None:
        """End the helper; the next drawing begins another."""
        if self._helper is not None and self._owner == os.getpid():
            self._helper.kill()
            self._helper.communicate()
        self._helper = None


def _read_line(source: int) -> bytes:
    """All up to the end of the line; nothing where the other side has ended. Raises TimeoutError."""
    read, until = b"", time.monotonic() + SECONDS
    while not read.endswith(b"\n"):
        if not select.select([source], [], [], max(0, until - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(source, 1 << 20)
        if not part:
            return b""
        read += part
    return read


class Kept:
    """What was drawn last, up to so many bytes in all."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self.most, self.size = most, 0
        self._items: OrderedDict[bytes, bytes] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        with self._turn:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: bytes, content: bytes) -> None:
        with self._turn:
            self.size += len(content) - len(self._items.pop(key, b""))
            self._items[key] = content
            while self.size > self.most:
                _oldest, dropped = self._items.popitem(last=False)
                self.size -= len(dropped)


draughtsman, kept = Draughtsman(), Kept()


def drawn(request: dict[str, Any]) -> bytes:
    """SVG for a page or PNG, from what is kept where the same was drawn before. Raises CannotDraw.

    `request` is what drawing/loop.py draws, with format and narrow, and the title, alternative and name of svg.py.
    """
    line = json.dumps(request, ensure_ascii=False, sort_keys=True)
    key = hashlib.sha256(line.encode()).digest()
    content = kept.get(key)
    if content is None:
        answer = draughtsman.draw(line)
        words = request["title"], request["alternative"], request["name"]
        content = base64.b64decode(answer) if request["format"] == "png" else clean(answer, *words).encode()
        kept.put(key, content)
    return content

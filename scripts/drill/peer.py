"""A mail server of its own: `python -m scripts.drill.peer PORT FILE` notes the Message-ID of each email before it takes it."""

from __future__ import annotations

import os
import signal
import sys
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Notebook:
    """One line of the file an email, written through to the disk before the server says that it has it."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        os.write(self._file, f"{message_from_bytes(content)['Message-ID']}\n".encode())
        os.fsync(self._file)
        return "250 OK"


def main() -> None:
    controller = Controller(Notebook(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()

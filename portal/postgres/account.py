"""Whom the server runs as. PostgreSQL refuses root, and a user without an entry in the user list."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .programs import PostgresUnavailable

REACH = 'cd "$0" && cd "$1" && exec ./postgres --version'


@dataclass(frozen=True)
class Account:
    """A way to run programs; `uid` and `gid` are None where they stay what they are."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], output: int = subprocess.PIPE, keep: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Without a terminal, in a session of its own, with none of our environment (it holds secrets);
        standard output and error go to `output`, the file descriptors of `keep` are handed down."""
        return subprocess.run(  # noqa: S603
            [*self.prefix, *command],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else (),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=keep,
        )

    def take(self, folder: Path) -> None:
        """Make this account the owner of the folder and of all in it."""
        if self.uid is None or self.gid is None or folder.stat().st_uid == self.uid:
            return
        for parent, _, files in os.walk(folder, topdown=False):
            for path in (*(os.path.join(parent, name) for name in files), parent):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def find_account(folder: Path, programs: Path) -> Account:
    """Who may run the server on the data in `folder`: the first that reaches folder and programs."""
    for account in _candidates(folder):
        if account.run(["/bin/sh", "-c", REACH, folder.parent, programs]).returncode == 0:
            return account
    raise PostgresUnavailable(
        f"PostgreSQL does not run as user {os.geteuid()}, and no other account reaches both"
        f" {folder.parent} and {programs}. Run as an ordinary user, or allow “unshare --user” (package"
        " util-linux), or keep PORTAL_HOME and the programs (PORTAL_POSTGRES_BIN) in folders open to the"
        " account “nobody”, or set DATABASE_URL."
    )


def _candidates(folder: Path) -> Iterator[Account]:
    """Best first. The owner of `folder`, if it is an ordinary user, is the only one."""
    me, owners = os.geteuid(), [path.stat().st_uid for path in (folder, *folder.parents)]
    known = {entry.pw_uid: entry for entry in pwd.getpwall()}
    if me != 0 and _is_listed(me):
        yield Account()
        return
    if me == 0 and owners[0] != 0:
        yield Account(uid=owners[0], gid=folder.stat().st_gid)
        return
    unshare, others = shutil.which("unshare"), [known[uid] for uid in sorted(known) if uid != 0]
    if unshare and others:  # the same files and rights, under another number
        mapped = (f"--map-user={others[0].pw_uid}", f"--map-group={others[0].pw_gid}")
        yield Account(prefix=(unshare, "--user", *mapped, "--"))
    if me == 0:
        folder.parent.chmod(0o711)  # others may pass through, not look in
        named = {entry.pw_name: entry for entry in others}
        nearest = [known[uid] for uid in owners if uid != 0 and uid in known][:1]
        for entry in (*nearest, *(named[name] for name in ("postgres", "nobody") if name in named)):
            yield Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _is_listed(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False

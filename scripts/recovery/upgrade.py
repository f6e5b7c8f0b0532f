"""The release before serves visitors while this one migrates its database. `make drill-upgrade`.

Prints how many answers were errors, and how long anybody waited. The code of the release before comes from git: the
commit before the first migration after `schema.RELEASED`. Migrations of each lawful kind are added to this release's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portal import schema
from scripts.recovery.portal_processes import ROOT, Processes, copy_built
from scripts.recovery.server import DrillFailed, Server
from scripts.recovery.traffic import Answer, Traffic

LONGEST = 2.0  # seconds that a visitor may wait
ERROR = 500
MIGRATION = '''"""Planted by a drill."""

from alembic import op

revision, down_revision = "{revision}", "{before}"
branch_labels = depends_on = None


def upgrade() -> None:
    with {around}:
        for statement in {statements!r}:
            op.execute(statement)
'''


@dataclass(frozen=True)
class Planted:
    """`alone`: not within a transaction."""

    statements: Sequence[str]
    alone: bool = False


LAWFUL = (
    Planted(
        (
            "ALTER TABLE referral ADD planted text NOT NULL DEFAULT ''",
            "ALTER TABLE message ADD planted_on date",
            "ALTER TABLE referral ADD CONSTRAINT ck_referral_planted CHECK (length(planted) < 100) NOT VALID",
        )
    ),
    Planted(("ALTER TABLE referral VALIDATE CONSTRAINT ck_referral_planted",)),
    Planted(
        (
            "DROP INDEX CONCURRENTLY IF EXISTS ix_event_planted",
            "CREATE INDEX CONCURRENTLY ix_event_planted ON event (kind, referral_id)",
        ),
        alone=True,
    ),
)


@dataclass(frozen=True)
class Outcome:
    """`migrating`: the answers given between the first and the last statement of the migrations, and around them."""

    answers: Sequence[Answer]
    migrating: Sequence[Answer]
    seconds: float

    @property
    def errors(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status >= ERROR or answer.status == 0]

    @property
    def longest(self) -> float:
        return max((answer.seconds for answer in self.migrating), default=0.0)


def plant(folder: Path, planted: Sequence[Planted] = LAWFUL) -> Path:
    """A copy of the migrations in `folder`, with these added after the newest."""
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = schema.newest()
    for number, one in enumerate(planted, 9001):
        text = MIGRATION.format(
            revision=number,
            before=before,
            around="op.get_context().autocommit_block()"
            if one.alone
            else "op.get_context().begin_transaction()",
            statements=tuple(one.statements),
        )
        (folder / "versions" / f"{number}_planted.py").write_text(text)
        before = str(number)
    return folder


def released_code(folder: Path) -> Path:
    """The release before, in `folder`; DrillFailed where the history of the code is not at hand."""
    later = sorted(
        path for path in (schema.MIGRATIONS / "versions").glob("0*.py") if path.name[:4] > schema.RELEASED
    )
    commit = "HEAD"
    if later:
        added = _git("log", "--diff-filter=A", "--format=%H", "--", str(later[0].relative_to(ROOT))).split()
        commit = f"{added[-1]}^" if added else "HEAD"
    folder.mkdir()
    code = _git_bytes("archive", "--format=tar", commit)
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=code, check=True)  # noqa: S603, S607
    copy_built(folder)
    return folder


def _git(*arguments: str) -> str:
    return _git_bytes(*arguments).decode()


def _git_bytes(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)  # noqa: S603, S607
    except FileNotFoundError:
        raise DrillFailed("git is not installed.") from None
    if done.returncode != 0:
        raise DrillFailed(f"git {arguments[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout


def drill(folder: Path, *, referrals: int, messages: int) -> Outcome:
    """Migrate under the traffic of the release before; so many messages before and after."""
    server = Server(folder / "1")
    old = Processes(server, folder / "home", released_code(folder / "released"))
    new = Processes(server, folder / "home")
    try:
        server.create({})
        old.run("init")
        old.run("demo", "--referrals", str(referrals))
        with old.served() as address, Traffic(address) as traffic:
            traffic.wait_for(messages)
            begun = time.time()
            new.run("init")
            schema.upgrade(server.url("portal_owner"), "portal_app", migrations=plant(folder / "migrations"))
            seconds = time.time() - begun
            traffic.wait_for(messages)
    finally:
        server.stop()
    migrating = [one for one in traffic.answers if begun <= one.at <= begun + seconds + LONGEST]
    return Outcome(traffic.answers, migrating, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--referrals", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=100)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drill") as place:
        try:
            done = drill(Path(place), referrals=wanted.referrals, messages=wanted.messages)
        except DrillFailed as error:
            print(f"upgrade: {error}", file=sys.stderr)
            return 1
    print(
        f"Migrated from {schema.RELEASED} to {schema.newest()} and {len(LAWFUL)} planted in {done.seconds:.1f} s with"
        f" {wanted.referrals} referrals: {len(done.errors)} errors in {len(done.answers)} answers; longest wait"
        f" meanwhile {done.longest:.2f} s of {len(done.migrating)} answers (at most {LONGEST:.0f} s)"
    )
    for answer in done.errors[:10]:
        print(answer)
    return 1 if done.errors or done.longest > LONGEST else 0


if __name__ == "__main__":
    sys.exit(main())

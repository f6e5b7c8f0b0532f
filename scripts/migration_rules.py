"""What a migration may not do to a table that is in use: squawk's rules, and those of this house that squawk lacks.

Why: docs/decisions/0031-backup-and-upgrade.md. A rule is set aside for one statement by a comment within it that says
why: `-- allowed: ban-drop-column, nothing reads it since 0029`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Timeouts are set for all migrations (migrations/env.py); each runs in a transaction, so it need not bear a second run;
# keys of small tables are int here.
EXCLUDED = (
    "require-lock-timeout",
    "require-statement-timeout",
    "prefer-robust-stmts",
    "prefer-bigint-over-int",
)
SERVER = "15"  # the oldest that is supported
ALLOWED = re.compile(r"--\s*allowed:\s*([\w-]+)")
CREATED = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(?:public\.)?(\w+)", re.IGNORECASE)
BUILDS = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
CLEARS = re.compile(r"DROP INDEX CONCURRENTLY IF EXISTS (\w+)", re.IGNORECASE)
CHANGES = re.compile(
    r"(?:^|[;)]\s*|\n\s*)(?:UPDATE(?: ONLY)?|DELETE FROM(?: ONLY)?) (?:public\.)?(\w+)", re.IGNORECASE
)
WAITS = re.compile(
    r"(?:^|;\s*)(LOCK TABLE|LOCK |VACUUM|CLUSTER|REINDEX (?!\(?.*CONCURRENTLY)|TRUNCATE|"
    r"REFRESH MATERIALIZED VIEW (?!CONCURRENTLY))",
    re.IGNORECASE,
)
BODIES = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)
COMMENTS = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Statement:
    """`alone`: not within a transaction (Alembic's `autocommit_block`)."""

    sql: str
    alone: bool = False


@dataclass(frozen=True)
class Fault:
    rule: str
    why: str
    sql: str


def find_faults(statements: Sequence[Statement]) -> list[Fault]:
    """In the order of the statements of one migration, without those that a comment allows."""
    found = [*_by_squawk(statements), *_by_house(statements)]
    return [fault for fault in found if fault.rule not in ALLOWED.findall(fault.sql)]


def _by_squawk(statements: Sequence[Statement]) -> Iterator[Fault]:
    text, starts = _as_file(statements)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        command = [str(Path(sys.executable).parent / "squawk"), "--reporter", "json", "--pg-version", SERVER]
        command += [part for rule in EXCLUDED for part in ("--exclude", rule)]
        done = subprocess.run([*command, file.name], capture_output=True, text=True)  # noqa: S603
    for said in json.loads(done.stdout or "[]"):
        number = max(index for index, start in enumerate(starts) if start <= said["line"])
        yield Fault(said["rule_name"], said["message"], statements[number].sql)


def _as_file(statements: Sequence[Statement]) -> tuple[str, list[int]]:
    """One file, and the line, from 0, on which each statement begins. Transactions are written out."""
    lines, starts, within = list[str](), list[int](), False
    for statement in statements:
        if statement.alone is within:
            lines.append("COMMIT;" if within else "BEGIN;")
            within = not within
        starts.append(len(lines))
        lines += [*COMMENTS.sub("", statement.sql).rstrip().rstrip(";").splitlines(), ";"]
    return "\n".join([*lines, "COMMIT;" if within else ""]), [0, *starts[1:]]


def _by_house(statements: Sequence[Statement]) -> Iterator[Fault]:
    new = {name.lower() for one in statements for name in CREATED.findall(one.sql)}
    cleared: set[str] = set()
    apart = {one.alone for one in statements}
    for one in statements:
        if one.alone and len(apart) > 1:
            yield Fault("apart-from-the-rest", "If this fails, what the migration did before stays, and would fail when it"
                        " is run again: give it a migration of its own.", one.sql)  # fmt: skip
        text = COMMENTS.sub("", BODIES.sub("''", one.sql))
        cleared |= {name.lower() for name in CLEARS.findall(text)}
        for name in BUILDS.findall(text):
            if name.lower() not in cleared:
                yield Fault("clear-before-building", "A build that was broken off leaves an index that is not valid: DROP"
                            f" INDEX CONCURRENTLY IF EXISTS {name} first.", one.sql)  # fmt: skip
        for table in CHANGES.findall(text):
            if table.lower() not in new:
                yield Fault("no-change-of-all-rows", f"{table} is in use, and every row that is changed stays locked until"
                            " the migration ends: let the worker change them in small steps.", one.sql)  # fmt: skip
        for word in WAITS.findall(text):
            yield Fault(
                "no-long-lock", f"{word.strip()} keeps everybody else away for as long as it lasts.", one.sql
            )

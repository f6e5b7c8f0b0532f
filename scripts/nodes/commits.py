"""What it costs to wait for a standby: milliseconds a commit, of four clients at once, for each way of waiting."""

from __future__ import annotations

import re

from scripts.nodes.database import Server

WAYS = (  # synchronous_standby_names, synchronous_commit, what an acknowledged commit then outlives
    ("", "on", "the primary’s restart"),
    ("ANY 1 (db_b)", "remote_write", "the loss of the primary, unless the standby’s machine stops as well"),
    ("ANY 1 (db_b)", "on", "the loss of either machine"),
    ("ANY 1 (db_b)", "remote_apply", "the same; the standby shows it at once"),
)


def measure(primary: Server) -> list[str]:
    """A line for each way, of rows like those of the access log. The network between the machines has no length here."""
    primary.psql("CREATE TABLE drill_commit (words text)")
    script = primary.home / "commit.sql"
    script.write_text("INSERT INTO drill_commit VALUES (repeat('x', 300));\n")
    script.chmod(0o644)
    lines = []
    for names, way, outlives in WAYS:
        primary.acknowledge_only_with(names)
        primary.psql(f"ALTER ROLE postgres SET synchronous_commit = {way}")
        told = primary.run(
            primary.bin / "pgbench", "-n", "-f", script, "-c", "4", "-T", "3", "-h", primary.home, "-U", "postgres",
            "postgres",
        )  # fmt: skip
        found = re.search(r"latency average = ([0-9.]+) ms", told)
        lines.append(
            f"{'with a standby, ' + way if names else 'without a standby':32}{found[1] if found else '?':>8} ms  {outlives}"
        )
    primary.psql("ALTER ROLE postgres RESET synchronous_commit; DROP TABLE drill_commit")
    return lines

"""Which rows are one person, and which of them leads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Ids = tuple[int, int]


def groups(rows: Iterable[int], joined: Iterable[Ids]) -> list[list[int]]:
    """The rows, put together along the joined pairs; each group in order of ids."""
    root = {row: row for row in rows}

    def top(row: int) -> int:
        while root[row] != row:
            root[row] = row = root[root[row]]
        return row

    for one, other in joined:
        first, second = sorted((top(one), top(other)))
        root[second] = first
    together: dict[int, list[int]] = {}
    for row in sorted(root):
        together.setdefault(top(row), []).append(row)
    return list(together.values())


def leader(rows: Iterable[int], leads: Mapping[int, int], referred: Collection[int]) -> int:
    """Who leads already, before who has referrals, before the oldest row. `leads`: who leads each row now."""
    here = set(rows)
    leading = {leads[row] for row in here if leads[row] != row} & here
    return min(here, key=lambda row: (row not in leading, row not in referred, row))

"""How well the records of one person are paired, on fictional people whose truth is known, and how fast.

`make bench-pairing`. The weights were settled on seeds 1 to 3; other seeds say how well they do. See
docs/decisions/0019-pairing.md.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.fictional_extracts import KNOWN, STRANGE, two_extracts
from portal.register.pairing import Card, find_pairs, settle

MEGABYTE = 1024  # ru_maxrss counts in kilobytes


class Measured(NamedTuple):
    """Of the pairs that are one person: `true`. `asked_true` and `joined_true` are among the asked and the joined."""

    true: int
    joined: int
    joined_true: int
    asked: int
    asked_true: int

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Precision of joins; recall with the asked; without; the asked over the true pairs."""
        found = self.joined_true + self.asked_true
        return (
            self.joined_true / self.joined,
            found / self.true,
            self.joined_true / self.true,
            self.asked / self.true,
        )


def measure(cards: list[Card], truth: set[tuple[int, int]]) -> Measured:
    settled = settle(find_pairs(cards, []), {card.id: card.source for card in cards}, set(), set())
    joined, asked = settled.joined, settled.asked
    return Measured(len(truth), len(joined), len(joined & truth), len(asked), len(asked & truth))


def show(name: str, measured: Measured) -> None:
    cells = "".join(f"{share:>11.2%}" for share in measured.shares)
    print(f"{name:44}{measured.true:>8,}{cells}", flush=True)


def show_quality(people: int, seeds: list[int]) -> None:
    print(f"{'':44}{'true':>8}{'precision':>11}{'recall':>11}{'joined':>11}{'asked':>11}")
    for kind in (KNOWN, STRANGE):
        for strength in (1, 2):
            for seed in seeds:
                name = f"{people:,} people, {kind} errors × {strength}, seed {seed}"
                show(name, measure(*two_extracts(people, seed, strength, kind)))


def show_speed(new: int, old: int, seed: int) -> None:
    cards, _ = two_extracts((new + old) * 10 // 17 + 1000, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    start = time.process_time()
    pairs = find_pairs(cards[:new], cards[new : new + old])
    found = time.process_time()
    settle(pairs, {card.id: card.source for card in cards}, set(), set())
    print(
        f"\n{new:,} new cards against {old:,}: {len(pairs):,} pairs in {found - start:.1f} s, settled in "
        f"{time.process_time() - found:.1f} s; {before:.0f} MB with the cards alone, at most "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE:.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--new", type=int, default=20_000)
    parser.add_argument("--old", type=int, default=200_000)
    chosen = parser.parse_args()
    show_speed(chosen.new, chosen.old, chosen.seeds[0])
    show_quality(chosen.people, chosen.seeds)


if __name__ == "__main__":
    main()

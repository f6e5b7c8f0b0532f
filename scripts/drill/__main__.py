"""`make drill`: kill web workers, web server, worker and database again and again while clients work; nothing may be lost.

Exit 1 on any fault. `--plant KIND` plants one after the drill, which must make it fail.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

from scripts.drill.kills import KINDS, draw
from scripts.drill.planting import KINDS as PLANTS
from scripts.drill.running import BOUND, Outcome, count_up, drill, people_for
from scripts.drill.stand import Stand


def main() -> int:
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--referrals", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20260301)
    parser.add_argument("--plant", choices=PLANTS, default="")
    parser.add_argument(
        "--home", type=Path, help="an empty folder that is kept; without it a new one that goes"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        home = given.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        with Stand(home, people_for(given.referrals)) as stand:
            order = draw(given.kills, given.seed)
            outcome = drill(
                stand, referrals=given.referrals, order=order, clients=given.clients, seed=given.seed
            )
            if given.plant:
                with stand.connect() as connection:
                    outcome.found = count_up(connection, outcome, given.plant)
            verified = verify(stand, outcome)
    report(outcome, given.seed, verified)
    return 1 if outcome.faults or len(outcome.found) else 0


def verify(stand: Stand, outcome: Outcome) -> str:
    try:
        return stand.flask("verify").splitlines()[-1]
    except RuntimeError as fault:
        outcome.faults.append(f"verify: {fault}")
        return "failed"


def report(outcome: Outcome, seed: int, verified: str) -> None:
    codes = Counter(code for deed in outcome.deeds for code in deed.codes)
    done = sum(deed.acknowledged for deed in outcome.deeds)
    print(
        f"\nSeed {seed}: {outcome.sent} referrals, {len(outcome.kills)} kills, {outcome.seconds / 60:.1f} minutes"
    )
    print(f"{'killed':14}{'times':>6}{'median s':>10}{'longest s':>11}")
    for kind in KINDS:
        times = [kill.longest for kill in outcome.kills if kill.kind == kind]
        if times:
            print(f"{kind:14}{len(times):>6}{statistics.median(times):>10.1f}{max(times):>11.1f}")
    print(
        f"(until a page is shown, and where it was stopped the worker has done something; at most {BOUND:.0f})"
    )
    again = sum(deed.was_lost and deed.acknowledged for deed in outcome.deeds)
    print(
        f"acts acknowledged {done} of {len(outcome.deeds)}, sent again after a lost answer {again}; {dict(codes)}"
    )
    copies = len(outcome.arrived) - len(set(outcome.arrived))
    print(
        f"emails arrived {len(set(outcome.arrived))}, once more after one of {outcome.crashes} crashes {copies}"
    )
    print(
        f"lost {len(outcome.found.lost)}, half-done {len(outcome.found.half)}, doubled {len(outcome.found.doubled)}"
    )
    print(f"verify: {verified}")
    for fault in [*outcome.faults, *outcome.found.lost, *outcome.found.half, *outcome.found.doubled][:40]:
        print(f"FAULT {fault}")


if __name__ == "__main__":
    sys.exit(main())

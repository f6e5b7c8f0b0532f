"""How long two extracts take from file to register, each given twice, with the memory of the whole command.

`make bench-extracts`. The people and their clerks' errors are those of benchmarks/pairing.py.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.fictional_extracts import two_extracts  # noqa: E402
from portal.agencies.reference_data import AREAS_FILE  # noqa: E402
from portal.register.cards import Card  # noqa: E402
from portal.register.columns import COLUMNS  # noqa: E402

OF_BOTH = 0.85  # of the people, so many are in each of the extracts
COHORTS = ("fixed", "flex", "free", "")
NEEDS = ("housing", "substance_misuse;mental_health", "", "housing;finance;employment")


def write(file: Path, source: str, cards: list[Card]) -> int:
    with AREAS_FILE.open(encoding="utf-8", newline="") as opened:
        places = list(csv.DictReader(opened))
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS[source])
        writer.writeheader()
        number = 0
        for number, card in enumerate((card for card in cards if card.source == source), 1):
            writer.writerow(row(number, card, source, places[(card.local_authority_id or 0) % len(places)]))
    return number


def row(number: int, card: Card, source: str, place: dict[str, str]) -> dict[str, str | None]:
    cohort = COHORTS[number % 4]
    said = {
        "crn": card.crn or f"X{number:06}",
        "niche_ref": card.niche_ref or f"N{number}",
        "pnc_id": card.pnc_id,
        "noms_number": card.noms_number,
        "surname": card.surname,
        "forenames": card.forenames,
        "date_of_birth": card.born.isoformat() if card.born else "",
        "sex": card.sex,
        "language": "Welsh" if number % 8 == 0 else "English",
        "area": place["police_force_en"],
        "local_authority": place["local_authority_en"],
        "cohort": cohort,
        "cohort_from": f"2026-0{number % 9 + 1}-15" if cohort else "",
        "wisdom": "yes" if cohort == "free" and number % 3 == 0 else "no",
        "y2a": "no",
        "mappa": "no",
        "needs": NEEDS[number % 4],
    }
    return {column: said.get(column) for column in COLUMNS[source]}


def run(home: Path, *arguments: str) -> str:
    """The command's last line, with what it took."""
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=os.environ | {"PORTAL_HOME": str(home), "PORTAL_DEMO": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"{time.monotonic() - started:7.1f} s  {most:5} MB at most so far  {done.stdout.splitlines()[-1]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="of each extract, about")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    cards, _truth = two_extracts(int(asked.rows / OF_BOTH), asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        run(home, "init")
        files = {source: Path(folder) / f"{source}.csv" for source in COLUMNS}
        for source, file in files.items():
            print(f"{source}: {write(file, source, cards):,} rows")
        for time_round in ("first", "second"):
            for source, file in files.items():
                print(
                    f"{time_round:6} {source:6} {run(home, 'import-people', '--source', source, str(file))}",
                    flush=True,
                )


if __name__ == "__main__":
    main()

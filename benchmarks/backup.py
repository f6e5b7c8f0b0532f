"""How long a backup and its restore take, and how large the file is: `make bench-backup`. Leaves nothing behind."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLASK = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi"]


def run(home: Path, *arguments: str) -> float:
    """Seconds."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
    started = time.perf_counter()
    subprocess.run(  # noqa: S603
        [*FLASK, *arguments],
        cwd=ROOT,
        env=kept | {"PORTAL_HOME": str(home)},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def measure(referrals: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        old, new, file = Path(place, "old"), Path(place, "new"), Path(place, "portal.tar")
        run(old, "init")
        run(old, "demo", "--referrals", str(referrals))
        backed_up = run(old, "backup", str(file))
        restored = run(new, "restore", str(file))
        size = file.stat().st_size / 1e6
    print(
        f"{referrals:,} referrals: backup {backed_up:.0f} s, {size:,.1f} MB; restore with verify {restored:.0f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--referrals", type=int, nargs="+", default=[2_000, 1_000_000])
    for referrals in parser.parse_args().referrals:
        measure(referrals)


if __name__ == "__main__":
    main()

"""Lock files carry hashes and no registry's address, so that they install from whatever mirror a machine uses."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDRESS = re.compile(r"https?://|\bregistry\.|index-url")


def faults() -> list[str]:
    found = []
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        pinned = len(re.findall(r"^[A-Za-z0-9_.\[\]-]+==", text, re.M))
        hashed = len(re.findall(r"^[A-Za-z0-9_.\[\]-]+==[^\n]*\\\n\s+--hash=", text, re.M))
        if pinned == 0 or pinned != hashed:
            found.append(f"{path.name}: {pinned - hashed} of {pinned} packages have no hash")
        if ADDRESS.search(text):
            found.append(f"{path.name} names a registry")
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        if name and "integrity" not in package:
            found.append(f"package-lock.json: {name} has no hash")
        if "resolved" in package:
            found.append(f"package-lock.json: {name} names a registry")
    return found


if __name__ == "__main__":
    problems = faults()
    for problem in problems:
        print(f"locks: {problem}")
    sys.exit(1 if problems else 0)

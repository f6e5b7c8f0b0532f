"""Where the built style sheet, scripts and images are; scripts/assets.py builds them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

BUILD = Path(__file__).parent / "static" / "build"


@cache
def load_manifest() -> dict[str, str]:
    """Name to file name, which carries a hash of the content; read once, when first needed."""
    path = BUILD / "manifest.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make setup` (or scripts/assets.py)")
    files: dict[str, str] = json.loads(path.read_text())["files"]
    return files


def asset_url(name: str) -> str:
    """The address of an asset, as asset_url("portal.css"); it may be kept for ever."""
    return f"/static/build/{load_manifest()[name]}"

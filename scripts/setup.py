"""Set-up, by the system's Python alone: the virtual environment, the assets and the translations. Safe to repeat."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
OLDEST = (3, 11)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="install what the tests and checks need as well")
    wanted = parser.parse_args()
    os.chdir(ROOT)
    make_venv()
    install("dev" if wanted.tests else "app")
    run("compiling", [BIN / "python", "-m", "compileall", "-q", "portal", "config.py", "wsgi.py"])
    run("assets", [BIN / "python", "scripts/assets.py"])
    run("translations", [BIN / "python", "scripts/catalogue.py", "compile"])
    if wanted.tests:
        find_browser()


def say(words: str) -> None:
    print(f"set-up: {words}", flush=True)


def fail(words: str) -> None:
    sys.exit(f"set-up: {words}")


def run(what: str, command: list[str | Path]) -> None:
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603
        fail(f"{what} failed: see the lines above.")


def make_venv() -> None:
    if (BIN / "python").exists():
        return
    python = suitable_python()
    say(f"making {VENV.name} with {python}")
    made = subprocess.run([python, "-m", "venv", str(VENV)], check=False)  # noqa: S603
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        fail("Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv")


def suitable_python() -> str:
    """The Python that runs this, or a newer one of the system's; the portal needs 3.11."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(14, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    fail("Python 3.11 or newer is needed. On Debian 12 or Ubuntu 24.04: apt-get install python3 python3-venv")
    raise AssertionError


def install(lock: str) -> None:
    """Install a lock file with its hashes, unless it is what was installed last; the tests' holds the app's."""
    path = ROOT / "requirements" / f"{lock}.txt"
    if is_installed(lock) or (lock == "app" and is_installed("dev")):
        return
    say(f"installing {path.name} (a minute or so, the first time)")
    pip: list[str | Path] = [
        BIN / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
    ]
    run("installing", [*pip, "--require-hashes", "-r", str(path)])
    # Once, on all cores: who starts the portal may not be allowed to write there, and would compile at every start.
    # A library may hold files for another Python, which do not compile: nobody imports them.
    subprocess.run([BIN / "python", "-m", "compileall", "-qq", "-j", "0", VENV / "lib"], check=False)  # noqa: S603
    (VENV / f"{lock}.installed").write_text(digest(lock))


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()


def is_installed(lock: str) -> bool:
    stamp = VENV / f"{lock}.installed"
    return stamp.exists() and stamp.read_text() == digest(lock)


def find_browser() -> None:
    if any(map(shutil.which, CHROMIUM)):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium for the browser tests")
        subprocess.run(["apt-get", "update", "-qq"], check=False)  # noqa: S607
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)  # noqa: S607
    if not any(map(shutil.which, CHROMIUM)):
        fail("the browser tests need Chromium. On Debian: apt-get install chromium")


if __name__ == "__main__":
    main()

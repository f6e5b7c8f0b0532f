"""Machines of a drill: network namespaces on a bridge that stands in one of them. Nothing of this machine's own network
is touched, and nothing reaches out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

NETWORK = "10.77.0."
MACHINES = {
    "proxy": 2,
    "web_a": 11,
    "web_b": 12,
    "db_a": 21,
    "db_b": 22,
}  # name to the last part of its address
BRIDGE = "portal0"
HOSTS = Path("/etc/netns")  # what `ip netns exec` lays over /etc, for each namespace


def why_not() -> str | None:
    """Why no namespaces can be made here."""
    if os.geteuid() != 0:
        return "it makes network namespaces, which needs root"
    missing = [name for name in ("ip", "nginx", "openssl", "setpriv", "sysctl") if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} missing. On Debian: apt-get install iproute2 nginx-light openssl procps util-linux"
    tried = subprocess.run(["ip", "netns", "add", namespace("try")], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", namespace("try")], capture_output=True)
    return f"namespaces cannot be made here: {tried.stderr.strip()}" if tried.returncode else None


def namespace(machine: str) -> str:
    return f"portal-{machine}"


def address(machine: str) -> str:
    return f"{NETWORK}{MACHINES[machine]}"


def name(machine: str) -> str:
    """By which others call it; certificates are made out to it."""
    return "portal.example" if machine == "proxy" else f"{machine.replace('_', '-')}.portal.example"


def make() -> None:
    hub = namespace("proxy")
    names = "".join(f"{address(machine)} {name(machine)}\n" for machine in MACHINES)
    for machine in MACHINES:
        _ip("netns", "add", namespace(machine))
        on(machine, "ip", "link", "set", "lo", "up")
        folder = HOSTS / namespace(machine)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{names}")
    on("proxy", "ip", "link", "add", BRIDGE, "type", "bridge")
    on("proxy", "ip", "addr", "add", f"{address('proxy')}/24", "dev", BRIDGE)
    on("proxy", "ip", "link", "set", BRIDGE, "up")
    for machine in [each for each in MACHINES if each != "proxy"]:
        _ip("-n", hub, "link", "add", machine, "type", "veth", "peer", "eth0", "netns", namespace(machine))
        on("proxy", "ip", "link", "set", machine, "master", BRIDGE, "up")
        on(machine, "ip", "addr", "add", f"{address(machine)}/24", "dev", "eth0")
        on(machine, "ip", "link", "set", "eth0", "up")


def remove() -> None:
    """Ends what still runs in them, by its number; safe to repeat."""
    for machine in MACHINES:
        found = subprocess.run(["ip", "netns", "pids", namespace(machine)], capture_output=True, text=True)
        for pid in found.stdout.split():
            if int(pid) != os.getpid():
                subprocess.run(["kill", "-KILL", pid], capture_output=True)
        subprocess.run(["ip", "netns", "del", namespace(machine)], capture_output=True)
        shutil.rmtree(HOSTS / namespace(machine), ignore_errors=True)
    if HOSTS.is_dir() and not any(HOSTS.iterdir()):
        HOSTS.rmdir()


def cut(machine: str) -> None:
    """Silently: what is sent to it or by it is lost, and nobody is told."""
    on("proxy", "ip", "link", "set", machine, "nomaster")


def join(machine: str) -> None:
    on("proxy", "ip", "link", "set", machine, "master", BRIDGE)


def within(machine: str, *command: str | Path) -> list[str]:
    """The command as it runs on that machine."""
    return ["ip", "netns", "exec", namespace(machine), *map(str, command)]


def on(machine: str, *command: str | Path, **how: Any) -> str:
    """Run it there; its output."""
    usual: dict[str, Any] = {
        "check": True,
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    try:
        done = subprocess.run(within(machine, *command), **usual | how)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(
            f"{machine}: {' '.join(map(str, command))}: {error.stderr or error.stdout}"
        ) from error
    return str(done.stdout or "")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")

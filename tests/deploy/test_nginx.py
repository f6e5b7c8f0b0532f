"""The site of deploy/nginx: its limits are the portal's, its log tells no address, and a form is sent to one node only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from portal.i18n import LANGUAGES
from portal.register import extract_views
from portal.register.columns import layout
from portal.turnaround.history_views import LAYOUT

ROOT = Path(__file__).parent.parent.parent
SITE = (ROOT / "deploy" / "nginx" / "blaenoriaeth.conf").read_text()
BARE = re.sub(r"#.*", "", SITE)
UNITS = {"k": 1024, "m": 1024 * 1024}


def said(name: str, where: str = BARE) -> list[str]:
    return re.findall(rf"^\s*{name} ([^;]+);", where, re.M)


def size(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]]


def location(address: str) -> str:
    return BARE.partition(f"location = {address} {{")[2].partition("}")[0]


def test_a_little_more_is_let_through_than_the_portal_takes(app: Flask) -> None:
    """So that its own page says what is too large, and nothing larger reaches it."""
    takes = {
        None: app.config["MAX_CONTENT_LENGTH"],
        extract_views.HOME: layout("delius").most_bytes + extract_views.MOST_OF_A_MAP + 100_000,
        "/turnaround/history": LAYOUT.most_bytes + 100_000,
    }
    for address, most in takes.items():
        where = location(address) if address else BARE
        assert most < size(said("client_max_body_size", where)[0]) < 1.1 * most
        assert said("client_body_buffer_size", where)[0] == said("client_max_body_size", where)[0]


def test_waits_fit_those_of_gunicorn() -> None:
    settings: dict[str, Any] = {}
    exec((ROOT / "gunicorn.conf.py").read_text(), settings)  # noqa: S102
    upstream = BARE.partition("upstream portal")[2].partition("}")[0]
    assert int(said("keepalive_timeout", upstream)[0].rstrip("s")) < settings["keepalive"]
    assert int(said("proxy_read_timeout")[0].rstrip("s")) > settings["timeout"]
    assert size(said("large_client_header_buffers")[0].split()[1]) >= settings["limit_request_field_size"]


def test_static_files_have_the_headers_that_the_portal_gives_them(app: Flask) -> None:
    given = app.test_client().get("/static/icon.svg").headers
    where = BARE.partition("location /static/ {")[2].partition("}")[0]
    for line in said("add_header", where):
        name, _space, value = line.partition(" ")
        assert given[name] == value.removesuffix(" always").strip('"'), name


def test_only_what_cannot_have_been_done_is_asked_again() -> None:
    assert said("proxy_next_upstream") == ["error timeout"]
    assert "non_idempotent" not in BARE


def test_hsts_is_left_to_the_portal_and_what_others_forward_is_not_passed_on() -> None:
    assert "Strict-Transport-Security" not in BARE
    passed = dict(line.split(" ", 1) for line in said("proxy_set_header"))
    assert passed["X-Forwarded-For"] == "$remote_addr"
    assert passed["X-Forwarded-Host"] == passed["Forwarded"] == '""'


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_node_answers_the_words_are_the_portals_own(app: Flask, language: str) -> None:
    page = BARE.partition("return 503 '")[2].partition("';")[0]
    template = (ROOT / "templates" / "errors" / "503.html").read_text()
    heading, _typed, rest = template.partition(
        "{%- if typed is defined %}"
    )  # nginx cannot keep what was typed
    template = heading + rest.partition("{%- else %}")[2]
    with app.test_request_context(), force_locale(language):
        for words in re.findall(r"_\('([^']+)'\)", template):
            assert gettext(words) in page


# --- with nginx itself, where it is installed ---


class Node(BaseHTTPRequestHandler):
    """A web node that keeps what it was asked and, where `breaks`, hangs up instead of answering."""

    def answer(self) -> None:
        node: Any = self.server
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        node.asked.append((self.command, self.path, dict(self.headers)))
        if node.breaks:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = answer

    def log_message(self, *_words: Any) -> None:
        pass


class Proxy:
    def __init__(
        self, folder: Path, nodes: list[Any], ports: list[int], running: subprocess.Popen[bytes]
    ) -> None:
        self.folder, self.nodes, self.ports, self.running = folder, nodes, ports, running

    def ask(self, method: str, path: str, host: str = "portal.example") -> HTTPResponse:
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        line = HTTPSConnection("127.0.0.1", self.ports[1], context=trust, timeout=10)
        line._tunnel_host = None  # type: ignore[attr-defined]
        line.sock = trust.wrap_socket(
            socket.create_connection(("127.0.0.1", self.ports[1]), 10), server_hostname=host
        )
        line.request(
            method, path, b"words" if method == "POST" else None, {"Host": host, "X-Forwarded-For": "8.8.8.8"}
        )
        return line.getresponse()

    def stop(self) -> None:
        """Once it has written what it has to write."""
        self.running.send_signal(signal.SIGQUIT)
        self.running.wait(10)

    def asked(self) -> list[tuple[str, str, dict[str, str]]]:
        return [each for node in self.nodes for each in node.asked]


def free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def write_settings(tmp_path: Path, nodes: list[Any], ports: list[int]) -> None:
    """The site of deploy/nginx; only folders, ports and nodes are the test's."""
    site = SITE.replace("/etc/blaenoriaeth/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    site = site.replace("/opt/blaenoriaeth", str(ROOT)).replace("listen 80 ", f"listen 127.0.0.1:{ports[0]} ")
    site = site.replace("listen 443 ", f"listen 127.0.0.1:{ports[1]} ")
    for own, node in zip(("10.77.0.11:8000", "10.77.0.12:8000"), nodes, strict=True):
        site = site.replace(own, f"127.0.0.1:{node.server_address[1]}")
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    who = "user root;" if os.geteuid() == 0 else ""  # its own user may not reach the test's folders
    (tmp_path / "nginx.conf").write_text(
        f"{who} worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/main.log; events {{}}\nhttp {{ {folders}\n{site} }}"
    )


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    if not (shutil.which("nginx") and shutil.which("openssl")):
        pytest.skip("nginx or openssl is not installed")
    nodes = [ThreadingHTTPServer(("127.0.0.1", 0), Node) for _ in range(2)]
    for node in nodes:
        node.asked, node.breaks = [], False  # type: ignore[attr-defined]
        threading.Thread(target=node.serve_forever, args=(0.05,), daemon=True).start()
    ports = free_ports(2)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
         "/CN=portal.example", "-keyout", tmp_path / "portal.key", "-out", tmp_path / "portal.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    write_settings(tmp_path, nodes, ports)
    command = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    running = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    proxy = Proxy(tmp_path, nodes, ports, running)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", ports[1])) == 0:
                break
        threading.Event().wait(0.02)
    yield proxy
    running.terminate()
    running.wait(10)
    for node in nodes:
        node.shutdown()
        node.server_close()


def test_a_form_that_a_node_may_have_had_goes_to_no_other(proxy: Proxy) -> None:
    for node in proxy.nodes:
        node.breaks = True
    assert proxy.ask("POST", "/referrals/R1/messages").status == 503
    assert [method for method, _path, _headers in proxy.asked()] == ["POST"]
    assert proxy.ask("GET", "/referrals").status == 503
    assert [method for method, _path, _headers in proxy.asked()].count("GET") == 2


def test_a_form_goes_to_the_other_node_where_the_first_refuses(proxy: Proxy) -> None:
    proxy.nodes[0].shutdown()
    proxy.nodes[0].server_close()
    assert [proxy.ask("POST", "/referrals/R1/messages").status for _ in range(6)] == [200] * 6
    assert len(proxy.nodes[1].asked) == 6


def test_logs_hold_no_token_and_no_person(proxy: Proxy) -> None:
    proxy.ask("GET", "/set-password/one-time-token?next=/people/4711")
    proxy.nodes[0].breaks = proxy.nodes[1].breaks = True
    proxy.ask("GET", "/people/4711")
    proxy.stop()
    logs = [(proxy.folder / f"portal.{kind}.log").read_text() for kind in ("access", "error")]
    assert "GET /set-password 200" in logs[0]
    assert "GET /people 503" in logs[0]
    assert not re.search("one-time-token|4711", "".join(logs))


def test_a_node_is_told_who_asked_and_nothing_that_the_visitor_made_up(proxy: Proxy) -> None:
    proxy.ask("GET", "/")
    [(_method, _path, headers)] = proxy.asked()
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"], headers["Host"]) == (
        "127.0.0.1",
        "https",
        "portal.example",
    )


def test_static_files_come_from_nginx_and_metrics_from_nobody(proxy: Proxy) -> None:
    answer = proxy.ask("GET", "/static/icon.svg")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert proxy.ask("GET", "/metrics").status == 404
    assert proxy.asked() == []
    assert proxy.ask("GET", "/static/build/of-another-version.css").status == 200
    assert len(proxy.asked()) == 1


def test_another_name_is_not_even_shown_a_certificate(proxy: Proxy) -> None:
    with pytest.raises(ssl.SSLError):
        proxy.ask("GET", "/", host="elsewhere.example")

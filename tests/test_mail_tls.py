"""A password reaches the mail server that was meant, and no other."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask

from portal.db import SYSTEM, enter_scope
from portal.mail import deliver_due
from tests.mail_server import NOW, Peer, add_templates, post_all, row, send_to, serving


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1, with its key, signed by itself."""
    file = tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(file), "-out", str(tmp_path / "only.pem")]
    subprocess.run(["openssl", "req", "-x509", *key, *subject, *files], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "only.pem").read_text())
    return file


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("way", ["MAIL_USE_TLS", "MAIL_USE_SSL"])
def test_a_password_goes_only_to_a_server_with_a_trusted_certificate(
    committed_app: Flask, certificate: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, logins, context = Peer(), [], ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def sign_in(
        _server: object, _session: object, _envelope: object, _way: str, given: LoginPassword
    ) -> AuthResult:
        logins.append((given.login, given.password))
        return AuthResult(success=True)

    tls = (
        {"tls_context": context}
        if way == "MAIL_USE_TLS"
        else {"ssl_context": context, "auth_require_tls": False}
    )
    server = serving(peer, authenticator=sign_in, auth_required=True, **tls)
    add_templates(committed_app)
    with committed_app.app_context(), server as port:
        enter_scope(SYSTEM)
        send_to(committed_app, port, MAIL_USERNAME="portal", MAIL_PASSWORD="secret", **{way: "1"})
        post_all("a")
        deliver_due(NOW)
        assert row("a").fault == "SSLCertVerificationError"
        assert logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        deliver_due(row("a").next_try_at)
        assert row("a").fault is None
    assert logins == [(b"portal", b"secret")]
    assert len(peer.arrived) == 1

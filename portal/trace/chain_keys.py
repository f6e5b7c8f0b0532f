"""The key that signs the chain's heads: made once and kept beside them, or in a file that AUDIT_SIGNING_KEY names."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from flask import current_app

from config import Settings
from portal.trace.chain_heads import fingerprint

KEY = "signing_key.pem"
PUBLIC = "public-{}.pem"


class NoKey(RuntimeError):
    """A file that holds no Ed25519 key; the message says which."""


def folder() -> Path:
    """Where heads and keys stand: PORTAL_HOME/audit."""
    return _settings().home / "audit"


def signing_key() -> Ed25519PrivateKey:
    """The key, and beside the heads the public one, by which others can check them. NoKey where the setting is wrong."""
    if named := _settings().audit_signing_key:
        key = _read(Path(named))
    else:
        path = folder() / KEY
        if not path.exists():
            _make(path)
        key = _read(path)
    kept = folder() / PUBLIC.format(fingerprint(key.public_key()))
    if not kept.exists():
        _write_once(kept, public_text(key.public_key()), 0o644)
    return key


def public_text(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_keys(place: Path) -> dict[str, Ed25519PublicKey]:
    """By fingerprint: those of a folder, older ones among them, or of one file. NoKey for a file that holds none."""
    found = {}
    for file in [place] if place.is_file() else sorted(place.glob(PUBLIC.format("*"))):
        try:
            key = load_pem_public_key(file.read_bytes())
        except (OSError, ValueError):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise NoKey(f"{file} holds no Ed25519 public key.")
        found[fingerprint(key)] = key
    return found


def _make(path: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_once(path, text, 0o600)


def _write_once(path: Path, text: bytes, mode: int) -> None:
    """Whole or not at all; where another process has written it first, that one stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(text)
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(f"{path} holds no Ed25519 private key in PEM without a password.")
    return key


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

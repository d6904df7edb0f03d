"""An SSH connection to a server whose host key is known beforehand."""

import base64
import hashlib
import io
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import paramiko
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, Outage

if TYPE_CHECKING:
    from leverans.sources.carrying.opening import Access

_LOG = "leverans.sources.carrying.ssh"
_KEEPALIVE = 15
"""Seconds between signs of life, so that a firewall does not forget the connection."""
_WINDOW = 1 << 25
_ED25519: type[paramiko.PKey] = paramiko.Ed25519Key
_ECDSA: type[paramiko.PKey] = paramiko.ECDSAKey
_RSA: type[paramiko.PKey] = paramiko.RSAKey


def connect(access: "Access", place: str) -> paramiko.Transport:
    """Connect, hold the host key to the one agreed on, then log in; in this order.

    Args:
        access: address, accepted host keys and credentials.
        place: the address as people may be told of it.

    Raises:
        ConfigurationError: CAR008, the private key cannot be used.
        Outage: CAR010, nobody answers.
        IntegrityError: CAR011, another host key.
        AccessDenied: CAR012, the account is not accepted.
    """
    key = None if access.key is None else private_key(access.key, place)
    parts = urlsplit(access.location)
    host, port = parts.hostname or "", parts.port or 22
    transport = _reached(host, port, access.timeout, place)
    try:
        _known(transport, access, f"{host}" if port == 22 else f"[{host}]:{port}", place)
        _log_in(transport, unquote(parts.username or ""), key, access.password, place)
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(_KEEPALIVE)
    return transport


def private_key(text: str, place: str) -> paramiko.PKey:
    """Read a private key without a passphrase, Ed25519, ECDSA or RSA, in OpenSSH's form or as PEM.

    The key goes through `cryptography` first: paramiko itself refuses every other sound ECDSA key.

    Raises:
        ConfigurationError: CAR008.
    """
    try:
        return _plain_key(text.encode())
    except Exception:  # noqa: BLE001  # what a parser says of a secret is nobody's business
        raise ConfigurationError("CAR008", place) from None


def _plain_key(data: bytes) -> paramiko.PKey:
    load = load_ssh_private_key if b"BEGIN OPENSSH" in data else load_pem_private_key
    key = load(data, None)
    form = PrivateFormat.TraditionalOpenSSL
    if isinstance(key, Ed25519PrivateKey):
        kind, form = _ED25519, PrivateFormat.OpenSSH
    else:
        kind = _ECDSA if isinstance(key, EllipticCurvePrivateKey) else _RSA
    written = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode("ascii")
    return kind.from_private_key(io.StringIO(written))


def fingerprint(key: paramiko.PKey) -> str:
    """Give ``SHA256:…`` as OpenSSH writes it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def link_lost(fault: Exception, transport: paramiko.Transport) -> bool:
    """Say whether a fault means that the connection is gone, not that the server refused something."""
    lost = (EOFError, TimeoutError, ConnectionError, paramiko.SSHException)
    return isinstance(fault, lost) or not transport.is_active()


def _reached(host: str, port: int, timeout: float, place: str) -> paramiko.Transport:
    try:
        link = socket.create_connection((host, port), timeout=timeout)
    except OSError as fault:
        raise Outage("CAR010", place, reason=fault.strerror or type(fault).__name__) from None
    transport = paramiko.Transport(link, default_window_size=_WINDOW)
    transport.set_log_channel(_LOG)
    logging.getLogger(_LOG).disabled = True  # what it would say stands in the error, without names
    transport.banner_timeout = transport.auth_timeout = timeout
    try:
        transport.start_client(timeout=timeout)
    except (paramiko.SSHException, EOFError, OSError) as fault:
        transport.close()
        raise Outage("CAR010", place, reason=type(fault).__name__) from None
    return transport


def _known(transport: paramiko.Transport, access: "Access", name: str, place: str) -> None:
    shown = transport.get_remote_server_key()
    found = fingerprint(shown)
    accepted = found in access.host_keys
    if access.known_hosts is not None:
        accepted = accepted or _listed(access.known_hosts, name, shown)
    if not accepted:
        raise IntegrityError("CAR011", place, found=found)


def _listed(path: Path, name: str, shown: paramiko.PKey) -> bool:
    try:
        return paramiko.HostKeys(str(path)).check(name, shown)
    except OSError as fault:
        raise ConfigurationError("CAR006", path.name, reason=fault.strerror) from None


def _log_in(
    transport: paramiko.Transport, user: str, key: paramiko.PKey | None, password: str | None, place: str
) -> None:
    try:
        if key is not None:
            transport.auth_publickey(user, key)
        if password is not None and not transport.is_authenticated():
            transport.auth_password(user, password)
    except paramiko.AuthenticationException as fault:
        if not transport.is_active():  # it went away before it said yes or no
            raise Outage("CAR010", place, reason=type(fault).__name__) from None
        raise AccessDenied("CAR012", place) from None
    except (paramiko.SSHException, EOFError, OSError) as fault:
        raise Outage("CAR010", place, reason=type(fault).__name__) from None
    if not transport.is_authenticated():
        raise AccessDenied("CAR012", place)

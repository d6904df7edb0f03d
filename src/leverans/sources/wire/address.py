"""Where a service is and how one is let in; secrets come by reference and stand in no address."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from leverans.errors import ConfigurationError
from leverans.sources.access import Access

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_KNOWN = {"ca", "plain", "auth", "header"}
AUTH = ("none", "basic", "bearer", "wss", "header")


@dataclass(frozen=True, slots=True)
class Address:
    """A service.

    Attributes:
        scheme: ``https`` or ``http``.
        host: name or number.
        port: its port.
        path: path of the service, without a slash at its end.
        user: the account, or an empty text.
        ca: file of the authority that signed the server's certificate, or None for the system's own.
        auth: ``none``, ``basic``, ``bearer``, ``wss`` (WS-Security) or ``header`` (an own header).
        header: name of that header.
        secret: what the server wants to see.
    """

    scheme: str
    host: str
    port: int
    path: str
    user: str = ""
    ca: Path | None = None
    auth: str = "none"
    header: str = ""
    secret: str = field(default="", repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two addresses on one server have in common."""
        return self.scheme, self.host, self.port


def origin_of(url: str) -> tuple[str, str, int]:
    """Give scheme, host and port of an address."""
    told = urlsplit(url)
    port = told.port or (443 if told.scheme == "https" else 80)
    return told.scheme, (told.hostname or "").lower(), port


def read_address(name: str, location: str, base: Path, access: Access) -> Address:
    """Read ``https://user@host/service?ca=FILE&auth=basic``; `access` holds ``password`` or ``token``.

    Raises:
        ConfigurationError: SRC190 what is wrong with it.
    """
    try:
        told = urlsplit(location)
        scheme, host, port = origin_of(location)
    except ValueError:
        raise ConfigurationError("SRC190", name, reason="https://…") from None
    options = dict(parse_qsl(told.query, keep_blank_values=True))
    secret = access.secret("token") or access.secret("password")
    auth = options.get("auth") or ("basic" if told.username else "bearer" if secret else "none")
    if scheme not in {"https", "http"} or not host:
        raise ConfigurationError("SRC190", name, reason="https://…")
    if told.password is not None:
        raise ConfigurationError("SRC190", name, reason="secrets: {password: …}")
    if unknown := sorted(set(options) - _KNOWN):
        raise ConfigurationError("SRC190", name, reason=f"?{unknown[0]}")
    if auth not in AUTH or (auth == "header") != ("header" in options):
        raise ConfigurationError("SRC190", name, reason="?auth=none|basic|bearer|wss|header")
    if auth != "none" and not secret:
        raise ConfigurationError("SRC190", name, reason="secrets")
    if "\r" in secret or "\n" in secret:
        raise ConfigurationError("SRC190", name, reason="secrets: 1 line")
    if scheme == "http" and host not in _LOCAL and options.get("plain") != "yes":
        raise ConfigurationError("SRC191", name)
    return Address(
        scheme=scheme,
        host=host,
        port=port,
        path=told.path.rstrip("/"),
        user=unquote(told.username or ""),
        ca=base / options["ca"] if "ca" in options else None,
        auth=auth,
        header=options.get("header", ""),
        secret=secret,
    )

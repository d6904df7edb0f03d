"""Opens a drop."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from leverans.sources.carrying.carrier import Carrier
from leverans.sources.carrying.folder import FolderCarrier

SFTP = "sftp://"


@dataclass(frozen=True, slots=True)
class Access:
    """Where a drop is and how to get in.

    Attributes:
        location: an absolute path, or ``sftp://user@host[:port]/folder``.
        host_keys: accepted fingerprints ``SHA256:…`` of the server's host key.
        known_hosts: a file of known hosts instead, or None.
        key: the private key of the account (OpenSSH or PEM text), or None.
        password: the password of the account, or None.
        timeout: seconds that the server may be silent.
    """

    location: str
    host_keys: tuple[str, ...] = ()
    known_hosts: Path | None = None
    key: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0


def open_carrier(access: Access) -> Carrier:
    """Open a drop; the caller closes it.

    Raises:
        ConfigurationError: CAR008 the private key cannot be used, CAR015 the drop is not there.
        Outage: CAR010, it does not answer.
        IntegrityError: CAR011, the server shows another host key than the one agreed on.
        AccessDenied: CAR012, the account is not accepted.
    """
    if not access.location.startswith(SFTP):
        return FolderCarrier(Path(access.location))
    from leverans.sources.carrying.sftp import SftpCarrier, connect

    parts = urlsplit(access.location)
    place = f"{SFTP}{parts.hostname}:{parts.port or 22}{parts.path}"
    return SftpCarrier(connect(access, place), place, parts.path or "/")

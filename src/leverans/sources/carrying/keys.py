"""The centre's age identities in one file of mode 0600, the newest first; ``age -i`` reads it, too."""

from collections.abc import Sequence
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity

from leverans.blobs import commit
from leverans.clock import Clock, iso
from leverans.errors import ConfigurationError, IntegrityError
from leverans.trust.private import create_private, read_private


def create_identity(path: Path, clock: Clock) -> str:
    """Make the centre's key the first time, and give the recipient that municipalities seal to.

    Raises:
        AccessDenied: KEY001 or KEY003, others than the owner may read the file or enter its folder.
        IntegrityError: CAR033, the file is damaged.
    """
    if not path.exists():
        create_private(path, _lines(Identity.generate(), clock))
    return recipients(load_identities(path))[0]


def rotate_identity(path: Path, clock: Clock) -> str:
    """Put a new key before the older ones, which go on opening what was sealed to them; give its recipient.

    Raises:
        ConfigurationError: CAR032, there is no key yet.
        AccessDenied: KEY001 or KEY003, others than the owner may read the file or enter its folder.
        IntegrityError: CAR033, the file is damaged.
    """
    load_identities(path)
    fresh = Identity.generate()
    with commit(path.parent) as group:
        staged = group.file(path)
        staged.touch(mode=0o600)
        staged.write_bytes(_lines(fresh, clock) + read_private(path))
    return str(fresh.to_public())


def load_identities(path: Path) -> tuple[Identity, ...]:
    """Read all keys of the file, the newest first.

    Raises:
        ConfigurationError: CAR032, there is no key yet.
        AccessDenied: KEY001 or KEY003, others than the owner may read the file or enter its folder.
        IntegrityError: CAR033, a line is none, or the file holds no key.
    """
    try:
        lines = read_private(path).decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        raise ConfigurationError("CAR032", path.name) from None
    found = [
        _identity(line.strip(), path, number)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not found:
        raise IntegrityError("CAR033", path.name, line=1)
    return tuple(found)


def recipients(identities: Sequence[Identity]) -> list[str]:
    """Give the recipient of each key, ``age1…``; it is no secret."""
    return [str(identity.to_public()) for identity in identities]


def _identity(line: str, path: Path, number: int) -> Identity:
    try:
        return Identity.from_str(line)
    except pyrage.IdentityError:
        raise IntegrityError("CAR033", path.name, line=number) from None


def _lines(identity: Identity, clock: Clock) -> bytes:
    text = f"# created: {iso(clock.now())}\n# public key: {identity.to_public()}\n{identity}\n"
    return text.encode("ascii")

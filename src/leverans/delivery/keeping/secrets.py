"""Secret keys in a backup: only encrypted (age), to a recipient or under a passphrase."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyrage

from leverans.errors import AccessDenied, UsageError

PUBLIC = "history.json"
"""What in a folder of keys is public, and is kept with the rest."""


def recipient_lock(text: str) -> Callable[[bytes], bytes]:
    """Give what encrypts to an age recipient (``age1…``).

    Raises:
        UsageError: OPR053, it is none.
    """
    try:
        found = pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as fault:
        raise UsageError("OPR053", "--recipient") from fault
    return lambda data: bytes(pyrage.encrypt(data, [found]))


def passphrase_lock(words: str) -> Callable[[bytes], bytes]:
    """Give what encrypts under a passphrase."""
    return lambda data: bytes(pyrage.passphrase.encrypt(data, words))


def identity_key(path: Path) -> Callable[[bytes], bytes]:
    """Give what decrypts with the age identity in a file.

    Raises:
        UsageError: OPR053, the file holds none.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        found = [
            pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.startswith("AGE-SECRET-")
        ]
    except pyrage.IdentityError as fault:
        raise UsageError("OPR053", path.name) from fault
    if not found:
        raise UsageError("OPR053", path.name)
    return lambda data: bytes(pyrage.decrypt(data, found))


def passphrase_key(words: str) -> Callable[[bytes], bytes]:
    """Give what decrypts under a passphrase."""
    return lambda data: bytes(pyrage.passphrase.decrypt(data, words))


def pack(folder: Path) -> bytes:
    """Give the secret keys of a folder as one tar file; an empty text when there are none."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != PUBLIC]
    if not paths:
        return b""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as stream:
                archive.addfile(entry, stream)
    return target.getvalue()


def unpack(data: bytes, unlock: Callable[[bytes], bytes], folder: Path) -> int:
    """Decrypt keys and put them into a folder, mode 0600; give how many.

    Raises:
        AccessDenied: OPR054, the key or passphrase does not open it.
    """
    try:
        plain = unlock(data)
    except pyrage.DecryptError as fault:
        raise AccessDenied("OPR054", "keys.age") from fault
    number = 0
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for entry in archive.getmembers():
            stream = archive.extractfile(entry)
            if stream is None or "/" in entry.name or entry.name.startswith("."):
                raise AccessDenied("OPR054", "keys.age")
            path = folder / entry.name
            path.touch(mode=0o600)
            path.write_bytes(stream.read())
            number += 1
    return number

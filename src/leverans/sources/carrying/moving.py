"""Whole files over a carrier: what was cut off goes on where it was."""

import io
from pathlib import Path

from leverans.errors import Outage
from leverans.sources.carrying.carrier import PART, Carrier

SMALL = 1 << 20
"""A message in a drop is never larger (bytes)."""


class TooLong(Exception):
    """There is more in the drop than there should be."""


def put(carrier: Carrier, name: str, path: Path, size: int) -> int:
    """Bring a file to the drop: written aside, continued where an earlier try ended, then renamed.

    The name must tell the bytes (a digest), or the beginning that is there could be another file's.

    Returns:
        The bytes that went over now.

    Raises:
        Outage: CAR010 or CAR014; what went over stays and is used the next time.
    """
    part = f"{name}{PART}"
    there = carrier.size(part) or 0
    if there > size:
        carrier.remove(part)
        there = 0
    there = max(0, there - carrier.unsure())
    with path.open("rb") as source:
        source.seek(there)
        sent = carrier.append(part, source, there)
    found = carrier.size(part)
    if found != size:
        raise Outage("CAR014", carrier.place, reason=f"{found} B / {size} B")
    carrier.rename(part, name)
    return sent


def put_bytes(carrier: Carrier, name: str, data: bytes) -> None:
    """Bring a small message to the drop; what is there under its name is replaced in one step.

    Raises:
        Outage: CAR010 or CAR014.
    """
    part = f"{name}{PART}"
    carrier.append(part, io.BytesIO(data), 0)
    if carrier.size(part) != len(data):
        raise Outage("CAR014", carrier.place, reason=f"{len(data)} B")
    carrier.rename(part, name)


def fetch(carrier: Carrier, name: str, target: Path, size: int) -> int:
    """Bring a file from the drop; what an earlier try brought is kept.

    Returns:
        The bytes that came now; whether the file is whole is for its digest to say.

    Raises:
        Outage: CAR010; what came stays and is used the next time.
        OSError: the disk takes no more.
    """
    there = target.stat().st_size if target.exists() else 0
    if there > size:
        target.unlink()
        there = 0
    came = 0
    with carrier.read(name, there) as chunks, target.open("ab") as stream:
        for chunk in chunks:
            came += len(chunk)
            if there + came > size:
                stream.write(chunk[: len(chunk) - (there + came - size)])
                break
            stream.write(chunk)
    return came


def fetch_bytes(carrier: Carrier, name: str) -> bytes:
    """Bring a small message from the drop.

    Raises:
        TooLong: it is larger than `SMALL`.
        Outage: CAR010.
    """
    data = bytearray()
    with carrier.read(name, 0) as chunks:
        for chunk in chunks:
            data += chunk
            if len(data) > SMALL:
                raise TooLong
    return bytes(data)

"""The index of a sending: fetched, opened, and looked through as a whole before anything is done with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyrage.x25519 import Identity

from leverans.blobs import commit, digest_file
from leverans.errors import IntegrityError
from leverans.sources.carrying import sealing
from leverans.sources.carrying.carrier import Carrier
from leverans.sources.carrying.messages import Head, Listed, Malformed, Outside, read_head, read_listed
from leverans.sources.carrying.moving import fetch
from leverans.sources.carrying.sendings import Complete, broken
from leverans.sources.landing.folder import MANIFEST

LONGEST = 1 << 23
"""A line of an index is never longer (bytes)."""
_PLAIN = "index.jsonl"


@dataclass(frozen=True, slots=True)
class Index:
    """An index that holds together.

    Attributes:
        path: its opened lines.
        head: its first line.
        fetched: sealed bytes that came over now.
    """

    path: Path
    head: Head
    fetched: int

    def packs(self) -> Iterator[Listed]:
        """Give the packs in their order."""
        lines = _lines(self.path)
        next(lines)
        return (read_listed(text) for text in lines)


def fetch_index(carrier: Carrier, found: Complete, folder: Path, identities: Sequence[Identity]) -> Index:
    """Fetch and open the index of a complete sending.

    Raises:
        IntegrityError: CAR023 another recipient, CAR025 it is damaged, CAR026 it names a place outside the
            landing, CAR027 it is of another landing than the marker.
        Outage: the carrier's.
        OSError: the disk takes no more.
    """
    name, where = found.marker.index, f"{found.name}/{found.marker.index}"
    if name not in found.entries:
        raise IntegrityError("CAR025", where, reason="–")
    sealed = folder / name
    fetched = fetch(carrier, where, sealed, found.marker.size)
    try:
        head = _opened(sealed, found, folder / _PLAIN, identities)
    except Outside:
        raise IntegrityError("CAR026", where) from None
    except (Malformed, sealing.Damaged, sealing.Foreign) as fault:
        raise broken(fault, where) from None
    finally:
        sealed.unlink(missing_ok=True)
    return Index(folder / _PLAIN, head, fetched)


def _opened(sealed: Path, found: Complete, plain: Path, identities: Sequence[Identity]) -> Head:
    if digest_file(sealed).sha256 != found.marker.index:
        raise Malformed("sha256")
    with commit(plain.parent) as group, group.file(plain).open("wb") as stream, sealed.open("rb") as data:
        sealing.unseal(data, stream, identities)
    return _check(plain, found)


def _check(path: Path, found: Complete) -> Head:
    """Read every line once."""
    lines = _lines(path)
    head = read_head(next(lines, b""))
    if (head.delivery, head.landing) != (found.marker.delivery, found.marker.landing):
        raise IntegrityError("CAR027", found.name)
    paths: dict[str, str] = {}
    count = 0
    for text in lines:
        count += 1
        for member in read_listed(text).members:
            if member.kind == "file" and paths.setdefault(member.path, member.sha256) != member.sha256:
                raise Malformed("path")
    if count != head.packs:
        raise Malformed("packs")
    if paths.get(MANIFEST) != head.landing:
        raise IntegrityError("CAR027", found.name)
    if any(parent in paths for path in paths for parent in _parents(path)):
        raise Outside
    return head


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:number]) for number in range(1, len(parts)))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while text := stream.readline(LONGEST + 1):
            if len(text) > LONGEST:
                raise Malformed("line")
            yield text

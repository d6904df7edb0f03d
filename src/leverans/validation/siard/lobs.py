"""Large objects in files of their own: found, measured, hashed once."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import unquote

from leverans.errors import LeveransError
from leverans.formats.digestindex import DigestIndex
from leverans.formats.entries import Container
from leverans.validation.package import resolve
from leverans.validation.siard.table import Lob

_STEP = 1 << 18
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
_CONTINUED = bytes(range(0x80, 0xC0))
_FOUR = bytes(range(0xF0, 0xF8))
Outside = Callable[[str], bool | None]


class Measured(NamedTuple):
    """What a file was: bytes, characters (as Unicode counts and as UTF-16 does), the digest asked for."""

    bytes: int
    characters: int
    units: int
    digest: str


def same_digest(kind: str, given: str, computed: str) -> bool:
    """Compare a digest, hexadecimal or base64 (by its length), with a hexadecimal one."""
    if len(given) == len(computed):
        return given.lower() == computed
    try:
        return base64.b64decode(given, validate=True).hex() == computed and kind in _HASHES
    except (binascii.Error, ValueError):
        return False


class Lobs:
    """All large objects of an archive.

    Args:
        container: the archive.
        known: the files of the archive by number.
        report: takes the findings.
        outside: tells whether a file beside the archive is there; None when it cannot know.
    """

    def __init__(
        self, container: Container, known: DigestIndex, report: Callable[..., None], outside: Outside
    ) -> None:
        self._container = container
        self._known = known
        self._report = report
        self._outside = outside
        self.pointed = bytearray(len(known))
        self.unseen = 0

    def check(self, lob: Lob, bases: list[str]) -> None:
        """Hold one large object against what its cell says.

        Args:
            lob: the cell.
            bases: folders that its file may be relative to, the likeliest first.
        """
        given = lob.attributes
        href = given.get("file", "").strip()
        if not href or "length" not in given:
            self._report("T_6.2-1", lob.place, name="length" if href else "file")
        number, path = self._find(href, bases)
        if number < 0:
            self._elsewhere(lob, href, bases)
            return
        self.pointed[number] = 1
        kind = given.get("digestType", "").strip()
        if kind and kind not in _HASHES:
            self._report("T_6.2-1", lob.place, name="digestType")
        if not (kind and given.get("digest", "").strip()):
            self._report("SRD009", lob.place)
        try:
            self._compare(lob, path, self._measure(path, _HASHES.get(kind, "")))
        except (LeveransError, OSError) as fault:
            reason = str(getattr(fault, "strerror", "") or type(fault).__name__)
            self._report("SRD003", lob.place, value=path, reason=reason)

    def _find(self, href: str, bases: list[str]) -> tuple[int, str]:
        for base in bases:
            target = resolve(href, base)
            if target.path is not None and (number := self._known.find(target.path)) >= 0:
                return number, target.path
        return -1, ""

    def _elsewhere(self, lob: Lob, href: str, bases: list[str]) -> None:
        likely = (bases[0] if bases else "") + href
        leaves = href.startswith("..") or not normpath(unquote(likely)).startswith("content/")
        there = self._outside(unquote(likely)) if href and leaves else False
        if there is None:
            self.unseen += 1
        elif not there:
            self._report("SRD003", lob.place, value=href, reason="–")

    def _measure(self, path: str, name: str) -> Measured:
        hasher = hashlib.new(name, usedforsecurity=False) if name else None
        size = characters = units = 0
        with self._container.open(path) as stream:
            while data := stream.read(_STEP):
                size += len(data)
                plain = len(data.translate(None, _CONTINUED))
                characters += plain
                units += plain + len(data) - len(data.translate(None, _FOUR))
                if hasher is not None:
                    hasher.update(data)
        return Measured(size, characters, units, hasher.hexdigest() if hasher else "")

    def _compare(self, lob: Lob, path: str, seen: Measured) -> None:
        given = lob.attributes
        length, digest = given.get("length", "").strip(), given.get("digest", "").strip()
        counts = {seen.bytes} if lob.kind == "blobType" else {seen.bytes, seen.characters, seen.units}
        if "length" in given and length not in {str(count) for count in counts}:
            self._report("SRD002", lob.place, value=path)
        if (
            digest
            and seen.digest
            and not same_digest(given.get("digestType", "").strip(), digest, seen.digest)
        ):
            self._report("SRD001", lob.place, value=path)


def plain_bases(root: str, column: str) -> list[str]:
    """Give the folders that a file may be relative to: column in archive, archive, column, the root."""
    parts = [_folder(root), _folder(column)]
    return list(dict.fromkeys((parts[0] + parts[1], parts[0], parts[1], "")))


def _folder(text: str) -> str:
    plain = unquote(text.strip())
    return plain.rstrip("/") + "/" if plain.strip("./") or ".." in plain else ""

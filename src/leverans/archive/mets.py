"""What a representation's METS states of each file: digest, size, media type, format."""

import urllib.parse
from collections.abc import Iterator
from typing import IO, NamedTuple

from lxml import etree

from leverans.errors import IntegrityError

_HREF = "{http://www.w3.org/1999/xlink}href"
_METS = "{http://www.loc.gov/METS/}"


class Stated(NamedTuple):
    """What METS states of one file: path relative to the METS, SHA-256 (lower-case hex), bytes, format."""

    path: str
    sha256: str
    size: int
    mime: str | None
    format: str | None
    format_version: str | None


class StatedFiles:
    """Finds files by path while METS is read on, so that memory stays flat when both have the same order."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._where = where
        self._waiting: dict[str, Stated] = {}
        self._rest = _files(stream, where)

    def take(self, path: str) -> Stated:
        """Give what is stated of a file; each file is asked for as often as it is referred to in a row.

        Raises:
            IntegrityError: ARC004 METS states nothing of it.
        """
        found = self._waiting.get(path)
        if found is not None:
            return found
        for stated in self._rest:
            self._waiting[stated.path] = stated
            if stated.path == path:
                return stated
        raise IntegrityError("ARC004", f"{self._where}#{path}")

    def forget(self, paths: list[str]) -> None:
        """Let go of files that will not be asked for again."""
        for path in paths:
            self._waiting.pop(path, None)


def _files(stream: IO[bytes], where: str) -> Iterator[Stated]:
    events = etree.iterparse(
        stream, tag=f"{_METS}file", resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for _, element in events:
            stated = _stated(element)
            if stated is not None:
                yield stated
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise IntegrityError("ARC003", where, reason=type(error).__name__) from error


def _stated(element: etree._Element) -> Stated | None:
    place = element.find(f"{_METS}FLocat")
    if place is None or element.get("CHECKSUMTYPE") != "SHA-256":
        return None
    named = {str(name).rpartition("}")[2]: value for name, value in element.attrib.items()}
    return Stated(
        path=urllib.parse.unquote(place.get(_HREF, "")),
        sha256=str(named.get("CHECKSUM", "")).lower(),
        size=int(named.get("SIZE", "-1")),
        mime=_optional(named.get("MIMETYPE")),
        format=_optional(named.get("FILEFORMATNAME")),
        format_version=_optional(named.get("FILEFORMATVERSION")),
    )


def _optional(value: str | bytes | None) -> str | None:
    return None if value is None else str(value)

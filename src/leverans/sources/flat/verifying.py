"""Holds a file's bytes against the encoding that the connector declares."""

from collections.abc import Iterator
from typing import BinaryIO

from leverans.contracts import Finding
from leverans.sources.spelling import ISO646, Spelling, judge

_OEM = {"cp437", "cp850", "cp865"}
_ANSI = {"cp1252", "iso8859-1", "iso8859-15"}


def verified(file: BinaryIO, encoding: str, where: str) -> Iterator[Finding]:
    """Yield what the bytes of a file say against its declared encoding.

    Args:
        file: read from its start; is left at its end.
        encoding: as declared.
        where: the stream.
    """
    file.seek(0)
    yield from contradicted(judge(file), encoding, where)


def contradicted(told: Spelling, encoding: str, where: str) -> Iterator[Finding]:
    """Yield what was judged of a text, where it speaks against its declared encoding.

    Args:
        told: what its bytes tell.
        encoding: as declared.
        where: the stream.
    """
    if told.twice:
        yield Finding.of("SRC213", where, count=told.twice)
    if told.destroyed:
        yield Finding.of("SRC202", where, count=told.destroyed)
    family = _OEM if encoding in _OEM else _ANSI if encoding in _ANSI else {encoding}
    lies = told.encoding in {"cp437", "cp1252"} and encoding in _OEM | _ANSI and told.encoding not in family
    if lies or (told.encoding == ISO646 and encoding != ISO646):
        yield Finding.of("SRC214", where, encoding=encoding, found=told.encoding)
    elif told.strange and encoding in _OEM | _ANSI:
        yield Finding.of("SRC201", where, count=told.strange)

"""A package as the archive reads it: from the package alone, one case at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from leverans.archive import erms, mets
from leverans.archive.members import Members
from leverans.errors import IntegrityError

_PREFIX = "uuid-"
_ERMS = "/data/ERMS.xml"
_ROWS = "metadata/other/rows.jsonl"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a case: where it is in the package, and what METS and ERMS say of it.

    Attributes:
        member: its path in the package.
        path: its path relative to the ERMS document, as the case refers to it.
        stated: what METS states.
        appendix: what ERMS says.
    """

    member: str
    path: str
    stated: mets.Stated
    appendix: erms.Appendix


@dataclass(frozen=True, slots=True)
class SipCase:
    """One case of a package: its aggregation, the documents of each record, its line of source rows."""

    aggregation: erms.Aggregation
    documents: tuple[tuple[Document, ...], ...]
    rows: bytes


class Sip:
    """A package; use it in a ``with`` block.

    Attributes:
        id: the package id.
        members: its files.
    """

    def __init__(self, package: Path) -> None:
        self._package = package
        self.members = Members(package)
        self.id = self.members.root.removeprefix(_PREFIX)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.members.close()

    def cases(self) -> Iterator[SipCase]:
        """Yield the cases in the order of their ERMS document.

        Raises:
            IntegrityError: ARC001 the zip is damaged, ARC003 a document in it is, ARC004 something that is
                referred to is not there.
        """
        found = [name for name in self.members.names() if name.endswith(_ERMS)]
        if not found:
            raise IntegrityError("ARC004", f"{self.id}#ERMS.xml")
        for name in sorted(found):
            yield from self._representation(name)

    def evidence(self) -> Iterator[str]:
        """Yield the paths of what is kept of the package itself: all but data and source rows of cases."""
        described = {name.removesuffix(_ERMS) for name in self.members.names() if name.endswith(_ERMS)}
        for name in self.members.names():
            parts = name.split("/")
            inside = parts[2:] if "/".join(parts[:2]) in described else []
            if inside[:1] != ["data"] and "/".join(inside) != _ROWS:
                yield name

    def _representation(self, name: str) -> Iterator[SipCase]:
        base = name.removesuffix(_ERMS)
        with self.members.open(f"{base}/METS.xml") as described, self.members.open(name) as exported:
            files = mets.StatedFiles(described, f"{base}/METS.xml")
            rows = _Rows(self._rows(base), f"{base}/{_ROWS}")
            for aggregation in erms.read(exported, name):
                documents = tuple(
                    tuple(self._document(base, files, appendix) for appendix in appendices)
                    for _, appendices in aggregation.records
                )
                yield SipCase(aggregation, documents, rows.take(aggregation.id))
                files.forget([each.stated.path for group in documents for each in group])
            rows.close()

    def _document(self, base: str, files: mets.StatedFiles, appendix: erms.Appendix) -> Document:
        if any(part in {"", ".", ".."} for part in appendix.path.split("/")):
            raise IntegrityError("ARC003", f"{base}/data/ERMS.xml", reason="path")
        stated = files.take(f"data/{appendix.path}")
        return Document(f"{base}/data/{appendix.path}", appendix.path, stated, appendix)

    def _rows(self, base: str) -> IO[bytes] | None:
        path = f"{base}/{_ROWS}"
        return self.members.open(path) if self.members.has(path) else None


class _Rows:
    """Gives the line of source rows of a case; in another order than the cases' it only costs memory."""

    def __init__(self, stream: IO[bytes] | None, where: str) -> None:
        self._stream = stream
        self._where = where
        self._waiting: dict[str, bytes] = {}

    def take(self, own: str) -> bytes:
        """Give the line, or nothing for a package without source rows.

        Raises:
            IntegrityError: ARC004 the case has none, ARC003 a line is none.
        """
        if self._stream is None:
            return b""
        while own not in self._waiting:
            line = self._stream.readline()
            if not line:
                raise IntegrityError("ARC004", f"{self._where}#{own}")
            self._waiting[self._owner(line)] = line
        return self._waiting.pop(own)

    def close(self) -> None:
        """Let go of the stream."""
        if self._stream is not None:
            self._stream.close()

    def _owner(self, line: bytes) -> str:
        try:
            plain: dict[str, Any] = json.loads(line)
            return str(plain["object"])
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrityError("ARC003", self._where, reason=type(error).__name__) from error

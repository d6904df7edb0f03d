"""What the landing of a run tells: rows and documents, their formats, and which keys are file names."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from leverans.errors import LeveransError
from leverans.identify import Identifier
from leverans.report.parts import DocumentCounts, FormatFacts, StreamFacts
from leverans.settings import MunicipalityHome
from leverans.sources import Landing

Found = TypeVar("Found")
_UNKNOWN = ("", "", "")
_Kind = tuple[str, str, str]
"""PUID, name and version."""


@dataclass(frozen=True, slots=True)
class Landed:
    """What a landing tells.

    Attributes:
        known: whether the landing could be read; it is purged some time after settlement.
        files: streams whose keys are paths of files.
        streams: rows per stream, without what became of them.
        documents: listed, landed and their bytes.
        formats: documents by format, most first.
    """

    known: bool = False
    files: frozenset[str] = frozenset()
    streams: tuple[StreamFacts, ...] = ()
    documents: DocumentCounts = field(default_factory=DocumentCounts)
    formats: tuple[FormatFacts, ...] = ()


def read_landed(home: MunicipalityHome, delivery: str, landing: str) -> Landed:
    """Read a landing, at the centre's side or where the extract left it; `known` is False when it is gone.

    Args:
        home: the municipality's folders.
        delivery: the delivery's short name.
        landing: the landing's id, empty when the run has none.
    """
    return _first(home, delivery, landing, lambda opened: _read(home, opened)) or Landed()


def file_streams(home: MunicipalityHome, delivery: str, landing: str) -> frozenset[str] | None:
    """Give the streams of a landing whose keys are paths of files; None when the landing is gone.

    Args:
        home: the municipality's folders.
        delivery: the delivery's short name.
        landing: the landing's id, empty when the run has none.
    """
    return _first(home, delivery, landing, _files)


def _first(
    home: MunicipalityHome, delivery: str, landing: str, read: Callable[[Landing], Found]
) -> Found | None:
    folders = [folder / landing for folder in (home.landings(delivery), home.outbox(delivery)) if landing]
    for folder in folders:
        if folder.is_dir():
            try:
                return read(Landing.open(folder))
            except (LeveransError, OSError, ValueError, KeyError):
                continue
    return None


def _files(landing: Landing) -> frozenset[str]:
    return frozenset(
        f"{catalogue.source}.{stream.name}"
        for catalogue in landing.catalogues
        for stream in catalogue.streams
        if stream.kind == "documents"
    )


def _read(home: MunicipalityHome, landing: Landing) -> Landed:
    files = _files(landing)
    streams = tuple(
        StreamFacts(stream.name, stream.rows, 0, 0, 0, 0, 0)
        for stream in landing.manifest.streams
        if stream.name not in files
    )
    totals = landing.manifest.documents
    documents = DocumentCounts(listed=totals.listed, landed=totals.landed, bytes=totals.bytes)
    return Landed(True, files, streams, documents, tuple(_formats(home, landing)))


def _formats(home: MunicipalityHome, landing: Landing) -> Iterator[FormatFacts]:
    """Count the landed documents by format, from what was identified before; no document is opened."""
    if not home.formats.is_file():
        return
    documents: Counter[_Kind] = Counter()
    sizes: Counter[_Kind] = Counter()
    with Identifier(home.formats, workers=1) as identifier:
        for table in landing.documents():
            rows = [row for row in table.select(["sha256", "name", "size"]).to_pylist() if row["sha256"]]
            answers = identifier.known((row["sha256"], row["name"]) for row in rows)
            for row, answer in zip(rows, answers, strict=True):
                kind = _UNKNOWN
                if answer is not None:
                    kind = (answer.puid or "", answer.format or "", answer.version or "")
                documents[kind] += 1
                sizes[kind] += row["size"] or 0
    for kind, number in sorted(documents.items(), key=lambda item: (-item[1], item[0])):
        yield FormatFacts(kind[0], " ".join(filter(None, kind[1:])), number, sizes[kind])

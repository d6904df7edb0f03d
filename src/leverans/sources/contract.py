"""The contract of a connector: one structural `Protocol`, whatever kind of source lies behind it.

A connector only reads. It gives rows in Arrow batches with the *source's* names and values, documents as
streams of bytes, and control totals. What it cannot read it says: a row that is set aside, a document with a
status. Raised are only errors of the whole source (`leverans.errors`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self, runtime_checkable

import pyarrow as pa

from leverans.contracts import Catalogue, Column, ControlTotals, Finding
from leverans.errors import LeveransError
from leverans.sources.definition import Definition

DocumentStatus = Literal["landed", "missing", "unreadable", "refused"]

DOCUMENT_SCHEMA = pa.schema(
    [
        ("ref", pa.string()),
        ("name", pa.string()),
        ("size", pa.int64()),
        ("sha256", pa.string()),
        ("crc32", pa.int64()),
        ("status", pa.string()),
    ]
)
"""The columns of every landed document stream."""

DOCUMENT_COLUMNS = (
    Column("ref", "string", nullable=False),
    Column("name", "string", nullable=False),
    Column("size", "int64", nullable=False),
    Column("sha256", "string"),
    Column("crc32", "int64"),
    Column("status", "string", nullable=False),
)
"""The same for catalogues."""

ARROW_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "binary": pa.binary(),
    "bool": pa.bool_(),
}
"""The Arrow type of each type name of a catalogue."""


class DocumentFault(Exception):
    """The bytes of one document cannot be had; a fault in the data, the rest of the source goes on.

    Args:
        code: a code of `leverans.findings`.
        status: what becomes of the document.
    """

    def __init__(self, code: str, status: DocumentStatus = "unreadable") -> None:
        self.code = code
        self.status = status
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Document:
    """One document that a source lists.

    Attributes:
        stream: the document stream's name, without the source.
        ref: path relative to the share's root exactly as at the source, or the key of the row that holds it.
        name: file name.
        token: what the connector needs to open it; nobody else looks inside.
        position: number of the document in its stream, from 1.
        size: bytes as the source lists them, 0 when it does not say.
        fault: code of what is wrong with it, or an empty text.
        status: ``landed`` for what is to be opened; anything else is final.
        row: index of its row in the batch it came with.
        column: column of that row that gets its digest.
    """

    stream: str
    ref: str
    name: str
    token: object
    position: int
    size: int = 0
    fault: str = ""
    status: DocumentStatus = "landed"
    row: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One row that could not be read.

    Attributes:
        place: line number or key of the row (``#`` and its number where the key is personal or broken).
        position: the row's number in reading order or its line number, from 1.
        code: a code of `leverans.findings`.
        detail: what was wrong; no value of the row.
        parameters: what fills the code's text.
        hint: canonical text of the root's key where the row still tells it (see `root_text`), else
            None; it may be personal and stands in the landing only, never in a finding or a log.
    """

    place: str
    position: int
    code: str
    detail: str
    parameters: tuple[tuple[str, str | int], ...] = ()
    hint: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """A bounded part of one stream.

    Attributes:
        stream: the stream's name, without the source.
        rows: the rows, with the columns of the catalogue; document columns are null.
        documents: documents in the rows, by row and column.
        set_aside: rows that could not be read.
        findings: what else was seen.
    """

    stream: str
    rows: pa.RecordBatch
    documents: tuple[Document, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What `check` found.

    Attributes:
        source: name of the source.
        system: id of the system.
        kind: kind of the connector.
        reachable: the source answers and can be read.
        version: version of the engine and of the source's own schema, as far as they tell.
        may_write: the account may write: True, False, or None when nobody knows.
        known_by: how that is known: ``opened_read_only``, ``privileges`` or ``unknown``.
        problems: every fault found, each with its remedy.
        waiver: who lets an account read that may write, and why; an empty text where nobody had to.
    """

    source: str
    system: str
    kind: str
    reachable: bool
    version: str
    may_write: bool | None
    known_by: Literal["opened_read_only", "privileges", "unknown"]
    problems: tuple[LeveransError, ...] = ()
    waiver: str = ""

    def plain(self) -> dict[str, object]:
        """Give it as another program reads it."""
        return {
            "source": self.source,
            "system": self.system,
            "kind": self.kind,
            "reachable": self.reachable,
            "version": self.version,
            "may_write": self.may_write,
            "known_by": self.known_by,
            "waiver": self.waiver,
            "problems": [_plain_problem(problem) for problem in self.problems],
        }

    def raise_problems(self) -> None:
        """Raise the first problem if there is one.

        Raises:
            LeveransError: `Outage`, `IntegrityError`, `AccessDenied` or `ConfigurationError`.
        """
        if self.problems:
            raise self.problems[0]


class Connector(Protocol):
    """What every kind of source can do; all of it read-only, lazy and in bounded memory."""

    @property
    def name(self) -> str:
        """Name of the source inside the delivery."""
        ...

    @property
    def definition(self) -> Definition:
        """What the connector's file says."""
        ...

    def check(self) -> SourceCheck:
        """Look whether the source can be read and what the account may; never raises what it can report."""
        ...

    def discover(self) -> Catalogue:
        """Give all streams of the source, also those that are left; equal when called twice.

        Raises:
            LeveransError: the source cannot be read.
        """
        ...

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the rows of a table stream in key order (flat files: in file order).

        Raises:
            KeyError: the connector does not read the stream.
            LeveransError: the source cannot be read.
        """
        ...

    def documents(self, stream: str) -> Iterator[Document]:
        """List the documents of a document stream in a stable order."""
        ...

    def open(self, document: Document) -> BinaryIO:
        """Open the bytes of a document that this connector listed.

        Raises:
            DocumentFault: the bytes cannot be had; reading on may raise it, too.
        """
        ...

    def totals(self, stream: str) -> ControlTotals:
        """Count a stream (also one that is left) independently of `read`."""
        ...

    def fingerprint(self) -> str:
        """Give a text that changes when the source is written to while it is read; empty in a snapshot."""
        ...

    def close(self) -> None:
        """Let the source go; may be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Told(Protocol):
    """What a connector may do besides: tell what it asked its source; a landing keeps it."""

    def statements(self) -> tuple[str, ...]:
        """Give every different statement or request sent so far, without values, in order."""
        ...


@runtime_checkable
class ReadsOn(Protocol):
    """What a connector may do besides: read on where another read of the same, unchanged rows ended."""

    def read_on(self, stream: str, rows: int) -> Iterator[Batch] | None:
        """Read a table stream without its first `rows` rows, cut into batches as `read` would have gone on.

        Args:
            stream: the stream.
            rows: where a batch of `read` begins; rows set aside count.

        Returns:
            None where the order of rows is not fixed by a key that nothing else shares.
        """
        ...

    def unmoved(self) -> str:
        """Give a text that is another one once rows that can be read on were written to.

        It tells kept rows from changed ones between two processes; what is landed does not depend on it.
        """
        ...


class Progress(Protocol):
    """Listens to an extract or a transfer."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a part begins (``source.stream``); `total` counts rows, files or copies."""
        ...

    def advance(self, steps: int = 1) -> None:
        """Say that `steps` more are done."""
        ...


class Silent:
    """Listens to nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""


def _plain_problem(problem: LeveransError) -> dict[str, object]:
    return {
        "code": problem.code,
        "where": problem.where,
        "text": {"sv": problem.text("sv"), "en": problem.text("en")},
        "remedy": {"sv": problem.remedy("sv"), "en": problem.remedy("en")},
    }

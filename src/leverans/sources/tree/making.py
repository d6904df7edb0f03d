"""Gathers the items of a tree into batches."""

from collections.abc import Callable
from functools import partial

import pyarrow as pa

from leverans.contracts import Finding
from leverans.sources.contract import Batch, Document, SetAside
from leverans.sources.definition import StreamDefinition
from leverans.sources.gathering import batch_of
from leverans.sources.tree.lifting import Embedded, Lifted, Unliftable

OWN = ("file", "position", "document")
"""Columns that every stream has beside the lifted ones: number of the file in the order of the names, number
of the item in its file (both from 1), and the item's text."""

BATCH_ROWS = 1_000
BATCH_BYTES = 8 << 20


class Maker:
    """Gathers items into batches.

    Args:
        stream: what the connector's file says about the stream.
    """

    def __init__(self, stream: StreamDefinition) -> None:
        self._stream = stream
        lifted = [(name, pa.string()) for name, _ in stream.columns]
        own = [(OWN[0], pa.int64()), (OWN[1], pa.int64()), (OWN[2], pa.string())]
        self._schema = pa.schema([*lifted, *own])
        self._listed = dict.fromkeys((part.stream for part in stream.documents), 0)
        self._clear()

    @property
    def full(self) -> bool:
        """Say whether a batch is full."""
        return len(self._rows) >= BATCH_ROWS or self._weight >= BATCH_BYTES

    @property
    def waiting(self) -> bool:
        """Say whether anything waits to be given."""
        return bool(self._rows or self._aside or self._findings)

    def take(self, lift: Callable[[], Lifted], file: int, place: int, position: int) -> bool:
        """Take an item; say whether it became a row.

        Args:
            lift: gives what is lifted out of it.
            file: number of its file or answer, from 1.
            place: its number in there, from 1.
            position: its number in the stream, from 1.
        """
        try:
            lifted = lift()
        except Unliftable as fault:
            told = (("column", fault.column),)
            self.refuse(SetAside(f"#{position}", position, "SRC143", fault.column, told))
            return False
        self._documents += map(partial(self._document, len(self._rows)), lifted.documents)
        self._rows.append((*lifted.values, file, place, lifted.text))
        self._weight += len(lifted.text)
        return True

    def refuse(self, row: SetAside) -> None:
        """Take a row that is set aside."""
        self._aside.append(row)

    def note(self, finding: Finding) -> None:
        """Take a finding."""
        self._findings.append(finding)

    def batch(self) -> Batch:
        """Give what waits."""
        made = batch_of(
            self._stream.name,
            self._schema,
            self._rows,
            aside=self._aside,
            findings=self._findings,
            documents=self._documents,
        )
        self._clear()
        return made

    def _document(self, row: int, held: Embedded) -> Document:
        self._listed[held.stream] += 1
        return Document(
            stream=held.stream,
            ref=held.ref,
            name=held.name or held.ref,
            token=held,
            position=self._listed[held.stream],
            row=row,
        )

    def _clear(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._documents: list[Document] = []
        self._aside: list[SetAside] = []
        self._findings: list[Finding] = []
        self._weight = 0

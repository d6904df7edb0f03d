"""Reads all streams of a plan into one folder."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from leverans.contracts import ControlTotals, Finding, LandedStream
from leverans.sources.contract import DOCUMENT_SCHEMA, Batch, Document, Progress
from leverans.sources.definition import Root
from leverans.sources.landing.documents import DocumentLander
from leverans.sources.landing.hashing import Buckets, bucket_of, hashes
from leverans.sources.landing.index import ViaIndex
from leverans.sources.landing.log import FindingLog, SetAsideWriter
from leverans.sources.landing.plan import Item, schema
from leverans.sources.landing.resuming import Spool
from leverans.sources.landing.writing import BucketWriter

DOCUMENTS_AT_ONCE = 2_000


class Extract:
    """One extract in progress; leave it before its folders go.

    Args:
        folder: the landing's folder in the making, with ``streams/``.
        scratch: an empty folder for indexes, removed by the caller.
        plan: the streams in reading order.
        buckets: how many buckets there are.
        lander: takes documents.
        log: takes findings.
        spool: gives the batches, those of frozen sources again after an interruption.
        progress: is told after each batch.
    """

    def __init__(
        self,
        folder: Path,
        scratch: Path,
        plan: Sequence[Item],
        *,
        buckets: int,
        lander: DocumentLander,
        log: FindingLog,
        spool: Spool,
        progress: Progress,
    ) -> None:
        self._folder = folder
        self._buckets = buckets
        self._lander = lander
        self._log = log
        self._spool = spool
        self._progress = progress
        self._number = 0
        self._executor = ThreadPoolExecutor(1, "landing")
        self.set_aside = SetAsideWriter(folder)
        self._indexes = _indexes(plan, scratch) if buckets > 1 else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)

    def read(self, item: Item, totals: dict[str, ControlTotals]) -> Iterator[LandedStream]:
        """Read one stream and the document streams in its columns.

        Args:
            item: the stream.
            totals: control totals before the read, by ``source.stream``.
        """
        self._progress.stage(item.name, totals[item.name].rows)
        if item.catalogue.kind == "documents":
            yield self._read_documents(item, totals[item.name])
        else:
            yield from self._read_rows(item, totals)
        for (parent, _columns), index in self._indexes.items():
            if parent == item.name:
                index.seal()

    def _read_documents(self, item: Item, totals: ControlTotals) -> LandedStream:
        writer = self._writer(DOCUMENT_SCHEMA, whole=item.root is None)
        rows = 0
        listed = item.connector.documents(item.stream.name)
        while part := tuple(islice(listed, DOCUMENTS_AT_ONCE)):
            landed = self._lander.land(item.connector, part, item.name)
            writer.add(landed, self._place(item, landed))
            rows += len(part)
            self._progress.advance(len(part))
        return LandedStream(item.name, rows, writer.close(), totals)

    def _read_rows(self, item: Item, totals: dict[str, ControlTotals]) -> Iterator[LandedStream]:
        whole = item.root is None
        writer = self._writer(schema(item.catalogue), whole=whole)
        held = {
            document.stream: self._writer(DOCUMENT_SCHEMA, whole=whole) for document in item.stream.documents
        }
        rows = aside = 0
        counts = dict.fromkeys(held, 0)
        for batch in self._spool.read(item):
            self._note(item, batch)
            buckets = self._place(item, batch.rows)
            filled = batch.rows
            for name, documents_writer in held.items():
                documents = [document for document in batch.documents if document.stream == name]
                counts[name] += len(documents)
                filled = self._land_held(item, filled, documents, buckets, documents_writer)
            writer.add(filled, buckets)
            rows += batch.rows.num_rows + len(batch.set_aside)
            aside += len(batch.set_aside)
            self._progress.advance(batch.rows.num_rows + len(batch.set_aside))
        yield LandedStream(item.name, rows, writer.close(), totals[item.name], set_aside=aside)
        for name, documents_writer in held.items():
            full = f"{item.connector.name}.{name}"
            yield LandedStream(full, counts[name], documents_writer.close(), totals[full])

    def _land_held(
        self,
        item: Item,
        rows: pa.RecordBatch,
        documents: Sequence[Document],
        buckets: Buckets,
        writer: BucketWriter,
    ) -> pa.RecordBatch:
        """Land the documents of some rows; put their digests into the cells of their column, if it is one."""
        if not documents:
            return rows
        landed = self._lander.land(item.connector, documents, f"{item.connector.name}.{documents[0].stream}")
        owners = [document.row for document in documents]
        writer.add(landed, buckets[owners])
        if not documents[0].column:
            return rows  # their references stand in the row already
        cells: list[str | None] = [None] * rows.num_rows
        for owner, digest in zip(owners, landed["sha256"].to_pylist(), strict=True):
            cells[owner] = digest
        place = rows.schema.get_field_index(documents[0].column)
        return rows.set_column(place, rows.schema.field(place), pa.array(cells, pa.string()))

    def _place(self, item: Item, rows: pa.RecordBatch) -> Buckets:
        """Decide the bucket of each row, and note it where others hang on it."""
        if item.root is None or self._buckets == 1:
            return np.zeros(rows.num_rows, np.uint16)
        *others, last = item.root.rules()
        buckets = self._by_rule(last, rows)
        for rule in reversed(others):
            filled = np.logical_and.reduce([np.asarray(rows[column].is_valid()) for column in rule.own])
            buckets = np.where(filled, self._by_rule(rule, rows), buckets)
        for (parent, columns), index in self._indexes.items():
            if parent == item.name:
                index.add(hashes([rows[column] for column in columns]), buckets)
        return buckets

    def _by_rule(self, rule: Root, rows: pa.RecordBatch) -> Buckets:
        keys = hashes([rows[column] for column in rule.own])
        buckets: Buckets = (keys % np.uint64(self._buckets)).astype(np.uint16)
        if not rule.via:
            return buckets
        return self._indexes[rule.via, tuple(parent for _own, parent in rule.on)].find(keys, buckets)

    def _note(self, item: Item, batch: Batch) -> None:
        for finding in batch.findings:
            self._log.add(item.name, finding)
        for row in batch.set_aside:
            direct = row.hint is not None and item.root is not None and not item.root.via
            bucket = bucket_of(row.hint or "", self._buckets) if direct else None
            self.set_aside.add(item.name, row, bucket)
            where = f"{item.name}[{row.position}]"
            self._log.add(item.name, Finding.of(row.code, where, None, **dict(row.parameters)))

    def _writer(self, columns: pa.Schema, *, whole: bool) -> BucketWriter:
        self._number += 1
        return BucketWriter(self._folder, self._number, columns, self._executor, whole=whole)


def _indexes(plan: Sequence[Item], scratch: Path) -> dict[tuple[str, tuple[str, ...]], ViaIndex]:
    wanted = dict.fromkeys(
        (rule.via, tuple(parent for _own, parent in rule.on))
        for item in plan
        if item.root is not None
        for rule in item.root.rules()
        if rule.via
    )
    return {key: ViaIndex(scratch / f"{number:03d}") for number, key in enumerate(wanted) if key[0]}

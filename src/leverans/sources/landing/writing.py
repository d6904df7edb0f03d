"""Rows → Parquet files, one or more per bucket, in bounded memory and with the same bytes every time.

Files are written beside the reading: while one part of a stream is sorted, compressed and written, the next
one is read.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leverans.blobs import digest_file
from leverans.contracts import LandedFile
from leverans.sources.landing.hashing import Buckets

BUFFER_BYTES = 24 << 20
"""Rows of one stream that wait in memory before they are written, over all buckets; as many are written."""

PIECES = 8
"""Times that rows are added to a file before the bucket's next one begins: an open file remembers each."""

WHOLE = -1

_FORM: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
"""Many small files: dictionaries and statistics cost as much as all the rest, and files get no smaller."""


class BucketWriter:
    """Writes one stream.

    Args:
        folder: the landing's folder (``streams/`` is below it).
        number: number of the stream in the landing; file names carry it, never the source's names.
        schema: the stream's columns.
        executor: one thread, which writes.
        whole: the stream is shared: at least one file, also when it is empty.
    """

    def __init__(
        self, folder: Path, number: int, schema: pa.Schema, executor: Executor, *, whole: bool
    ) -> None:
        self._folder = folder
        self._number = number
        self._schema = schema
        self._executor = executor
        self._whole = whole
        self._waiting: list[tuple[pa.RecordBatch, Buckets]] = []
        self._weight = 0
        self._written: Future[None] | None = None
        self._writers: dict[int, pq.ParquetWriter] = {}
        self._pieces: dict[int, int] = {}
        self._rows: dict[int, list[int]] = {}

    def add(self, rows: pa.RecordBatch, buckets: Buckets) -> None:
        """Take rows; `buckets` tells where each one goes and is not looked at for a shared stream.

        Raises:
            OSError: rows given before could not be written.
        """
        if not rows.num_rows:
            return
        self._waiting.append((rows, buckets))
        self._weight += rows.nbytes
        if self._weight >= BUFFER_BYTES:
            self._flush()

    def close(self) -> tuple[LandedFile, ...]:
        """Write what waits and give all files.

        Raises:
            OSError: rows could not be written.
        """
        self._flush()
        self._settle()
        if self._whole and not self._rows:
            self._put(WHOLE, pa.Table.from_batches([], self._schema))
        for bucket in list(self._writers):
            self._end(bucket)
        return tuple(
            self._landed(bucket, part)
            for bucket in sorted(self._rows)
            for part in range(len(self._rows[bucket]))
        )

    def _flush(self) -> None:
        self._settle()
        if self._waiting:
            self._written = self._executor.submit(self._write, self._waiting)
        self._waiting = []
        self._weight = 0

    def _settle(self) -> None:
        """Wait until the rows given before are written."""
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def _write(self, waiting: Sequence[tuple[pa.RecordBatch, Buckets]]) -> None:
        rows = pa.Table.from_batches([batch for batch, _ in waiting], self._schema)
        if self._whole:
            self._put(WHOLE, rows)
            return
        buckets = np.concatenate([buckets for _, buckets in waiting])
        order = np.argsort(buckets, kind="stable")
        ordered = rows.combine_chunks().take(pa.array(order))
        present, starts = np.unique(buckets[order], return_index=True)
        for bucket, start, end in zip(present, starts, [*starts[1:], len(order)], strict=True):
            self._put(int(bucket), ordered.slice(int(start), int(end - start)))

    def _put(self, bucket: int, rows: pa.Table) -> None:
        counts = self._rows.setdefault(bucket, [])
        if bucket not in self._writers:
            path = self._folder / self._path(bucket, len(counts))
            self._writers[bucket] = pq.ParquetWriter(path, self._schema, **_FORM)
            self._pieces[bucket] = 0
            counts.append(0)
        self._writers[bucket].write_table(rows)
        counts[-1] += rows.num_rows
        self._pieces[bucket] += 1
        if self._pieces[bucket] >= PIECES:
            self._end(bucket)

    def _end(self, bucket: int) -> None:
        self._writers.pop(bucket).close()

    def _path(self, bucket: int, part: int) -> str:
        ending = "shared" if bucket == WHOLE else f"{bucket:03d}"
        return f"streams/{self._number:03d}.{ending}{f'.{part + 1}' if part else ''}.parquet"

    def _landed(self, bucket: int, part: int) -> LandedFile:
        path = self._path(bucket, part)
        digest = digest_file(self._folder / path).sha256
        return LandedFile(path, digest, self._rows[bucket][part], None if bucket == WHOLE else bucket)

"""Rows → Parquet files, one per bucket, in bounded memory and with the same bytes every time."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leverans.blobs import digest_file
from leverans.contracts import LandedFile
from leverans.sources.landing.hashing import Buckets

BUFFER_BYTES = 32 << 20
"""Rows of one stream that wait in memory before they are written, over all buckets."""

WHOLE = -1


class BucketWriter:
    """Writes one stream.

    Args:
        folder: the landing's folder (``streams/`` is below it).
        number: number of the stream in the landing; file names carry it, never the source's names.
        schema: the stream's columns.
        whole: the stream is shared: one file, also when it is empty.
    """

    def __init__(self, folder: Path, number: int, schema: pa.Schema, *, whole: bool) -> None:
        self._folder = folder
        self._number = number
        self._schema = schema
        self._whole = whole
        self._waiting: dict[int, list[pa.RecordBatch]] = {}
        self._weight = 0
        self._writers: dict[int, pq.ParquetWriter] = {}
        self._rows: dict[int, int] = {}

    def add(self, rows: pa.RecordBatch, buckets: Buckets) -> None:
        """Take rows; `buckets` tells where each one goes and is not looked at for a shared stream."""
        if not rows.num_rows:
            return
        if self._whole:
            self._wait(WHOLE, rows)
        else:
            self._share_out(rows, buckets)
        self._weight += rows.nbytes
        if self._weight >= BUFFER_BYTES:
            self._flush()

    def close(self) -> tuple[LandedFile, ...]:
        """Write what waits and give all files."""
        if self._whole and not self._rows:
            self._wait(WHOLE, pa.RecordBatch.from_pylist([], schema=self._schema))
        self._flush()
        for writer in self._writers.values():
            writer.close()
        return tuple(self._landed(bucket) for bucket in sorted(self._rows))

    def _share_out(self, rows: pa.RecordBatch, buckets: Buckets) -> None:
        order = np.argsort(buckets, kind="stable")
        ordered = rows.take(pa.array(order))
        present, starts = np.unique(buckets[order], return_index=True)
        ends = [*starts[1:], len(order)]
        for bucket, start, end in zip(present, starts, ends, strict=True):
            self._wait(int(bucket), ordered.slice(int(start), int(end - start)))

    def _wait(self, bucket: int, rows: pa.RecordBatch) -> None:
        self._waiting.setdefault(bucket, []).append(rows)
        self._rows[bucket] = self._rows.get(bucket, 0) + rows.num_rows

    def _flush(self) -> None:
        for bucket in sorted(self._waiting):
            self._writer(bucket).write_table(pa.Table.from_batches(self._waiting[bucket], self._schema))
        self._waiting = {}
        self._weight = 0

    def _writer(self, bucket: int) -> pq.ParquetWriter:
        if bucket not in self._writers:
            path = self._folder / self._path(bucket)
            self._writers[bucket] = pq.ParquetWriter(path, self._schema, compression="zstd")
        return self._writers[bucket]

    def _path(self, bucket: int) -> str:
        ending = "shared" if bucket == WHOLE else f"{bucket:03d}"
        return f"streams/{self._number:03d}.{ending}.parquet"

    def _landed(self, bucket: int) -> LandedFile:
        path = self._path(bucket)
        digest = digest_file(self._folder / path).sha256
        return LandedFile(path, digest, self._rows[bucket], None if bucket == WHOLE else bucket)

"""What an extract notes beside rows and documents: findings, in bounded number, and rows set aside."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leverans.contracts import Finding
from leverans.sources.contract import SetAside

LOCATED = 200
"""Findings of one code and stream that keep their place; the rest is counted."""

SET_ASIDE = "set_aside.parquet"
SET_ASIDE_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("stream", "place", "code", "detail", "hint")),
        ("bucket", pa.int64()),
    ]
)
"""`hint`: canonical text of the columns that tell whose the row is, where they can be read.

`bucket`: where that object lies, null where only the parent's rows tell it.
"""

_WAITING = 10_000


class FindingLog:
    """Collects findings; every one counts, and the first of each kind keep their place."""

    def __init__(self) -> None:
        self._located: list[Finding] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(self, stream: str, finding: Finding) -> None:
        """Take a finding of a stream."""
        self._seen[finding.code, stream] += 1
        if self._seen[finding.code, stream] <= LOCATED:
            self._located.append(finding)

    def all(self) -> tuple[Finding, ...]:
        """Give the located findings, and how many more there are of each kind."""
        more = [
            Finding.of("SRC121", stream, code=code, count=count - LOCATED)
            for (code, stream), count in self._seen.items()
            if count > LOCATED
        ]
        return (*self._located, *more)


class SetAsideWriter:
    """Writes the table of rows that could not be read; no file when there is none."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / SET_ASIDE
        self._waiting: list[dict[str, str | int | None]] = []
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def add(self, stream: str, row: SetAside, bucket: int | None = None) -> None:
        """Take a row of a stream (``source.stream``), with the bucket that its hint tells."""
        told = {"place": row.place, "code": row.code, "detail": row.detail, "hint": row.hint}
        self._waiting.append({"stream": stream, **told, "bucket": bucket})
        self.rows += 1
        if len(self._waiting) >= _WAITING:
            self._flush()

    def close(self) -> Path | None:
        """Write what waits; give the file if there is one."""
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return self._path

    def _flush(self) -> None:
        if not self._waiting:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, SET_ASIDE_SCHEMA, compression="zstd")
        self._writer.write_batch(pa.RecordBatch.from_pylist(self._waiting, schema=SET_ASIDE_SCHEMA))
        self._waiting = []

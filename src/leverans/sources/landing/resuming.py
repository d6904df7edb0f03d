"""Batches of frozen sources that are durable before they are landed, so that a killed extract goes on.

Only a source that its delivery declares `frozen` and that can read on after so many rows (`ReadsOn`) is kept.
Every batch stands in a file of its own; its seal, which tells the file's digest, appears after it. An extract
goes on only where connector, catalogue, totals, fingerprint and mark (`ReadsOn.unmoved`) are those of its
first attempt, and where the last durable batch, read from the source once more, is the same to the byte.
Otherwise it begins anew.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans import __version__
from leverans.blobs import commit, sweep
from leverans.contracts import Catalogue, ControlTotals, Finding, to_json
from leverans.sources.contract import Batch, Connector, ReadsOn, SetAside
from leverans.sources.landing.plan import Item

RESUME = ".resume"
"""Folder below a landing's root in which batches of an extract that is not finished wait."""

_HEAD = "head.json"


class Moved(Exception):
    """A frozen source is no longer what the kept batches are of; the extract begins anew.

    Args:
        source: its name.
        what: ``totals``, ``catalogue``, ``fingerprint``, ``rows``, or ``kept``: a damaged batch.
    """

    def __init__(self, source: str, what: str) -> None:
        self.source = source
        self.what = what
        super().__init__(source)

    @property
    def finding(self) -> Finding:
        """What the landing tells about it."""
        return Finding.of("SRC136", self.source, what=self.what)


@dataclass(frozen=True, slots=True)
class Kept:
    """One durable batch.

    Attributes:
        file: where it is.
        sha256: digest (hex) of its bytes, from the seal.
        rows: how many rows of the source it stands for, also those set aside; from the seal.
    """

    file: Path
    sha256: str
    rows: int

    def batch(self) -> Batch | None:
        """Give it, or None where its bytes are not those that were sealed."""
        try:
            data = self.file.read_bytes()
        except OSError:
            return None
        return _batch(data) if hashlib.sha256(data).hexdigest() == self.sha256 else None


class Spool:
    """Keeps the batches of frozen sources while they are landed.

    Args:
        root: where landings lie.
        delivery: ``municipality/delivery``.
    """

    def __init__(self, root: Path, delivery: str) -> None:
        self._place = root / RESUME
        self._folder = self._place / hashlib.sha256(delivery.encode()).hexdigest()[:16]
        self.rows: dict[str, int] = {}

    def begin(
        self,
        sources: Sequence[Connector],
        catalogues: Sequence[Catalogue],
        totals: Mapping[str, ControlTotals],
        marks: Sequence[str],
    ) -> None:
        """Hold what is kept against the sources as they are now; remove what is of no use.

        Args:
            sources: the connectors.
            catalogues: what was discovered, one per source.
            totals: control totals before the read, by ``source.stream``.
            marks: the connectors' fingerprints.

        Raises:
            Moved: a frozen source has changed since the first attempt.
        """
        self.rows = {}
        sweep(self._place)
        frozen = {connector.name: connector for connector in sources if _keeps(connector)}
        for left in self._folder.iterdir() if self._folder.is_dir() else ():
            if left.name not in {_name(name) for name in frozen}:
                shutil.rmtree(left)
        for connector, catalogue, mark in zip(sources, catalogues, marks, strict=True):
            if connector.name in frozen:
                self._hold(connector, _head(connector, catalogue, totals, mark))

    def read(self, item: Item) -> Iterator[Batch]:
        """Read a stream: what is kept from there, the rest from the source.

        Raises:
            Moved: the source no longer gives the last batch that is kept, or a kept one is damaged.
            LeveransError: the source cannot be read.
        """
        source, stream = item.connector, item.stream
        if not stream.documents and _keeps(source) and isinstance(source, ReadsOn):
            place = self._folder / _name(source.name) / _name(stream.name)
            kept = tuple(_sealed(source.name, place))
            before = sum(one.rows for one in kept)
            fresh = source.read_on(stream.name, before - (kept[-1].rows if kept else 0))
            if fresh is not None:
                if kept:
                    self.rows[item.name] = before
                return self._read(source.name, place, kept, fresh)
        return source.read(stream.name)

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        with suppress(OSError):  # another delivery's batches lie there
            self._place.rmdir()

    def _hold(self, connector: Connector, head: dict[str, str]) -> None:
        folder = self._folder / _name(connector.name)
        try:
            known = json.loads((folder / _HEAD).read_bytes())
        except (OSError, ValueError):
            known = {}
        known = known if isinstance(known, dict) else {}
        if known == head:
            return
        shutil.rmtree(folder, ignore_errors=True)
        if known.get("connector") == head["connector"]:
            raise Moved(connector.name, next(what for what in head if known.get(what) != head[what]))
        with commit(self._place) as group:
            group.seal(folder / _HEAD).write_text(json.dumps(head), encoding="utf-8")

    def _read(
        self, source: str, place: Path, kept: Sequence[Kept], fresh: Iterator[Batch]
    ) -> Iterator[Batch]:
        """Give what is kept, then what is new; the source begins with the last kept batch once more."""
        if kept:
            again = next(fresh, None)
            if again is None or hashlib.sha256(_bytes(again)).hexdigest() != kept[-1].sha256:
                raise Moved(source, "rows")
        for one in kept:
            known = one.batch()
            if known is None:
                raise Moved(source, "kept")
            yield known
        for number, batch in enumerate(fresh, len(kept)):
            yield _batch(self._keep(place, number, batch))

    def _keep(self, place: Path, number: int, batch: Batch) -> bytes:
        """Make a batch durable, then its seal; what is landed is read from the same bytes."""
        data = _bytes(batch)
        seal = {"sha256": hashlib.sha256(data).hexdigest(), "rows": _count(batch)}
        with commit(self._place) as group:
            group.file(place / f"{number:08d}.batch").write_bytes(data)
            group.seal(place / f"{number:08d}.json").write_text(json.dumps(seal), encoding="ascii")
        return data


def _keeps(connector: Connector) -> bool:
    return connector.definition.frozen and isinstance(connector, ReadsOn)


def _name(name: str) -> str:
    """Names of sources' tables are no names of files."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _head(
    connector: Connector, catalogue: Catalogue, totals: Mapping[str, ControlTotals], mark: str
) -> dict[str, str]:
    counted = [totals[f"{connector.name}.{stream.name}"] for stream in catalogue.streams]
    parts = {
        "connector": f"{__version__} {pa.__version__} {connector.definition.digest}",
        "catalogue": to_json(catalogue),
        "totals": json.dumps([asdict(one) for one in counted], sort_keys=True),
        "fingerprint": f"{mark} {connector.unmoved() if isinstance(connector, ReadsOn) else ''}",
    }
    return {what: hashlib.sha256(text.encode()).hexdigest() for what, text in parts.items()}


def _sealed(source: str, place: Path) -> Iterator[Kept]:
    """Give the batches from the first one on, up to the first that has no seal.

    Raises:
        Moved: a seal is damaged.
    """
    for number in count():
        seal = place / f"{number:08d}.json"
        if not seal.is_file():
            return
        try:
            told = json.loads(seal.read_bytes())
            found = Kept(place / f"{number:08d}.batch", str(told["sha256"]), int(told["rows"]))
        except (OSError, ValueError, TypeError, KeyError):
            raise Moved(source, "kept") from None
        yield found


def _count(batch: Batch) -> int:
    rows: int = batch.rows.num_rows
    return rows + len(batch.set_aside)


def _bytes(batch: Batch) -> bytes:
    """What stands beside the rows in one line of JSON, then the rows as an Arrow stream."""
    beside = {
        "stream": batch.stream,
        "set_aside": [asdict(row) for row in batch.set_aside],
        "findings": json.loads(to_json(list(batch.findings))),
    }
    sink = pa.BufferOutputStream()
    sink.write(json.dumps(beside).encode() + b"\n")
    with pa.ipc.new_stream(sink, batch.rows.schema) as writer:
        writer.write_batch(batch.rows)
    return bytes(sink.getvalue())


def _batch(data: bytes) -> Batch:
    head, _line, rows = data.partition(b"\n")
    beside = json.loads(head)
    return Batch(
        stream=beside["stream"],
        rows=pa.ipc.open_stream(rows).read_next_batch(),
        set_aside=tuple(_set_aside(plain) for plain in beside["set_aside"]),
        findings=tuple(Finding(**plain) for plain in beside["findings"]),
    )


def _set_aside(plain: dict[str, Any]) -> SetAside:
    return SetAside(**{**plain, "parameters": tuple((name, value) for name, value in plain["parameters"])})

"""Counts under the conservation law: every row, document and object has exactly one disposition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STREAM_COUNTS = ("rows", "object", "part_of", "reference", "quarantined", "excluded")
DOCUMENT_COUNTS = ("listed", "landed", "archived", "quarantined", "excluded", "bytes")
ARCHIVED = "archived"


@dataclass(slots=True)
class Counts:
    """What one bucket, or a whole run, counts to; plain numbers only, so that it can be kept as JSON.

    Attributes:
        objects: found, archived, unchanged, quarantined, excluded, archived_protected.
        states: objects per state.
        streams: per stream the counts of `STREAM_COUNTS`.
        documents: the counts of `DOCUMENT_COUNTS`.
        entities: archived now: case, record, file.
        findings: per code.
        warned: of these, per code, those that set nothing aside, whatever the code does elsewhere.
        quarantined: quarantined objects, rows and documents per reason.
        excluded: excluded objects and rows per rule.
        stopped: objects that break a critical rule, per ``partition/route``: nothing of it is delivered.
        held: objects, and documents in them, that are held back with their partition, though nothing is wrong
            with them; no disposition of the ledger, for nothing became of them.
    """

    objects: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    streams: dict[str, dict[str, int]] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    entities: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    warned: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Give plain data for a checkpoint."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Counts":
        """Read what `plain` gave."""
        return cls(**{name: dict(plain.get(name, {})) for name in cls.__slots__})

    def add(self, other: "Counts") -> None:
        """Add the counts of another part."""
        for name in self.__slots__:
            _add(getattr(self, name), getattr(other, name))

    def stream(self, name: str) -> dict[str, int]:
        """Give the counts of one stream, made when it is new."""
        return self.streams.setdefault(name, dict.fromkeys(STREAM_COUNTS, 0))

    def finish(self) -> None:
        """Fill in the zeros, so that a reader finds every name."""
        for name in ("found", "archived", "unchanged", "quarantined", "excluded", "archived_protected"):
            self.objects.setdefault(name, 0)
        for name in DOCUMENT_COUNTS:
            self.documents.setdefault(name, 0)
        for name in ("case", "record", "file"):
            self.entities.setdefault(name, 0)
        for name in ("objects", "documents"):
            self.held.setdefault(name, 0)


def imbalances(counts: Counts) -> list[tuple[str, int, int]]:
    """Give (stream, rows, accounted) wherever the conservation law does not hold.

    ``objects`` and ``documents`` stand for themselves; those held back are accounted for.
    """
    faults = []
    for name, stream in sorted(counts.streams.items()):
        accounted = sum(stream[kind] for kind in STREAM_COUNTS[1:])
        if accounted != stream["rows"]:
            faults.append((name, stream["rows"], accounted))
    objects, documents, held = counts.objects, counts.documents, counts.held
    parts = sum(objects[kind] for kind in ("archived", "unchanged", "quarantined", "excluded"))
    parts += held.get("objects", 0)
    if parts != objects["found"]:
        faults.append(("objects", objects["found"], parts))
    told = sum(documents[kind] for kind in ("archived", "quarantined", "excluded")) + held.get("documents", 0)
    if told != documents["listed"]:
        faults.append(("documents", documents["listed"], told))
    return faults


def take_back(counts: Counts, objects: Iterable[Mapping[str, Any]], *, held: bool = False) -> None:
    """Take objects out of the archived ones again: their package was not delivered.

    They are then accounted for nowhere, unless they are held back; either way the run is not balanced, and
    that is the truth.

    Args:
        counts: the counts of the run.
        objects: rows of `leverans.delivery.mapped.PLAN_SCHEMA`.
        held: the package was not made, because its partition is held back.
    """
    for row in objects:
        counts.objects["archived"] -= 1
        counts.states[row["state"]] -= 1
        if row["route"] == "protected":
            counts.objects["archived_protected"] -= 1
        for entity, number in (("case", 1), ("record", row["records"]), ("file", row["documents"])):
            counts.entities[entity] -= number
        counts.documents["archived"] = counts.documents.get("archived", 0) - row["documents"]
        counts.documents["bytes"] -= row["bytes"]
        if held:
            _add(counts.held, {"objects": 1, "documents": row["documents"]})


def count_rows(counts: Counts, rows: pa.Table, root_disposition: Mapping[str, str]) -> None:
    """Count source rows: those of a kept object by their role, the others by what became of it."""
    dispositions = _followed(rows["root"], rows["disposition"], root_disposition)
    for stream, role, disposition, number in _tally(rows["stream"], rows["role"], dispositions):
        kind = role if disposition == ARCHIVED else disposition
        entry = counts.stream(stream)
        entry["rows"] += number
        entry[kind] += number


def count_documents(counts: Counts, documents: pa.Table, root_disposition: Mapping[str, str]) -> None:
    """Count documents: landed or not, and what became of each."""
    dispositions = _followed(documents["root"], documents["disposition"], root_disposition)
    landed = pc.sum(pc.equal(documents["status"], "landed")).as_py() or 0
    _add(counts.documents, {"listed": documents.num_rows, "landed": landed})
    for disposition, number in _tally(dispositions):
        _add(counts.documents, {disposition: number})


def tally(column: pa.ChunkedArray) -> dict[str, int]:
    """Count the values of a column."""
    return {value: number for value, number in _tally(column) if value is not None}


def _followed(
    roots: pa.ChunkedArray, own: pa.ChunkedArray, root_disposition: Mapping[str, str]
) -> pa.ChunkedArray:
    """Give each row its own disposition, or that of its object; without either it is quarantined."""
    names = pa.array(list(root_disposition.keys()), pa.string())
    values = pa.array(list(root_disposition.values()), pa.string())
    followed = values.take(pc.index_in(roots, value_set=names))
    words = pc.if_else(pc.equal(own, "quarantine"), "quarantined", own)
    words = pc.if_else(pc.equal(words, "exclude"), "excluded", words)
    return pc.coalesce(words, followed, pa.scalar("quarantined"))


def _tally(*columns: pa.ChunkedArray) -> Iterable[tuple[Any, ...]]:
    names = [f"c{number}" for number in range(len(columns))]
    table = pa.table(dict(zip(names, columns, strict=True)))
    grouped = (
        table.group_by(names).aggregate([([], "count_all")]).sort_by([(name, "ascending") for name in names])
    )
    return zip(*(grouped[name].to_pylist() for name in [*names, "count_all"]), strict=True)


def _add(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, Mapping):
            _add(into.setdefault(name, {}), value)
        else:
            into[name] = into.get(name, 0) + value

"""Mapped objects between map and package: Arrow files, one record batch per package group.

A bucket's folder holds one Arrow file per model table and ``plan.arrow`` (one row per object to archive).
The batches of a table lie in the order of the groups, so that a package reads only its own, memory-mapped.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from leverans.model import SCHEMAS

PLAN_SCHEMA = pa.schema(
    [
        ("object", pa.string()),
        ("group", pa.string()),
        ("partition", pa.string()),
        ("route", pa.string()),
        ("status", pa.string()),
        ("reference", pa.string()),
        ("quiet", pa.bool_()),
        ("key", pa.string()),
        ("state", pa.string()),
        ("version", pa.int64()),
        ("digest", pa.string()),
        ("closed", pa.bool_()),
        ("parts", pa.binary()),
        ("documents", pa.int64()),
        ("records", pa.int64()),
        ("bytes", pa.int64()),
        ("deviations", pa.string()),
    ]
)
"""What is known of each object to archive; `group` is ``partition/route/status``, and ``/accepted`` after it
where a person accepted a fault (`deviations`, JSON).

`quiet` says that the reference is for sorting only: it says too much for a ledger.
"""


def write_bucket(folder: Path, plan: pa.Table, tables: Mapping[str, pa.Table]) -> None:
    """Write one bucket's objects into an existing empty folder."""
    ordered = plan.sort_by([("group", "ascending"), ("reference", "ascending"), ("object", "ascending")])
    _write(folder / "plan.arrow", ordered, ordered["group"])
    for name in SCHEMAS:
        table = tables[name]
        place = pc.index_in(table["root"], value_set=ordered["object"])
        table = table.append_column("_place", place).filter(pc.is_valid(place)).sort_by("_place")
        groups = (
            ordered["group"].take(table["_place"]) if table.num_rows else pa.chunked_array([[]], pa.string())
        )
        _write(folder / f"{name}.arrow", table.drop(["_place"]), groups)


def read_plan(folder: Path) -> pa.Table:
    """Read the plan of one bucket."""
    with pa.memory_map(str(folder / "plan.arrow")) as source:
        return pa.ipc.open_file(source).read_all()


def read_group(folders: list[Path], group: str, objects: pa.Array) -> dict[str, pa.Table]:
    """Read the tables of the given objects, all of one group, in the order of `objects`."""
    return {name: _gather(name, folders, group, objects) for name in SCHEMAS}


def _gather(name: str, folders: list[Path], group: str, objects: pa.Array) -> pa.Table:
    batches = [batch for folder in folders for batch in _batches(folder / f"{name}.arrow", group)]
    table = pa.Table.from_batches(batches, schema=SCHEMAS[name])
    place = pc.index_in(table["root"], value_set=objects)
    table = table.append_column("_place", place).filter(pc.is_valid(place))
    return table.sort_by("_place").drop(["_place"])


def _batches(path: Path, group: str) -> Iterator[pa.RecordBatch]:
    source = pa.memory_map(str(path))
    reader = pa.ipc.open_file(source)
    at = (reader.schema.metadata or {}).get(b"group:" + group.encode())
    if at is not None:
        yield reader.get_batch(int(at)).replace_schema_metadata(None)


def _write(path: Path, table: pa.Table, groups: pa.ChunkedArray) -> None:
    """Write a table whose rows lie in group order, one batch per group, with the batches' numbers."""
    values = groups.combine_chunks()
    runs = pc.run_end_encode(values) if len(values) else None
    names = runs.values.to_pylist() if runs is not None else []
    ends = runs.run_ends.to_pylist() if runs is not None else []
    metadata = {f"group:{name}": str(number) for number, name in enumerate(names)}
    schema = table.schema.with_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        start = 0
        for end in ends:
            part = table.slice(start, end - start).combine_chunks()
            writer.write_batch(part.to_batches()[0].cast(table.schema))
            start = end

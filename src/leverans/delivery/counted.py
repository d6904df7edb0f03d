"""Rules that must see the whole delivery: a first walk over the buckets counts what they ask for.

A bucket is a share of the delivery, so two cases with one diary number may lie in two buckets. Before the
first bucket is judged, each is mapped as far as such rules need and its values are counted by hash, eight
bytes a value, in a file per bucket: a run that goes on counts no bucket twice. A delivery of one bucket needs
no count.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from leverans.blobs import commit
from leverans.mapping import MappedBucket, Plan
from leverans.quality import COUNTED, Census, Check, Facts

FOLDER = "census"
_SCHEMA = pa.schema([("of", pa.string()), ("digest", pa.uint64())])


def whole_facts(
    plan: Plan, facts: Facts, folder: Path, buckets: int, mapped: Callable[[int, Plan], MappedBucket]
) -> Facts:
    """Give `facts` with what rules about the whole delivery need to know.

    Args:
        plan: the mapping, bound.
        facts: what is known already.
        folder: where counts lie between two attempts.
        buckets: how many there are.
        mapped: maps one bucket with a plan.
    """
    census = Census(plan.checks, facts.entities)
    if not census.needed or buckets < 2:
        return facts
    small = narrowed(plan)
    for number in range(buckets):
        path = folder / FOLDER / f"{number:04d}.arrow"
        if not path.is_file():
            _write(folder, path, census.of_bucket(mapped(number, small).tables))
        census.take(_read(path))
    return census.facts(facts)


def narrowed(plan: Plan) -> Plan:
    """Give a plan that makes only the tables that rules about the whole delivery look at."""
    entities = plan.mapping.entities
    wanted = {table for check in plan.checks for table in _tables(check, plan)}
    kept: dict[str, bool] = {}

    def needed(name: str) -> bool:
        if name not in kept:
            kept[name] = False  # a ring of entities ends here
            entity = entities[name]
            below = [needed(child.entity) for child in entity.children]
            own = entity.model in wanted or any(part.model in wanted for part in entity.parts)
            kept[name] = any(below) or own or ("restriction" in wanted and bool(entity.restrict))
        return kept[name]

    small = {
        name: dataclasses.replace(
            entity,
            parts=tuple(part for part in entity.parts if part.model in wanted),
            restrict=entity.restrict if "restriction" in wanted else {},
            children=tuple(child for child in entity.children if needed(child.entity)),
        )
        for name, entity in entities.items()
    }
    return dataclasses.replace(plan, mapping=dataclasses.replace(plan.mapping, entities=small))


def _tables(check: Check, plan: Plan) -> set[str]:
    if check.kind not in COUNTED:
        return set()
    targets = (
        [str(text).partition(".")[0] for text in check.arguments.values()] if check.kind != "unique" else []
    )
    named = targets or [check.on]
    entities = plan.mapping.entities
    return {entities[name].model if name in entities else name for name in named}


def _write(folder: Path, path: Path, found: Mapping[str, np.ndarray]) -> None:
    parts = [
        pa.table({"of": pa.repeat(name, len(digests)), "digest": digests}, schema=_SCHEMA)
        for name, digests in found.items()
    ]
    table = pa.concat_tables([_SCHEMA.empty_table(), *parts])
    with commit(folder) as group:
        target = str(group.file(path))
        with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
            writer.write_table(table)


def _read(path: Path) -> dict[str, np.ndarray]:
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        names, digests = np.asarray(table["of"]), np.asarray(table["digest"])
        return {str(name): np.array(digests[names == name]) for name in np.unique(names)}

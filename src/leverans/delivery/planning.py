"""Which packages a run makes: by partition, route and status, in parts of bounded size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.contracts import Finding
from leverans.delivery.mapped import read_plan
from leverans.registry import PackageLimits
from leverans.trust import package_id

NAMED = 100
"""Up to so many parts each names all others; of more, the one before it and the one after it."""
_MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """One package to make.

    Attributes:
        id: the package id, from the delivery, the partition and the versions in it.
        partition: e.g. the year.
        route: ``open`` or ``protected``.
        status: METS RECORDSTATUS.
        part: its number among the packages of the same group, from 1.
        parts: how many the group has.
        objects: one row per object (`leverans.delivery.mapped.PLAN_SCHEMA`), in the package's order.
        mark: what its group has beside partition, route and status.
        siblings: ids of other parts: all of them, or of very many the neighbours.
    """

    id: str
    partition: str
    route: str
    status: str
    part: int
    parts: int
    objects: pa.Table
    mark: str = ""
    siblings: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The group's name in the mapped buckets."""
        return f"{self.partition}/{self.route}/{self.status}{self.mark}"


def plan_packages(
    delivery: str, folders: list[Path], limits: PackageLimits | None = None
) -> list[PackagePlan]:
    """Plan the packages of all mapped buckets, in a stable order and none larger than `limits`."""
    plans = [read_plan(folder) for folder in folders]
    if not plans:
        return []
    whole = pa.concat_tables(plans).sort_by(
        [("group", "ascending"), ("reference", "ascending"), ("object", "ascending")]
    )
    return [plan for group in _groups(whole) for plan in _parts(delivery, group, limits or PackageLimits())]


def held_back(
    packages: list[PackagePlan], stopped: Mapping[str, int]
) -> tuple[list[PackagePlan], list[PackagePlan], list[dict[str, object]]]:
    """Part the packages of partitions where objects break a critical rule from the others.

    Returns:
        The packages to make, those held back, and a plain finding QUA006 per partition.
    """
    made = [planned for planned in packages if f"{planned.partition}/{planned.route}" not in stopped]
    held = [planned for planned in packages if f"{planned.partition}/{planned.route}" in stopped]
    told = [
        Finding.of("QUA006", name, partition=name, objects=stopped[name]).plain() for name in sorted(stopped)
    ]
    return made, held, told


def held_names(held: Sequence[PackagePlan]) -> list[dict[str, Any]]:
    """Tell what is held back, per partition and route; of the protected route nobody is named.

    A name is the reference code as the ledger has it, otherwise the object's id; at most 1,000 of a part are
    named.
    """
    parts: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for planned in held:
        parts.setdefault((planned.partition, planned.route), []).extend(planned.objects.to_pylist())
    return [
        {
            "partition": partition,
            "route": route,
            "code": "QUA006",
            "objects": len(rows),
            "documents": sum(row["documents"] for row in rows),
            "names": [] if route == "protected" else sorted(_name(row) for row in rows)[:_MOST_NAMED],
        }
        for (partition, route), rows in sorted(parts.items())
    ]


def _name(row: Mapping[str, Any]) -> str:
    return str((None if row["quiet"] else row["reference"]) or row["object"])


def _groups(whole: pa.Table) -> Iterator[pa.Table]:
    names = whole["group"].to_pylist()
    start = 0
    for at in range(1, len(names) + 1):
        if at == len(names) or names[at] != names[start]:
            yield whole.slice(start, at - start)
            start = at


def _parts(delivery: str, group: pa.Table, limits: PackageLimits) -> Iterator[PackagePlan]:
    cuts = list(_cuts(group["bytes"].to_pylist(), limits))
    first = group.slice(0, 1).to_pylist()[0]
    parts = [group.slice(start, end - start) for start, end in cuts]
    ids = [package_id(delivery, first["group"], _versions(objects)) for objects in parts]
    for number, (own, objects) in enumerate(zip(ids, parts, strict=True), 1):
        yield PackagePlan(
            id=own,
            partition=first["partition"],
            route=first["route"],
            status=first["status"],
            part=number,
            parts=len(cuts),
            siblings=_siblings(ids, number),
            objects=objects,
            mark=first["group"].removeprefix(f"{first['partition']}/{first['route']}/{first['status']}"),
        )


def _versions(objects: pa.Table) -> Iterator[str]:
    for row in objects.select(["object", "version", "digest"]).to_pylist():
        yield f"{row['object']}:{row['version']}:{row['digest']}"


def _siblings(ids: list[str], number: int) -> tuple[str, ...]:
    near = ids if len(ids) <= NAMED else ids[max(0, number - 2) : number + 1]
    return tuple(own for own in near if own != ids[number - 1])


def _cuts(sizes: list[int], limits: PackageLimits) -> Iterator[tuple[int, int]]:
    start, weight = 0, 0
    for at, size in enumerate(sizes):
        if at > start and (at - start >= limits.objects or weight + size > limits.bytes):
            yield start, at
            start, weight = at, 0
        weight += size
    yield start, len(sizes)

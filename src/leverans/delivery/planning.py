"""Which packages a run makes: by partition, route and status, in parts of bounded size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.contracts import Finding
from leverans.delivery.mapped import read_plan
from leverans.trust import package_id

MOST_OBJECTS = 5_000
MOST_BYTES = 4 << 30
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
    """

    id: str
    partition: str
    route: str
    status: str
    part: int
    parts: int
    objects: pa.Table
    mark: str = ""

    @property
    def group(self) -> str:
        """The group's name in the mapped buckets."""
        return f"{self.partition}/{self.route}/{self.status}{self.mark}"


def plan_packages(delivery: str, folders: list[Path]) -> list[PackagePlan]:
    """Plan the packages of all mapped buckets, in a stable order."""
    plans = [read_plan(folder) for folder in folders]
    if not plans:
        return []
    whole = pa.concat_tables(plans).sort_by(
        [("group", "ascending"), ("reference", "ascending"), ("object", "ascending")]
    )
    return [plan for group in _groups(whole) for plan in _parts(delivery, group)]


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


def _parts(delivery: str, group: pa.Table) -> Iterator[PackagePlan]:
    cuts = list(_cuts(group["bytes"].to_pylist()))
    first = group.slice(0, 1).to_pylist()[0]
    for number, (start, end) in enumerate(cuts, 1):
        objects = group.slice(start, end - start)
        versions = (
            f"{row['object']}:{row['version']}:{row['digest']}"
            for row in objects.select(["object", "version", "digest"]).to_pylist()
        )
        yield PackagePlan(
            id=package_id(delivery, first["group"], versions),
            partition=first["partition"],
            route=first["route"],
            status=first["status"],
            part=number,
            parts=len(cuts),
            objects=objects,
            mark=first["group"].removeprefix(f"{first['partition']}/{first['route']}/{first['status']}"),
        )


def _cuts(sizes: list[int]) -> Iterator[tuple[int, int]]:
    start, weight = 0, 0
    for at, size in enumerate(sizes):
        if at > start and (at - start >= MOST_OBJECTS or weight + size > MOST_BYTES):
            yield start, at
            start, weight = at, 0
        weight += size
    yield start, len(sizes)

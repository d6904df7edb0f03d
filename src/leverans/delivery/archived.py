"""An archived case with the evidence of the package it came with: read from the store alone."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from leverans.archive import casefile
from leverans.archive.caseobject import ERMS, ROWS
from leverans.archive.ingest import URN
from leverans.delivery.mappingfiles import mapping_of
from leverans.errors import ConfigurationError, UsageError
from leverans.formats.ocfl import Malformed, ObjectInventory, read_content
from leverans.mapping.layers import Layered
from leverans.mapping.tools.origin import EntityFacts, Line, SourceRow
from leverans.store import StorageRoot

_LINEAGE = "metadata/other/lineage.jsonl"
_LEDGER = "column-ledger.csv"


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A column that a rule tests, from the column ledger of the package."""

    stream: str
    column: str
    target: str
    where: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an archived case and its package tell.

    Attributes:
        object: object id.
        version: version of the case.
        package: id of the package.
        told: ``case.json``.
        erms: the case's aggregation, its tags without a namespace.
        rows: the source rows that travelled with it.
        lines: ``lineage.jsonl``.
        conditions: the column ledger's lines about conditions.
        mapping: the mapping as it travelled, with what it extends and the overlay; None when it is not there
            or is no YAML.
        entities: the entities of that mapping, in its order.
    """

    object: str
    version: int
    package: str
    told: dict[str, Any] = field(repr=False)
    erms: etree._Element = field(repr=False)
    rows: tuple[SourceRow, ...] = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    conditions: tuple[Conditioned, ...] = field(repr=False)
    mapping: Layered | None = field(repr=False)
    entities: tuple[EntityFacts, ...]


def read_evidence(root: StorageRoot, own: str, version: int | None = None) -> Evidence:
    """Read an archived case and what its package left as evidence.

    Raises:
        UsageError: MTL008, it is no case; ARC022, it has no such version.
        IntegrityError: ARC005, its ``case.json`` is damaged.
        ConfigurationError: MTL009, a part of the evidence is missing or damaged.
    """
    inventory = root.object(f"{URN}{own}")
    if inventory is None or not casefile.is_case(inventory):
        raise UsageError("MTL008")
    if version is not None and not 1 <= version <= inventory.number:
        raise UsageError("ARC022", own, version=version, newest=inventory.number)
    folder = root.path_of(f"{URN}{own}")
    told = casefile.read(folder, inventory, version)
    container = f"v{told['version']}.zip"
    try:
        with zipfile.ZipFile(folder / inventory.content_path(container, version)) as held:
            erms = _aggregation(held.read(ERMS))
            rows = _rows(held.read(ROWS) if ROWS in held.namelist() else b"")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as fault:
        raise ConfigurationError("MTL009", own, name=container) from fault
    package = str(told["package"]["id"])
    papers = _Papers(root, package)
    mapping = mapping_of(papers.text)
    return Evidence(
        object=own,
        version=int(told["version"]),
        package=package,
        told=told,
        erms=erms,
        rows=rows,
        lines=papers.lines(),
        conditions=papers.conditions(),
        mapping=mapping,
        entities=_entities(mapping),
    )


class _Papers:
    """The evidence of one package: an object of its own in the same root."""

    def __init__(self, root: StorageRoot, package: str) -> None:
        inventory = root.object(f"{URN}{package}")
        if inventory is None:
            raise ConfigurationError("MTL009", package, name="package.json")
        self._inventory: ObjectInventory = inventory
        self._folder = root.path_of(f"{URN}{package}")
        self._package = package

    def lines(self) -> tuple[Line, ...]:
        """Give the lineage."""
        found = [json.loads(text) for text in self._read(_LINEAGE).splitlines() if text]
        return tuple(
            Line(
                entity=plain["entity"],
                field=plain["field"],
                stream=plain["stream"],
                columns=tuple(plain["columns"]),
                operators=tuple(plain["operators"]),
                where=plain["where"],
            )
            for plain in found
        )

    def conditions(self) -> tuple[Conditioned, ...]:
        """Give the columns that rules test; none where the package has no column ledger."""
        text = self._read(_LEDGER, needed=False)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        return tuple(
            Conditioned(row["stream"], row["column"], row["target"], row["where"])
            for row in rows
            if row.get("use") == "conditioned"
        )

    def text(self, name: str) -> str:
        """Give a file of the documentation; empty where it is not there."""
        return self._read(f"documentation/{name}", needed=False)

    def _read(self, ending: str, *, needed: bool = True) -> str:
        names = [name for name in self._inventory.version().state if name.endswith(ending)]
        if not names and not needed:
            return ""
        try:
            return read_content(self._folder, self._inventory, min(names)).decode("utf-8-sig")
        except (Malformed, ValueError, OSError) as fault:
            raise ConfigurationError("MTL009", self._package, name=ending) from fault


def _aggregation(text: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    tree = etree.fromstring(text, parser)
    for entry in tree.iter(etree.Element):
        entry.tag = etree.QName(entry).localname
    found = tree.find("aggregations/aggregation")
    if found is None:
        raise ValueError(ERMS)
    return found


def _rows(text: bytes) -> tuple[SourceRow, ...]:
    if not text:
        return ()
    plain = json.loads(text, parse_int=str, parse_float=str)
    return tuple(SourceRow.of(row["stream"], row["key"], row["row"]) for row in plain["rows"])


def _entities(mapping: Layered | None) -> tuple[EntityFacts, ...]:
    data = mapping.data if mapping is not None else {}
    sources = data.get("sources") or [data.get("source")]
    found = data.get("entities") or {}
    return tuple(_facts(name, block, sources) for name, block in found.items() if "from" in block)


def _facts(name: str, block: dict[str, Any], sources: Sequence[str]) -> EntityFacts:
    table = str(block["from"])
    if not (len(sources) > 1 or table.split(".", 1)[0] in sources):
        table = f"{sources[0]}.{table}"
    children: Iterable[dict[str, Any]] = (block.get("children") or {}).values()
    below = tuple(child["entity"] for child in children)
    return EntityFacts(name, block.get("model", name), table, tuple(block.get("key") or ()), below)

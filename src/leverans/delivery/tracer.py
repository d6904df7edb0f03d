"""Traces one field of an archived case; see `leverans.delivery.tracing`."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from leverans.delivery.archived import Evidence
from leverans.delivery.erms_values import axis_at, file_part_values, part_values, value_at
from leverans.delivery.fieldpath import PLACED, FieldPath
from leverans.delivery.protecting import RuleLine, rules_of
from leverans.errors import UsageError
from leverans.mapping.tools.elements import element, elements
from leverans.mapping.tools.origin import (
    EntityFacts,
    Line,
    SourceRow,
    fitting_rows,
    groups_of,
    joined_rows,
    lines_of,
    own_row,
)
from leverans.model import AXES
from leverans.trust import pseudonym

_PSEUDONYM = "p-"
_PERSONAL = frozenset({
    ("agent", "name"), ("agent", "id_number"), ("agent", "address"), ("agent", "postal_code"),
    ("agent", "city"), ("agent", "phone"), ("agent", "email"), ("agent", "note"), ("event", "agent"),
})  # fmt: skip
"""Fields that name a person: only the digest of their value is shown."""

_OURS = frozenset({
    "id", "key", "version", "replaces", "digest", "route", "access", "kind", "creator", "creator_from",
    "creator_to",
})  # fmt: skip
"""Fields that the software fills; a mapping may fill `kind` and `creator`, too."""

_DOCUMENTS = frozenset({"sha256", "size", "crc32", "puid", "format", "format_version", "mime", "basis"})
"""Fields of a file that are those of the landed document."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One place that a field comes from.

    Attributes:
        entity: entity of the mapping (and the kind of part).
        stream: ``source.table``; empty for a constant.
        columns: columns of it.
        keys: keys of the source rows, as they may be shown; empty where the row is not in the package
            (a table that many objects share), for constants and for protected objects.
        operators: the operator chain.
        where: the line of the mapping.
    """

    entity: str
    stream: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    operators: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a field comes from.

    Attributes:
        object: object id.
        version: version of the case.
        package: the package it came with.
        field: the field as the model names it.
        element: path of the ERMS element.
        made_by: ``mapping``, ``rules`` (a rule of protection, by its conditions), ``document`` (the landed
            bytes) or ``software``.
        exact: the origins are those of this very value; otherwise each of them may be.
        origins: where it comes from.
        value: the archived value; None for no value, for one that names a person, and on the protected
            route.
        digest: keyed digest of a value that is not shown; None on the protected route.
    """

    object: str
    version: int
    package: str
    field: str
    element: str
    made_by: str
    exact: bool
    origins: tuple[Origin, ...]
    value: str | None
    digest: str | None

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)


class Tracer:
    """Traces one field of one case."""

    def __init__(
        self,
        evidence: Evidence,
        path: FieldPath,
        identify: Callable[[str, tuple[str, ...]], Iterable[str]],
        secret: bytes,
        *,
        protected: bool,
    ) -> None:
        self.evidence, self.path = evidence, path
        self.identify = identify
        self.secret, self.protected = secret, protected

    def trace(self) -> Trace:
        """Give where the field comes from."""
        path, evidence = self.path, self.evidence
        made_by, exact, origins = self._origins()
        exact = exact and all(len(origin.keys) < 2 for origin in origins)
        value = value_at(evidence, path)
        shown = value if self._may_show(value) else None
        hidden = value is not None and shown is None and not self.protected
        return Trace(
            object=evidence.object,
            version=evidence.version,
            package=evidence.package,
            field=path.text,
            element="" if path.field in PLACED else element(path.model, path.field).erms,
            made_by=made_by,
            exact=exact,
            origins=tuple(origins),
            value=shown,
            digest=pseudonym(self.secret, value or "") if hidden else None,
        )

    def _may_show(self, value: str | None) -> bool:
        if value is None or self.protected:
            return False
        personal = any(row.key.startswith(_PSEUDONYM) for row in self.evidence.rows)
        return not personal and (self.path.model, self.path.field) not in _PERSONAL

    def _origins(self) -> tuple[str, bool, list[Origin]]:
        path = self.path
        entities = self._entities()
        if path.model == "restriction":
            return self._restricted(entities)
        if path.part is not None:
            return self._part(entities)
        if path.field in PLACED:
            return "software", True, []
        if path.model == "file" and path.field in _DOCUMENTS | {"reference", "content"}:
            made = self._direct(entities, "content")
            return "document", len(made) > 0, made
        made = self._direct(entities, path.field)
        if made:
            return "mapping", True, made
        return self._software(entities)

    def _software(self, entities: list[tuple[str, SourceRow | None]]) -> tuple[str, bool, list[Origin]]:
        """Give what no field of the mapping makes: names of documents, the access class, our own fields."""
        path = self.path
        if path.model == "file" and path.field in {"name", "title"}:
            return "document", True, self._direct(entities, "content")
        if path.field == "access":
            made = [self._ruled(entities, axis) for axis in AXES]
            return (
                "rules",
                all(sure for sure, _lines in made),
                [one for _sure, lines in made for one in lines],
            )
        return "software", path.field in _OURS or path.model == "file", []

    # Which entity, which row

    def _entities(self) -> list[tuple[str, SourceRow | None]]:
        """Give the entity that made the case, record or file, and its row; several where it is not known."""
        path, known = self.path, self.evidence.entities
        model = path.owner
        if not known:
            return self._by_lineage(model)
        below = {child for entity in known for child in entity.children}
        if path.subcase is not None:
            parts = self.evidence.told.get("sub_cases", [])
            part = self._item(parts, path.subcase, f"subcases[{path.subcase}]")
            return self._found([one for one in known if one.model == "subcase"], str(part["id"]))
        if path.record is None:
            roots = [entity for entity in known if entity.name not in below]
            return self._found(roots, self.evidence.object)
        record = self._record()
        owners = self._found([one for one in known if one.model == "record"], str(record["id"]))
        if path.file is None:
            return owners
        self._item(record["files"], path.file, f"files[{path.file}]")
        names = {
            child for one in known for owner, _row in owners if one.name == owner for child in one.children
        }
        return [self._file(one, owners) for one in known if one.name in names]

    def _by_lineage(self, model: str) -> list[tuple[str, SourceRow | None]]:
        """Name every entity of the lineage that has the field; the mapping that travelled is not whole."""
        names = dict.fromkeys(line.entity.partition(".")[0] for line in self.evidence.lines)
        wanted = "content" if model == "file" else self.path.field
        held = [name for name in names if lines_of(self.evidence.lines, name, wanted)]
        return [(name, None) for name in held or names]

    def _found(self, entities: list[EntityFacts], wanted: str) -> list[tuple[str, SourceRow | None]]:
        own = own_row(entities, wanted, self.evidence.rows, self.identify)
        return [(own[0].name, own[1])] if own is not None else [(one.name, None) for one in entities]

    def _record(self) -> dict[str, Any]:
        number = self.path.record or 0
        return self._item(self.evidence.told["records"], number, f"records[{number}]")

    def _item(self, items: list[dict[str, Any]], number: int, name: str) -> dict[str, Any]:
        if number >= len(items):
            raise UsageError("MTL013", given=name, count=len(items))
        return items[number]

    def _file(
        self, entity: EntityFacts, owners: list[tuple[str, SourceRow | None]]
    ) -> tuple[str, SourceRow | None]:
        """Give the row of a file: the record's own, or the one that the archived name fits."""
        own = owners[0][1] if len(owners) == 1 else None
        if own is not None and own.stream == entity.table:
            return entity.name, own
        names = {"name": value_at(self.evidence, FieldPath("file", "name", self.path.record, self.path.file))}
        lines = lines_of(self.evidence.lines, entity.name, "name")
        fits = fitting_rows(lines, names, [row for row in self.evidence.rows if row.stream == entity.table])
        return entity.name, fits[0] if fits is not None and len(fits) == 1 else None

    # Where the field comes from

    def _direct(self, entities: list[tuple[str, SourceRow | None]], name: str) -> list[Origin]:
        return [
            self._origin(line, line.entity, row)
            for entity, row in entities
            for line in lines_of(self.evidence.lines, entity, name)
        ]

    def _origin(self, line: Line, entity: str, own: SourceRow | None) -> Origin:
        return self._told(line, entity, self._rows(entity, line.stream, own))

    def _told(self, line: Line, entity: str, rows: Iterable[SourceRow]) -> Origin:
        keys = () if self.protected else tuple(sorted({row.key for row in rows}))
        return Origin(entity, line.stream, line.columns, keys, line.operators, line.where)

    def _part(self, entities: list[tuple[str, SourceRow | None]]) -> tuple[str, bool, list[Origin]]:
        """Give the part of the mapping that made one agent, event …: those that fit what is archived."""
        path, evidence = self.path, self.evidence
        number = path.part if isinstance(path.part, int) else 0
        siblings = (file_part_values if path.file is not None else part_values)(evidence, path)
        if number >= len(siblings):
            raise UsageError("MTL013", given=path.text.rsplit(".", 1)[0], count=len(siblings))
        values = siblings[number]
        candidates: list[list[Origin]] = []
        for entity, own in entities:
            name = f"{entity}.{path.model}"
            for group in groups_of(line for line in evidence.lines if line.entity == name):
                made = self._candidate(group, values, own)
                if made is not None:
                    candidates.append(made)
        if not any(candidates) and path.field in {"key", "data_type", "basis"}:
            return "software", True, []
        return "mapping", len(candidates) == 1, [one for group in candidates for one in group]

    def _candidate(
        self, group: list[Line], values: dict[str, str | None], own: SourceRow | None
    ) -> list[Origin] | None:
        tables = [own, *(row for row in self.evidence.rows if own is None or row.stream != own.stream)]
        rows = fitting_rows(group, values, [row for row in tables if row is not None], self._constant)
        if rows is None:
            return None
        lines = [line for line in group if line.field == self.path.field]
        return [
            self._told(line, line.entity, [row for row in rows if row.stream == line.stream])
            for line in lines
        ]

    def _constant(self, line: Line) -> str | None:
        """Give a constant as the mapping that travelled with the package says it."""
        mapping = self.evidence.mapping
        if mapping is None:
            return None
        for path in (path for path, place in mapping.places.items() if place == line.where):
            held = mapping.data
            for key in path:
                held = held[key]
            if isinstance(held, dict) and "constant" in held:
                return str(held["constant"])
            if isinstance(held, dict) and "extras" in path and line.field == "name":
                return str(path[-1])
        return None

    def _restricted(self, entities: list[tuple[str, SourceRow | None]]) -> tuple[str, bool, list[Origin]]:
        axis = axis_at(self.evidence, self.path)
        if axis is None:
            count = len(self.evidence.told["restrictions"]) if self.path.owner == "case" else 0
            raise UsageError("MTL013", given=self.path.text.rsplit(".", 1)[0], count=count)
        sure, lines = self._ruled(entities, axis)
        made = self._direct(entities, f"restrict.{axis}.{self.path.field}")
        return "rules", sure, [*made, *lines]

    def _ruled(self, entities: list[tuple[str, SourceRow | None]], axis: str) -> tuple[bool, list[Origin]]:
        """Give the rule that made an axis, and whether it surely did; else every column that rules test."""
        found = [(entity, row, one) for entity, row in entities
                 for one in rules_of(self.evidence, entity, axis, row)]  # fmt: skip
        if found:
            origins = [made for entity, row, one in found for made in self._rule(entity, row, one)]
            return len(found) == 1 and found[0][2].sure, origins
        conditions = self._conditions(entities, axis)
        return not conditions or bool(self.evidence.entities), conditions

    def _rule(self, entity: str, row: SourceRow | None, rule: RuleLine) -> list[Origin]:
        """Give a rule by the tables that it tests; one that tests nothing by itself."""
        made: list[Origin] = []
        for stream in dict.fromkeys(stream for stream, _column in rule.columns) or [""]:
            columns = tuple(column for one, column in rule.columns if one == stream)
            line = Line(entity, "restrict", stream, columns, rule.words, rule.where)
            tried = [one for one in rule.rows if one.stream == stream]
            rows = tried or self._rows(entity, stream, row) if stream else []
            made.append(self._told(line, entity, rows))
        return made

    def _conditions(self, entities: list[tuple[str, SourceRow | None]], axis: str) -> list[Origin]:
        """Give the columns that the rules of an axis test."""
        made: list[Origin] = []
        for entity, row in entities:
            for one in self.evidence.conditions:
                if one.target == f"{entity}.restrict.{axis}":
                    line = Line(entity, axis, one.stream, (one.column,), ("when",), one.where)
                    made.append(self._told(line, entity, self._rows(entity, one.stream, row)))
        return made

    def _rows(self, entity: str, stream: str, own: SourceRow | None) -> list[SourceRow]:
        """Give the rows of a table that belong to an object: its own, or those that all its fields fit."""
        if own is not None and own.stream == stream:
            return [own]
        there = [row for row in self.evidence.rows if row.stream == stream]
        if own is not None and self.evidence.mapping is not None:
            there = joined_rows(self.evidence.mapping.data, entity, own, there)
        if len(there) < 2:
            return there
        path = self.path
        lines = [one for one in self.evidence.lines if (one.entity, one.stream) == (entity, stream)]
        told = [one for one in lines if one.passing and (path.owner, one.field) in elements()]
        values = {
            one.field: value_at(self.evidence, replace(path, model=path.owner, field=one.field, part=None))
            for one in told
        }
        return fitting_rows(told, values, there) or there

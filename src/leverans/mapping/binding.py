"""The second layer: a mapping is held against its sources and the archive model before any row is read."""

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping

from leverans.contracts import Catalogue, Stream
from leverans.mapping import facts
from leverans.mapping import language as lang
from leverans.mapping.disposing import hold
from leverans.mapping.layers import Layered, Problems
from leverans.mapping.plan import ColumnUse, Plan
from leverans.mapping.shapebinding import bind_virtual, virtual_streams
from leverans.mapping.uses import Desk, Scope, reason_of


def bind_mapping(mapping: lang.Mapping, catalogues: AnyMapping[str, Catalogue]) -> Plan:
    """Bind a mapping; see `leverans.mapping.bind`."""
    problems = Problems(Layered(mapping.name, {}, {}))
    absent = frozenset(name for name in mapping.sources if name not in catalogues)
    for name in sorted(absent):
        problems.note("MAP051", mapping.sources_where, source=name, known=", ".join(sorted(catalogues)))
    streams = {
        f"{source}.{stream.name}": stream
        for source in mapping.sources
        if source in catalogues
        for stream in catalogues[source].streams
    }
    streams |= virtual_streams(mapping, streams, problems)
    desk = Desk(streams, problems, absent)
    desk.codes = mapping.codes
    _Binder(mapping, desk).bind()
    problems.stop("MAP050")
    return Plan(
        mapping=mapping,
        keys={name: stream.key for name, stream in streams.items()},
        personal=frozenset(_personal(mapping, streams)),
        columns={
            name: {column.name: column.type for column in stream.columns} for name, stream in streams.items()
        },
        documents=frozenset(name for name, stream in streams.items() if stream.kind == "documents"),
        uses=tuple(_ordered(desk.uses, streams)),
        lines=tuple(desk.lines),
        digest=mapping_digest(mapping),
    )


def _personal(mapping: lang.Mapping, streams: dict[str, Stream]) -> Iterator[str]:
    for name, stream in streams.items():
        entities = [entity for entity in mapping.entities.values() if entity.table == name]
        if (
            stream.personal
            or mapping.entities[mapping.root].personal
            or any(entity.personal for entity in entities)
        ):
            yield name


def _ordered(uses: list[ColumnUse], streams: dict[str, Stream]) -> list[ColumnUse]:
    places = {
        (name, column.name): (at, number)
        for at, (name, stream) in enumerate(streams.items())
        for number, column in enumerate(stream.columns)
    }
    return sorted(uses, key=lambda use: places.get((use.stream, use.column), (len(streams), 0)))


def mapping_digest(mapping: lang.Mapping) -> str:
    """Give the SHA-256 over a mapping with all that it extends and uses, lower-case hex; without a source."""
    used = {
        "mapping": mapping.data,
        "codes": {name: table.entries for name, table in mapping.codes.items()},
        "laws": mapping.laws,
    }
    text = json.dumps(used, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _pieces(value: lang.Value) -> tuple[int, str] | None:
    """Give how many columns a reference is made of and what stands between them; None for other operators."""
    if value.match or value.code or value.operator not in {"from", "concat"}:
        return None
    if value.operator == "from":
        return 1, ""
    inner = [
        _pieces(part) if part.operator != "constant" else (0, part.constant or "") for part in value.parts
    ]
    if any(piece is None for piece in inner):
        return None
    return sum(piece[0] for piece in inner if piece), "".join(piece[1] for piece in inner if piece)


class _Binder:
    def __init__(self, mapping: lang.Mapping, desk: Desk) -> None:
        self.mapping = mapping
        self.desk = desk
        self.problems = desk.problems
        self.scopes: dict[str, Scope] = {}

    def bind(self) -> None:
        bind_virtual(self.mapping, self.desk)
        for entity in self.mapping.entities.values():
            self._entity(entity)
        for table in self.mapping.codes.values():
            self._codes(table)
        self._partition()
        self._paper()
        self._split()
        self._left()
        hold(self.mapping, self.desk)
        self._covered()

    def _entity(self, entity: lang.Entity) -> None:
        self.desk.table(entity.table, "table", entity.where)
        scope = self._joined(Scope(entity.table, entity.where), entity.joins, entity.name)
        for column in entity.key:
            self.desk.column(entity.table, column, "key", entity.name, entity.where)
        self._latest(entity.latest, entity.table, entity.name)
        if entity.hierarchy is not None:
            for column in entity.hierarchy.parent:
                self.desk.column(entity.table, column, "joined", entity.name, entity.hierarchy.where)
        for rule in entity.rules:
            self.desk.condition(rule.keep, scope, f"{entity.name}.where.{rule.name}")
        self.desk.split_all(entity.splits, scope)
        self._fields(entity.model, entity.fields, scope, entity.name, entity.where)
        self._content(entity, scope)
        for part in entity.parts:
            self._part(entity, part, scope)
        for axis, rules in entity.restrict.items():
            self._protected(entity, axis, rules, scope)
        for child in entity.children:
            self._child(entity, child, scope)
        self.desk.drop(entity.table, entity.drop)
        self.scopes[entity.name] = scope

    def _latest(self, latest: lang.Latest | None, table: str, target: str) -> None:
        for column in (*latest.of, *latest.by) if latest is not None else ():
            self.desk.column(table, column, "key", target, latest.where if latest is not None else "")

    def _joined(self, scope: Scope, joins: tuple[lang.Join, ...], owner: str) -> Scope:
        for join in joins:
            target = f"{owner}.join.{join.name}"
            self.desk.table(join.table, "table", join.where)
            for own, other in join.on:
                self.desk.reference(own, scope, "joined", target, join.where)
                self.desk.column(join.table, other, "joined", target, join.where)
            self.desk.condition(join.condition, Scope(join.table, join.where), target)
            self._latest(join.latest, join.table, target)
            self.desk.drop(join.table, join.drop)
            scope.joins[join.name] = join.table
        return scope

    def _fields(
        self, model: str, fields: dict[str, lang.Value], scope: Scope, owner: str, where: str
    ) -> None:
        allowed = facts.fields_of(model)
        for name, value in fields.items():
            self.desk.value(value, scope, owner, name)
            self._tables_of(value)
            if name not in allowed:
                self.problems.note("MAP054", value.where, field=name, model=model, allowed=", ".join(allowed))
            else:
                self._fits(model, name, value, scope)
        for name in facts.REQUIRED[model]:
            if name not in fields:
                self.problems.note("MAP055", where, field=name, model=model)
        number = fields.get("id_number")
        if model == "agent" and number is not None and number.identity and "id_number_type" not in fields:
            self.desk.value(number, scope, owner, "id_number_type")

    def _tables_of(self, value: lang.Value) -> None:
        """Note the columns that a lookup takes from a physical table."""
        table = self.mapping.codes.get(value.table)
        if table is not None and table.table:
            for column in value.take:
                self.desk.column(table.table, column, "mapped", f"codes.{table.name}", value.where)
        inner = [*value.parts, *(choice for _condition, choice in value.choices), value.by, value.at]
        for part in inner:
            if part is not None:
                self._tables_of(part)

    def _fits(self, model: str, name: str, value: lang.Value, scope: Scope) -> None:
        if facts.is_whole(model, name) and value.kind != "int" and not self._is_whole(value, scope):
            self.problems.note("MAP058", value.where, field=name)
        words = facts.WORDS.get((model, name))
        if words is not None:
            self._only(words, name, value)

    def _is_whole(self, value: lang.Value, scope: Scope) -> bool:
        if value.operator != "from" or value.code or value.match:
            return False
        if value.column.partition(".")[0] in scope.splits:
            return False
        found = self.desk.resolve(value.column, scope, value.where)
        return found is None or self.desk.type_of(found) == "int64"

    def _only(self, words: frozenset[str], name: str, value: lang.Value) -> None:
        """Hold what a value can become against a closed set of the model."""
        if value.code:
            table = self.mapping.codes[value.code]
            given = {row[table.value] for row in table.entries.values()}
            given |= {table.default} if table.default is not None else set()
            outside = ["…"] if table.table else sorted(given - words)
        elif value.operator == "constant":
            outside = [] if value.constant in words else [str(value.constant)]
        elif value.operator in {"choose", "coalesce"}:
            inner = (*value.parts, *(choice for _condition, choice in value.choices))
            for part in inner:
                self._only(words, name, part)
            return
        else:
            outside = ["…"]
        if outside:
            allowed = ", ".join(sorted(words))
            self.problems.note("MAP063", value.where, field=name, outside=", ".join(outside), allowed=allowed)

    def _content(self, entity: lang.Entity, scope: Scope) -> None:
        content = entity.content
        if (content is None) == (entity.model == "file"):
            where = entity.where if content is None else content.where
            code = "MAP055" if content is None else "MAP054"
            allowed = ", ".join(facts.fields_of(entity.model))
            self.problems.note(code, where, field="content", model=entity.model, allowed=allowed)
        if content is not None:
            self.desk.table(content.document, "documents", content.where)
            self.desk.value(content.by, scope, entity.name, "content")
            self._reference(entity, content)

    def _reference(self, entity: lang.Entity, content: lang.Content) -> None:
        """Note MAP066 where the reference of a BLOB, its row's key, can never be what `by` makes."""
        key = self._blob_key(content.document)
        made = _pieces(content.by)
        if len(key) < 2 or content.pattern or made is None or entity.table in self.mapping.virtual:
            return
        columns, between = made
        if columns != len(key) or between != "|" * (len(key) - 1):
            shown = ', "|", '.join(key)
            self.problems.note("MAP066", content.by.where, parts=len(key), key=f"{{concat: [{shown}]}}")

    def _blob_key(self, document: str) -> tuple[str, ...]:
        """Give the key of the table whose column a document stream is, by the usual name ``table_column``."""
        tables = [
            stream
            for name, stream in self.desk.streams.items()
            if stream.kind == "table" and document.startswith(f"{name}_")
        ]
        return max(tables, key=lambda stream: len(stream.name)).key if tables else ()

    def _part(self, entity: lang.Entity, part: lang.Part, scope: Scope) -> None:
        owner = f"{entity.name}.{part.model}"
        if part.model not in facts.PARTS[entity.model]:
            allowed = ", ".join(sorted(facts.PARTS[entity.model]))
            self.problems.note("MAP054", part.where, field=part.model, model=entity.model, allowed=allowed)
        inner = scope
        if part.table:
            self.desk.table(part.table, "table", part.where)
            inner = self._joined(Scope(part.table, part.where), part.joins, owner)
            for own, other in part.on:
                self.desk.reference(own, scope, "joined", owner, part.where)
                self.desk.reference(other, inner, "joined", owner, part.where)
            self.desk.condition(part.condition, Scope(part.table, part.where), owner)
            self._latest(part.latest, part.table, owner)
            self.desk.split_all(part.splits, inner)
            for column in part.order:
                self.desk.reference(column, inner, "key", owner, part.where)
            self.desk.drop(part.table, part.drop)
        self.desk.condition(part.when, inner, owner)
        self._fields(part.model, part.fields, inner, owner, part.where)

    def _protected(
        self, entity: lang.Entity, axis: str, rules: tuple[lang.Protect, ...], scope: Scope
    ) -> None:
        target = f"{entity.name}.restrict.{axis}"
        for rule in rules:
            self.desk.condition(rule.condition, scope, target)
            for name, value in (("law", rule.law), ("text", rule.text)):
                if value is not None:
                    self.desk.value(value, scope, entity.name, f"restrict.{axis}.{name}")

    def _child(self, entity: lang.Entity, child: lang.Child, scope: Scope) -> None:
        below = self.mapping.entities[child.entity]
        target = f"{entity.name}.children.{child.name}"
        for own, other in child.on:
            self.desk.reference(own, scope, "joined", target, child.where)
            self._other(below, other, target, child.where)
        self.desk.condition(child.condition, Scope(below.table, child.where), target)
        for column in child.order:
            self.desk.column(below.table, column, "key", target, child.where)

    def _other(self, below: lang.Entity, column: str, target: str, where: str) -> None:
        """Note the column of a child's row; MAP069 for one of its joins, which are made only afterwards."""
        join = column.partition(".")[0]
        if "." in column and any(one.name == join for one in below.joins):
            self.problems.note("MAP069", where, table=below.table, column=column, join=join)
        else:
            self.desk.column(below.table, column, "joined", target, where)

    def _codes(self, table: lang.CodeTable) -> None:
        if not table.table:
            return
        target = f"codes.{table.name}"
        self.desk.table(table.table, "table", table.where)
        self.desk.column(table.table, table.key, "joined", target, table.where)
        self.desk.column(table.table, table.value, "mapped", target, table.where)
        for column in () if table.valid is None else (table.valid.start, table.valid.end):
            self.desk.column(table.table, column, "conditioned", target, table.where)
        self.desk.condition(table.condition, Scope(table.table, table.where), target)
        self.desk.drop(table.table, table.drop)

    def _partition(self) -> None:
        root = self.mapping.entities[self.mapping.root]
        self.desk.value(self.mapping.partition.by, self.scopes[root.name], root.name, "partition")

    def _paper(self) -> None:
        for declared in self.mapping.paper:
            self.desk.condition(declared.condition, self.scopes[self.mapping.root], "paper")

    def _split(self) -> None:
        for entity in self.mapping.entities.values():
            self.desk.all_taken(entity.splits)
            for part in entity.parts:
                self.desk.all_taken(part.splits)

    def _left(self) -> None:
        for left in self.mapping.leave:
            stream = self.desk.streams.get(left.name)
            if stream is None:
                if left.name.split(".", 1)[0] not in self.desk.absent:
                    self.problems.note("MAP052", left.where, table=left.name)
            elif left.name in self.desk.users:
                self.problems.note("MAP060", left.where, table=left.name, other=self.desk.users[left.name])
            else:
                for column in stream.columns:
                    self.desk.column(left.name, column.name, "left", "", left.where, reason=reason_of(left))

    def _covered(self) -> None:
        left = {item.name for item in self.mapping.leave}
        noted: dict[tuple[str, str], set[str]] = {}
        for use in self.desk.uses:
            noted.setdefault((use.stream, use.column), set()).add(use.use)
        for name, stream in self.desk.streams.items():
            if name in left:
                continue
            if name not in self.desk.users:
                made = self.mapping.virtual.get(name)
                place = self.mapping.entities_where if made is None else made.where
                self.problems.note("MAP057", place, table=name)
            elif stream.kind == "table":
                for column in stream.columns:
                    self._column(name, column.name, noted.get((name, column.name), set()))

    def _column(self, table: str, column: str, uses: set[str]) -> None:
        if not uses:
            self.problems.note("MAP056", self._at(table), table=table, column=column)
        elif "dropped" in uses and len(uses) > 1:
            where = next(
                use.where
                for use in self.desk.uses
                if (use.stream, use.column, use.use) == (table, column, "dropped")
            )
            self.problems.note("MAP059", where, table=table, column=column)

    def _at(self, table: str) -> str:
        """Give the place that tells of a column: where its table is used, or where a virtual one is made."""
        made = self.mapping.virtual.get(table)
        return self.desk.users[table] if made is None else made.where

"""The first layer: a file, what it extends and an overlay become a `Mapping`, or every fault is told."""

import dataclasses
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, TypeVar

from leverans.mapping import language as lang
from leverans.mapping.blocks import NESTING, Folders, make_codes, make_drop, make_entity, make_paper
from leverans.mapping.building import Maker
from leverans.mapping.functions import Registry
from leverans.mapping.grammar import CHECKS
from leverans.mapping.guarding import unguarded
from leverans.mapping.layers import KeyPath, Layered, Problems, overlaid, read
from leverans.mapping.rules import DATED, RulesFile, dated, read_rules, undated
from leverans.mapping.shapes import Pivot, Virtual
from leverans.mapping.shaping import make_virtual, virtual_names
from leverans.mapping.structure import check_structure, spelled
from leverans.mapping.tables import read_laws

LANGUAGE = 1
LAWS = Path("mappings") / "_tables" / "osl.csv"
"""The table of secrecy paragraphs, below the content root."""

Block = TypeVar("Block")


def load_mapping(
    path: Path,
    *,
    content: Path,
    plan_folder: Path | None,
    overlay: AnyMapping[str, Any] | None,
    overlay_where: Callable[[KeyPath], str] | None,
) -> lang.Mapping:
    """Read a mapping; see `leverans.mapping.load`."""
    tree = read(path, content)
    early = Problems(tree)
    if isinstance(tree.data, dict) and "decisions" in tree.data:
        early.add("MAP018", ("decisions",))
    if isinstance(tree.data, dict) and "paper" in tree.data:
        early.add("MAP087", ("paper",))
    if overlay:
        tree = overlaid(tree, overlay, overlay_where)
    problems = Problems(tree, found=early.found)
    check_structure(tree.data, problems)
    tree.data = spelled("mapping", tree.data)
    mapping = None
    if isinstance(tree.data, dict):
        mapping = _Loader(tree, problems, Folders(path.parent, plan_folder, content)).load()
    problems.stop("MAP000")
    if mapping is None:
        raise AssertionError(f"{tree.name}: a mapping that cannot be made has no problems")
    return mapping


class _Loader:
    """Makes the parts of a mapping that are not broken, and holds them against each other."""

    def __init__(self, tree: Layered, problems: Problems, folders: Folders) -> None:
        self.tree = tree
        self.data: dict[str, Any] = tree.data
        self.problems = problems
        self.folders = folders
        self.codes: dict[str, lang.CodeTable] = {}
        self.maker = Maker(problems, self._sources(), self.codes)
        self.maker.virtual = virtual_names(self.data, self.maker.sources)
        self.virtual: dict[str, Virtual] = {}
        self.maker.registry = self.registry = Registry(folders.content, problems)

    def load(self) -> lang.Mapping | None:
        version = self.data.get("mapping", LANGUAGE)
        if version != LANGUAGE and not self.problems.below(("mapping",)):
            self.problems.add("MAP015", ("mapping",), version=version, known=LANGUAGE)
        self.virtual = make_virtual(self.maker, self.data)
        for name, block in self._blocks("codes"):
            self.codes[name] = make_codes(self.maker, name, block, ("codes", name), self.folders)
        entities = self._entities()
        root = self._root(entities)
        checks = tuple(self._checks())
        rules = self._rules(entities, checks)
        self._unique(entities)
        leave = self._leave()
        entities, leave, codes = self._decided(entities, leave)
        partition = self._partition()
        laws = self._laws(entities)
        paper = make_paper(self.maker, self.data.get("paper"))
        self._guarded(entities)
        if self.problems.found or partition is None or not root:
            return None
        return lang.Mapping(
            name=self.tree.name,
            id=self.data["id"],
            title=self.data.get("title", ""),
            information_type=self.data["information_type"],
            system=self.data.get("system", ""),
            sources=self.maker.sources,
            root=root,
            partition=partition,
            entities=entities,
            codes=codes,
            checks=(*checks, *rules.checks),
            leave=leave,
            laws=laws,
            data=self._data(rules),
            sources_where=self.tree.where(("sources" if "sources" in self.data else "source",)),
            entities_where=self.tree.where(("entities",)),
            virtual=self.virtual,
            functions=dict(sorted(self.registry.used.items())),
            paper=paper,
        )

    def _data(self, rules: RulesFile) -> dict[str, Any]:
        """Give what decides the result: the keys, the rules beside them, the digests of functions."""
        used = {name: one.sha256 for name, one in sorted(self.registry.used.items())}
        more = {"rules": rules.data, "functions": used}
        return self.data | {key: value for key, value in more.items() if value}

    def _sources(self) -> tuple[str, ...]:
        if "source" not in self.data and "sources" not in self.data:
            self.problems.add("MAP002", (), key="source | sources")
        given = self.data.get("sources", [self.data.get("source")])
        return tuple(name for name in given if isinstance(name, str)) if isinstance(given, list) else ()

    def _blocks(self, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the named blocks below a key that are no structural ruins."""
        blocks = self.data.get(key)
        for name, block in blocks.items() if isinstance(blocks, dict) else ():
            if isinstance(block, dict) and not self._broken((key, name)):
                yield name, block

    def _broken(self, path: KeyPath) -> bool:
        """Say whether the block itself lacks something; faults deeper down only cost those parts."""
        return path in self.problems.paths or any(
            (*path, key) in self.problems.paths for key in ("from", "key", "where", "children", "restrict")
        )

    def _entities(self) -> dict[str, lang.Entity]:
        made: dict[str, lang.Entity] = {}
        for name, block in self._blocks("entities"):
            sound = {
                key: value
                for key, value in block.items()
                if ("entities", name, key) not in self.problems.paths
            }
            entity = make_entity(self.maker, name, sound, ("entities", name))
            if entity is not None:
                made[name] = entity
        return made

    def _root(self, entities: dict[str, lang.Entity]) -> str:
        named = self.data.get("entities")
        known = set(named) if isinstance(named, dict) else set()
        children: set[str] = set()
        for entity in entities.values():
            for child in entity.children:
                children.add(child.entity)
                self._nesting(entity, child, entities, known)
        roots = [name for name in entities if name not in children]
        cases = [name for name in roots if entities[name].model == "case"]
        sound = len(entities) == len(known) and not any("children" in path for path in self.problems.paths)
        if sound and (len(cases) != 1 or len(roots) != 1):
            for name in roots or list(entities)[:1]:
                if name not in cases[:1]:
                    self.problems.add("MAP014", ("entities", name), name=name)
        return cases[0] if cases else ""

    def _guarded(self, entities: dict[str, lang.Entity]) -> None:
        """Note MAP089 for entities silent about an axis that others decide by a column of their table."""
        for entity, axis, column in () if self.problems.found else unguarded(entities):
            path = ("entities", entity.name)
            self.problems.add("MAP089", path, name=entity.name, table=entity.table, column=column, axis=axis)

    def _nesting(
        self, entity: lang.Entity, child: lang.Child, entities: dict[str, lang.Entity], known: set[str]
    ) -> None:
        path = ("entities", entity.name, "children", child.name)
        if child.entity not in known:
            self.problems.add("MAP013", (*path, "entity"), name=child.entity, known=", ".join(sorted(known)))
        elif child.entity in entities:
            below = entities[child.entity]
            if below.model not in NESTING.get(entity.model, ()):
                self.problems.add("MAP027", (*path, "entity"), above=entity.model, below=below.model)
            if child.same_row and below.table != entity.table:
                self.problems.add("MAP033", (*path, "same_row"), above=entity.table, below=below.table)

    def _checks(self) -> Iterator[lang.Check]:
        seen: set[str] = set()
        data = self.data.get("checks", ())
        for index, check in enumerate(data if isinstance(data, list) else ()):
            path = ("checks", index)
            if self.problems.below(path):
                continue
            if check["id"] in seen:
                self.problems.add("MAP022", (*path, "id"), name=check["id"])
            seen.add(check["id"])
            kind = next(name for name in CHECKS if name in check)
            self._check_fields(check, kind, path)
            severity = check.get("severity", "quarantine")
            where = self.tree.where(path)
            yield lang.Check(check["id"], check["on"], kind, check[kind], severity, check["text"], where)

    def _rules(self, entities: dict[str, lang.Entity], checks: tuple[lang.Check, ...]) -> RulesFile:
        """Read the rules beside the mapping; a mapping that is broken has no fields to hold them against."""
        taken = {check.id for check in checks}
        if self.problems.found:
            return RulesFile((), [])
        return read_rules(self.tree, self.folders.content, entities, taken, self.problems)

    def _check_fields(self, check: dict[str, Any], kind: str, path: KeyPath) -> None:
        named = self.data.get("entities")
        if check["on"] not in (named or {}):
            known = ", ".join(named or {})
            self.problems.add("MAP013", (*path, "on"), name=check["on"], known=known)
            return
        if kind == "files_exist":
            self.problems.add("RUL011", (*path, kind), kind=kind, table="document")
            return
        block = named[check["on"]] if isinstance(named, dict) else None
        known_fields = block.get("fields") if isinstance(block, dict) else None
        fields = named if kind == "count" else known_fields
        for index, name in enumerate(check[kind]):
            if name not in (fields or {}):
                at = name if isinstance(check[kind], dict) else index
                self.problems.add("MAP024", (*path, kind, at), field=name, entity=check["on"])
            elif kind in DATED and not dated(name):
                at = name if isinstance(check[kind], dict) else index
                self.problems.add("RUL014", (*path, kind, at), **undated(name, kind))

    def _unique(self, entities: dict[str, lang.Entity]) -> None:
        for entity in entities.values():
            path = ("entities", entity.name, "unique")
            if self.problems.below(path):
                continue
            if entity.unique and entity.model != "case":
                self.problems.add("MAP020", path, key="unique", needed="case")
            fields = self.data["entities"][entity.name].get("fields") or {}
            for index, name in enumerate(entity.unique):
                if name not in fields:
                    self.problems.add("MAP024", (*path, index), field=name, entity=entity.name)

    def _leave(self) -> tuple[lang.Dropped, ...]:
        data = self.data.get("leave")
        made = make_drop(self.maker, data if isinstance(data, dict) else None, ("leave",))
        return tuple(
            dataclasses.replace(left, name=self.maker.stream(left.name, ("leave", left.name)))
            for left in made
        )

    def _partition(self) -> lang.Partition | None:
        data = self.data.get("partition")
        if data is None or self.problems.below(("partition",)):
            return None
        by = self.maker.item(data["by"], ("partition", "by"))
        return lang.Partition(by, data.get("take", "value"), self.tree.where(("partition",)))

    def _laws(self, entities: dict[str, lang.Entity]) -> dict[str, tuple[int, str]]:
        for entity in entities.values():
            for index, rule in enumerate(entity.restrict.get("secrecy", ())):
                if rule.law is not None:
                    path = ("entities", entity.name, "restrict", "secrecy", index, "law")
                    return read_laws(self.folders.content / LAWS, LAWS.as_posix(), path, self.problems)
        return {}

    def _decided(
        self, entities: dict[str, lang.Entity], leave: tuple[lang.Dropped, ...]
    ) -> tuple[dict[str, lang.Entity], tuple[lang.Dropped, ...], dict[str, lang.CodeTable]]:
        """Put the decisions of the overlay to what is dropped as gallring; MAP017 where one is missing."""
        desk = _Decisions(self.data.get("decisions"), self.problems, self.maker.sources)
        decided = {name: desk.entity(entity) for name, entity in entities.items()}
        codes = {
            name: dataclasses.replace(table, drop=desk.drop(table.drop, table.table))
            for name, table in self.codes.items()
        }
        self.virtual = {name: desk.virtual(table) for name, table in self.virtual.items()}
        left = desk.drop(leave, "")
        desk.unused()
        return decided, left, codes


class _Decisions:
    """The municipality's disposal decisions, by table or ``table.column``."""

    def __init__(self, data: Any, problems: Problems, sources: tuple[str, ...]) -> None:
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.problems = problems
        self.prefix = f"{sources[0]}." if len(sources) == 1 else ""
        self.used: set[str] = set()

    def entity(self, entity: lang.Entity) -> lang.Entity:
        parts = tuple(
            dataclasses.replace(part, drop=self.drop(part.drop, part.table), joins=self._joins(part.joins))
            for part in entity.parts
        )
        drop = self.drop(entity.drop, entity.table)
        return dataclasses.replace(entity, drop=drop, parts=parts, joins=self._joins(entity.joins))

    def virtual(self, table: Virtual) -> Virtual:
        if not isinstance(table, Pivot):
            return dataclasses.replace(table, drop=self.drop(table.drop, table.name))
        forms = {
            version: dataclasses.replace(form, drop=self.drop(form.drop, table.name))
            for version, form in table.forms.items()
        }
        return dataclasses.replace(table, drop=self.drop(table.drop, table.base), forms=forms)

    def _joins(self, joins: tuple[lang.Join, ...]) -> tuple[lang.Join, ...]:
        return tuple(dataclasses.replace(join, drop=self.drop(join.drop, join.table)) for join in joins)

    def drop(self, dropped: tuple[lang.Dropped, ...], table: str) -> tuple[lang.Dropped, ...]:
        return tuple(self._one(item, f"{table}.{item.name}" if table else item.name) for item in dropped)

    def _one(self, item: lang.Dropped, name: str) -> lang.Dropped:
        if item.use != "gallring":
            return item
        names = [name, name.removeprefix(self.prefix)] if self.prefix else [name]
        found = next((key for key in names if key in self.data), None)
        if found is None or self.problems.below(("decisions", found)):
            self.problems.note("MAP017", item.where, name=name)
            return item
        self.used.add(found)
        entry = self.data[found]
        decision = " ".join(str(entry[key]) for key in ("decision", "date") if key in entry)
        return dataclasses.replace(item, decision=decision)

    def unused(self) -> None:
        """Note MAP026 for a decision about something that is not dropped as gallring."""
        for name in self.data:
            if name not in self.used and not self.problems.below(("decisions", name)):
                self.problems.add("MAP026", ("decisions", name), name=name)

"""Files of rules beside a mapping: read and held against the language and the archive model.

``<mapping>.rules.yaml`` holds rules about finished objects that an archivist reads and that run without a
change of the mapping. A mapping that extends another has the other's rules, too. The fields that a rule
names must be fields that the mapping fills, so that no rule looks at what is never there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from leverans.findings.phrases import phrase
from leverans.formats import yamltext
from leverans.mapping import expectations, facts
from leverans.mapping import language as lang
from leverans.mapping.blocks import PAIRS
from leverans.mapping.building import Maker
from leverans.mapping.grammar import CHECKS
from leverans.mapping.layers import KeyPath, Layered, Problems
from leverans.mapping.nodes import NODES
from leverans.mapping.structure import check_node, spelled
from leverans.model import SCHEMAS

VERSION = 1
DOCUMENT = "document"
"""Table of the documents that rows refer to, beside the tables of the model."""

EXPECTATION = "expectation"
_ENTITIES = ("case", "subcase", "record", "file")
_ALWAYS = {
    "case": {"id", "key", "partition", "kind", "creator", "creator_from", "creator_to", "access", "route"},
    "subcase": {"id", "key", "kind", "access"},
    "restriction": {"axis", "web", "law", "text", "until"},
    "location": {"basis"},
    "custody": {"kind"},
    "extra": {"data_type"},
    DOCUMENT: {"stream", "status"},
}
_NUMBERS = ("int64",)


DATED = frozenset({"order", "between"})
"""Kinds of rules about dates."""


def dated(name: str) -> bool:
    """Say whether a field of the model may hold a date; free text never does."""
    return name in facts.DATES or name == facts.NAMING["extra"]


def undated(name: str, kind: str) -> dict[str, str]:
    """Give what RUL014 tells of a rule about dates that is aimed at another field."""
    return {"field": name, "kind": kind, "known": ", ".join(sorted(facts.DATES))}


@dataclass(frozen=True, slots=True)
class RulesFile:
    """What stands beside a mapping: its rules and the plain data, which are part of the mapping's digest."""

    checks: tuple[lang.Check, ...]
    data: list[Any]


def rules_path(mapping: Path) -> Path:
    """Give where the rules of a mapping file lie, whether they are there or not."""
    return mapping.with_name(f"{mapping.stem}.rules.yaml")


def read_rules(
    tree: Layered, content: Path, entities: dict[str, lang.Entity], taken: set[str], problems: Problems
) -> RulesFile:
    """Read the rules beside a mapping and beside what it extends; faults are noted in `problems`.

    Args:
        tree: the mapping as read, with the files it is made of.
        content: the content root; places are relative to it.
        entities: the mapping's entities.
        taken: ids of the mapping's own checks.
        problems: where faults are noted: MAP001 to MAP006 and RUL.
    """
    checks: list[lang.Check] = []
    data: list[Any] = []
    for path in dict.fromkeys(rules_path(file) for file in tree.files):
        if not path.is_file():
            continue
        document = yamltext.load(path, content)
        places = {key: f"{document.name}:{line}:{column}" for key, (line, column) in document.places.items()}
        own = Problems(Layered(document.name, document.data, places), found=problems.found)
        check_node(NODES["rules"], document.data, (), own)
        plain = spelled("rules", document.data)
        data.append(plain)
        checks += _Reader(own, entities, taken).read(plain)
    return RulesFile(tuple(checks), data)


class _Reader:
    """Makes the rules of one file that are not broken."""

    def __init__(self, problems: Problems, entities: dict[str, lang.Entity], taken: set[str]) -> None:
        self.problems = problems
        self.entities = entities
        self.taken = taken
        self.maker = Maker(problems, (), {})

    def read(self, data: Any) -> Iterator[lang.Check]:
        if not isinstance(data, dict):
            return
        if data.get("rules", VERSION) != VERSION and not self.problems.below(("rules",)):
            self.problems.add("RUL001", ("rules",), version=data["rules"], known=VERSION)
        listed = data.get("checks")
        for index, rule in enumerate(listed if isinstance(listed, list) else ()):
            path = ("checks", index)
            if isinstance(rule, dict) and not self.problems.below(path):
                yield from self._rule(rule, path)

    def _rule(self, rule: dict[str, Any], path: KeyPath) -> Iterator[lang.Check]:
        if rule["id"] in self.taken:
            self.problems.add("MAP022", (*path, "id"), name=rule["id"])
        self.taken.add(rule["id"])
        table = self._table(rule["on"], path)
        if not table:
            return
        kind, arguments = self._asked(rule, path)
        fields = self._fields(rule["on"], table)
        if kind == "files_exist" and table != DOCUMENT:
            self.problems.add("RUL011", (*path, "on"), kind=kind, table=DOCUMENT)
        self._named(kind, arguments, rule["on"], fields, path)
        when = self.maker.condition(rule.get("when"), (*path, "when"))
        for test in when.tests:
            self._known(test.column, rule["on"], fields, (*path, "when", test.column))
        if not self.problems.below(path):
            where, because = self.problems.tree.where(path), rule["because"]
            text, severity = rule["text"], rule["severity"]
            on = rule["on"]
            yield lang.Check(rule["id"], on, kind, arguments, severity, text, where, when, because)

    def _table(self, on: str, path: KeyPath) -> str:
        """Give the table of the model that `on` means; RUL002 where it means none, RUL003 several."""
        entity = self.entities.get(on)
        if entity is not None:
            same = [other.name for other in self.entities.values() if other.model == entity.model]
            if len(same) > 1 and on != entity.model:
                names = ", ".join(same)
                self.problems.add("RUL003", (*path, "on"), name=on, model=entity.model, others=names)
                return ""
            return entity.model
        if on in SCHEMAS and on != "row":
            return on
        if on == DOCUMENT:
            return on
        known = dict.fromkeys([*self.entities, *(name for name in SCHEMAS if name != "row"), DOCUMENT])
        self.problems.add("RUL002", (*path, "on"), name=on, known=", ".join(known))
        return ""

    def _asked(self, rule: dict[str, Any], path: KeyPath) -> tuple[str, Any]:
        if EXPECTATION not in rule:
            if "with" in rule:
                self.problems.add("MAP020", (*path, "with"), key="with", needed=EXPECTATION)
            kind = next(name for name in CHECKS if name in rule)
            return kind, rule[kind]
        name, given = expectations.class_name(rule[EXPECTATION]), rule.get("with", {})
        if not isinstance(given, dict):
            self.problems.add("MAP003", (*path, "with"), expected=phrase("a block of keys"))
            given = {}
        known = expectations.allowed().get(name)
        if known is not None:
            self._parameters(known, given, path)
        else:
            code = {"whole": "RUL005", "unfit": "RUL006"}.get(expectations.refused().get(name, ""), "RUL004")
            known_names = ", ".join(expectations.allowed())
            self.problems.add(code, (*path, EXPECTATION), name=rule[EXPECTATION], known=known_names)
        return EXPECTATION, {"name": name, "with": given}

    def _parameters(self, known: expectations.Expectation, given: dict[str, Any], path: KeyPath) -> None:
        codes = {"unknown": "RUL007", "missing": "RUL008", "wrong": "RUL009"}
        for fault, parameter, told in expectations.faults(known, given):
            at = (*path, "with", parameter) if parameter in given else (*path, EXPECTATION)
            self.problems.add(codes[fault], at, name=known.name, parameter=parameter, expected=told)

    def _named(
        self, kind: str, arguments: Any, on: str, fields: dict[str, pa.DataType], path: KeyPath
    ) -> None:
        """Hold every field that a rule names against what the mapping fills."""
        match kind:
            case "expectation":
                self._expected(arguments, on, fields, path)
            case "files_exist":
                return
            case "count":
                for name in arguments:
                    if name not in self.entities and name not in SCHEMAS:
                        known = ", ".join(self.entities)
                        self.problems.add("MAP013", (*path, kind, name), name=name, known=known)
            case _:
                for index, name in enumerate(arguments):
                    at = name if isinstance(arguments, dict) else index
                    there = self._known(name, on, fields, (*path, kind, at))
                    if there and kind in DATED and not dated(name):
                        self.problems.add("RUL014", (*path, kind, at), **undated(name, kind))
                if kind == "orphans":
                    self._targets(arguments, path)
                if kind == "diary_number":
                    self._diary(arguments, on, fields, path)

    def _expected(
        self, arguments: dict[str, Any], on: str, fields: dict[str, pa.DataType], path: KeyPath
    ) -> None:
        known = expectations.allowed().get(arguments["name"])
        for name in expectations.columns(arguments["with"]) if known is not None else ():
            if self._known(name, on, fields, (*path, "with")) and known is not None:
                number = str(fields[name]) in _NUMBERS
                if known.holds not in {"any", "number" if number else "text"}:
                    held = phrase("number" if number else "text")
                    self.problems.add(
                        "RUL010",
                        (*path, "with"),
                        field=name,
                        holds=held,
                        name=known.name,
                        needs=phrase(known.holds),
                    )
        if known is not None and not self.problems.below((*path, "with")):
            numbers = {name: str(kept) in _NUMBERS for name, kept in fields.items()}
            for parameter, told in expectations.unlike(arguments["with"], numbers):
                at = (*path, "with", parameter)
                self.problems.add("RUL009", at, name=known.name, parameter=parameter, expected=told)

    def _targets(self, arguments: dict[str, str], path: KeyPath) -> None:
        for name, target in arguments.items():
            on, _, column = target.partition(".")
            place = (*path, "orphans", name)
            if on not in self.entities and on not in SCHEMAS:
                self.problems.add("RUL002", place, name=on, known=", ".join(self.entities))
            else:
                table = self.entities[on].model if on in self.entities else on
                self._known(column, on, self._fields(on, table), place)

    def _diary(
        self, arguments: dict[str, Any], on: str, fields: dict[str, pa.DataType], path: KeyPath
    ) -> None:
        for name, form in arguments.items():
            pattern, place = form["pattern"], (*path, "diary_number", name)
            places = [pattern.count(part) for part in ("{year}", "{yy}", "{number}")]
            rest = re.sub(r"\{(?:series|year|yy|number)\}", "", pattern)
            if max(places) > 1 or places[2] != 1 or places[0] + places[1] > 1 or set("{}") & set(rest):
                self.problems.add("RUL012", (*place, "pattern"), pattern=pattern)
            if "year" in form:
                self._known(form["year"], on, fields, (*place, "year"))
                if not places[0] + places[1]:
                    self.problems.add("RUL012", (*place, "year"), pattern=pattern)

    def _known(self, name: str, on: str, fields: dict[str, pa.DataType], path: KeyPath) -> bool:
        if name in fields:
            return True
        self.problems.add("RUL013", path, field=name, on=on, known=", ".join(fields))
        return False

    def _fields(self, on: str, table: str) -> dict[str, pa.DataType]:
        """Give the fields of a table that are ever filled, with their types."""
        if table == DOCUMENT:
            return dict.fromkeys(sorted(_ALWAYS[DOCUMENT]), pa.string())
        filled = {"owner"} | _ALWAYS.get(table, set())
        chosen = [entity for entity in self.entities.values() if on in {entity.name, entity.model}]
        if table in _ENTITIES:
            for entity in chosen:
                filled |= {half for name in entity.fields for half in PAIRS.get(name, (name,))}
            filled |= facts.AUTOMATIC.get(table, set()) | ({"name"} if table == "file" else set())
        parts = [part for entity in self.entities.values() for part in entity.parts if part.model == table]
        filled |= {name for part in parts for name in part.fields}
        return {column.name: column.type for column in SCHEMAS[table] if column.name in filled}

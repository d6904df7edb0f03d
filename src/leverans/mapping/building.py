"""From a checked tree to typed records, one small maker per block; faults of meaning are noted."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from leverans.findings.phrases import phrase
from leverans.mapping import language as lang
from leverans.mapping.functions import Registry
from leverans.mapping.layers import KeyPath, Problems
from leverans.mapping.layouts import compile_layout
from leverans.mapping.reaching import unreached
from leverans.mapping.steps import check_steps

_OPERATORS = ("from", "constant", "concat", "coalesce", "choose", "lookup", "fn")
_TESTS = ("in", "not_in", "is_null", "empty", "match")


def scalar_text(value: Any) -> str | None:
    """Give a YAML scalar as the text that source values are compared with; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def word(value: Any) -> Any:
    """Give back the word null that YAML reads as no value."""
    return "null" if value is None else value


class Maker:
    """Makes values, conditions and rules; knows the sources and the code tables by name."""

    def __init__(self, problems: Problems, sources: tuple[str, ...], codes: dict[str, Any]) -> None:
        self.problems = problems
        self.sources = sources
        self.codes = codes
        self.virtual: dict[str, str] = {}
        self.registry: Registry | None = None

    def where(self, path: KeyPath) -> str:
        """Give the place of a path."""
        return self.problems.tree.where(path)

    def stream(self, text: str, path: KeyPath) -> str:
        """Give ``source.stream``; MAP023 when it does not begin with one of several sources."""
        if text in self.virtual:
            return self.virtual[text]
        if text.split(".", 1)[0] in self.sources and "." in text:
            return text
        if len(self.sources) == 1:
            return f"{self.sources[0]}.{text}"
        if not self.sources:
            return text
        self.problems.add("MAP023", path, table=text, sources=", ".join(self.sources))
        return text

    def pattern(self, text: str, path: KeyPath, group: str = "") -> str:
        """Give a regular expression anchored at both ends; MAP006 when RE2 refuses it."""
        whole = f"^(?:{text})$"
        fault = _regex_fault(whole, group)
        if fault:
            self.problems.add("MAP006", path, reason=fault)
        return whole

    def condition(self, data: dict[str, Any] | None, path: KeyPath) -> lang.Condition:
        """Make a condition; no data always holds."""
        tests = tuple(
            self._test(column, test, (*path, column))
            for column, test in (data or {}).items()
            if not self.problems.below((*path, column))
        )
        return lang.Condition(tests, self.where(path))

    def latest(self, data: dict[str, Any] | None, path: KeyPath) -> lang.Latest | None:
        """Make the rule that only the latest version counts; None without data."""
        if data is None:
            return None
        return lang.Latest(tuple(data["by"]), tuple(data["of"]), self.where(path))

    def _test(self, column: str, data: dict[str, Any], path: KeyPath) -> lang.Test:
        operator = next(name for name in _TESTS if name in data)
        given = data[operator]
        place = self.where(path)
        match operator:
            case "in" | "not_in":
                values = tuple(scalar_text(value) for value in given)
                return lang.Test(column, operator, values=values, where=place)
            case "match":
                pattern = self.pattern(given, (*path, "match"))
                return lang.Test(column, "match", pattern=pattern, where=place)
            case "empty":
                return lang.Test(column, "empty", flag=given, where=place)
            case _:
                return lang.Test(column, "is_null", flag=given, where=place)

    def item(self, data: Any, path: KeyPath) -> lang.Value:
        """Make a value from a column's name, a text without letters and digits, or a block."""
        if isinstance(data, dict):
            return self.value(data, path)
        if not any(letter.isalnum() for letter in data):
            return lang.Value("constant", self.where(path), constant=data)
        return lang.Value("from", self.where(path), column=data)

    def value(self, data: dict[str, Any], path: KeyPath) -> lang.Value:
        """Make a value from a block."""
        operator = next(name for name in _OPERATORS if name in data)
        steps = self._steps(data, path)
        made: dict[str, Any] = {}
        match operator:
            case "from":
                made["column"] = data["from"]
            case "constant":
                made["constant"] = scalar_text(data["constant"])
            case "concat" | "coalesce":
                parts = enumerate(data[operator])
                made["parts"] = tuple(self.item(part, (*path, operator, index)) for index, part in parts)
            case "choose":
                made["choices"] = self._choices(data["choose"], (*path, "choose"))
            case "fn":
                made = self._function(data, path)
            case _:
                made = self._lookup(data, path)
        return lang.Value(operator=_operator(operator), where=self.where(path), **made, **steps)

    def _choices(
        self, data: list[dict[str, Any]], path: KeyPath
    ) -> tuple[tuple[lang.Condition, lang.Value], ...]:
        return tuple(
            (condition, self.value(choice, (*path, index)))
            for index, (condition, choice) in enumerate(zip(self.in_turn(data, path), data, strict=True))
        )

    def in_turn(self, data: list[dict[str, Any]], path: KeyPath) -> tuple[lang.Condition, ...]:
        """Make the conditions of rules of which the first that matches wins.

        MAP025 for every rule that those before it take everything from, MAP004 for ``otherwise: false``.
        """
        for index, rule in enumerate(data):
            if rule.get("otherwise") is False:
                self.problems.add("MAP004", (*path, index, "otherwise"), allowed="true")
        made = tuple(
            self.condition(rule.get("when"), (*path, index, "when")) for index, rule in enumerate(data)
        )
        sound = [] if self.problems.below(path) else unreached(made)
        for index, by in sound:
            self.problems.add("MAP025", (*path, index), by=self.where((*path, by)))
        return made

    def _function(self, data: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        if "args" not in data:
            self.problems.add("MAP002", path, key="args")
        if self.registry is not None:
            self.registry.find(data["fn"], len(data.get("args", ())), (*path, "fn"))
        parts = enumerate(data.get("args", ()))
        return {
            "function": data["fn"],
            "parts": tuple(self.item(part, (*path, "args", index)) for index, part in parts),
        }

    def _lookup(self, data: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        for key in ("by", "take"):
            if key not in data:
                self.problems.add("MAP002", path, key=key)
        self._known(data["lookup"], (*path, "lookup"))
        take = data.get("take", [])
        table = self.codes.get(data["lookup"])
        takes = (take,) if isinstance(take, str) else tuple(take)
        self._known_columns(table, takes, path)
        by = self.item(data["by"], (*path, "by")) if "by" in data else None
        return {"table": data["lookup"], "by": by, "take": takes}

    def _known_columns(self, table: lang.CodeTable | None, takes: tuple[str, ...], path: KeyPath) -> None:
        if table is None or table.table or not table.entries:
            return
        header = next(iter(table.entries.values()))
        for column in takes:
            if column not in header:
                self.problems.add("MAP010", (*path, "take"), column=column, file=table.file or table.name)

    def _known(self, name: str, path: KeyPath) -> None:
        if name not in self.codes:
            self.problems.add("MAP008", path, name=name, known=", ".join(self.codes) or "–")

    def _steps(self, data: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        check_steps(data, path, self.problems)
        code = data.get("code", "")
        if code:
            self._known(code, (*path, "code"))
            table = self.codes.get(code)
            if table is not None and not table.value:
                self.problems.add("MAP030", (*path, "code"), name=code)
        self._dated(data, path)
        kind, layouts = self._kind(data, path)
        group = data.get("group", "")
        return {
            "clean": tuple(data.get("clean", ())),
            "null_if": tuple(str(scalar_text(value)) for value in data.get("null_if", ())),
            "match": self.pattern(data["match"], (*path, "match"), group) if "match" in data else "",
            "group": group,
            "code": code,
            "kind": kind,
            "layouts": layouts,
            "decimal_mark": data.get("decimal_mark", "."),
            "thousands": data.get("thousands", ""),
            "zone": data.get("zone", ""),
            "dst": data.get("dst", "quarantine"),
            "identity": data.get("identity", ""),
            "at": self.item(data["at"], (*path, "at")) if "at" in data else None,
            "max_length": data.get("max_length", 0),
            "harmed": data.get("harmed", "quarantine"),
            "nulls": word(data.get("nulls", "null")),
            "required": data.get("required", False),
            "on_error": word(data.get("on_error", "quarantine")),
            "default": scalar_text(data.get("default")),
        }

    def _dated(self, data: dict[str, Any], path: KeyPath) -> None:
        """Note MAP082 where a dated table is asked without a day, MAP020 where a day has no dated table."""
        named = [self.codes[data[key]] for key in ("lookup", "code") if data.get(key) in self.codes]
        for table in named:
            if table.valid is not None and "at" not in data:
                self.problems.add("MAP082", path, name=table.name)
        asked = [key for key in ("lookup", "code") if key in data]
        if "at" in data and len(named) == len(asked) and all(table.valid is None for table in named):
            self.problems.add("MAP020", (*path, "at"), key="at", needed="valid")

    def grouped(self, text: str, path: KeyPath) -> tuple[str, tuple[str, ...]]:
        """Give an expression and its named groups; MAP006 or MAP083 when there are none to take."""
        pattern = self.pattern(text, path)
        if self.problems.below(path):
            return pattern, ()
        try:
            groups = groups_of(pattern)
        except pa.ArrowInvalid as fault:
            self.problems.add("MAP006", path, reason=_expression_fault(str(fault)))
            return pattern, ()
        if not groups:
            self.problems.add("MAP083", path)
        return pattern, groups

    def splits(self, data: dict[str, Any] | None, path: KeyPath, taken: set[str]) -> tuple[lang.Split, ...]:
        """Make the splits of an entity or part; MAP083 without a named group, MAP088 for a name of a join."""
        made: list[lang.Split] = []
        for name, block in (data or {}).items():
            at = (*path, name)
            if self.problems.below(at):
                continue
            if name in taken:
                self.problems.add("MAP088", at, name=name)
            pattern, groups = self.grouped(block["match"], (*at, "match"))
            by = self.item(block["by"], (*at, "by"))
            policy = word(block.get("on_error", "quarantine"))
            made.append(lang.Split(name, by, pattern, groups, self.where(at), policy))
        return tuple(made)

    def _kind(self, data: dict[str, Any], path: KeyPath) -> tuple[str, tuple[str, ...]]:
        for kind in ("date", "datetime"):
            if kind in data:
                given = data[kind]
                layouts = (given,) if isinstance(given, str) else tuple(given)
                for layout in layouts:
                    try:
                        compile_layout(layout, time=kind == "datetime")
                    except ValueError as fault:
                        self.problems.add("MAP007", (*path, kind), layout=layout, piece=str(fault))
                return kind, layouts
        return data.get("type", "text"), ()


def _regex_fault(pattern: str, group: str) -> str:
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
        if not group:
            return ""
        names = [field.name for field in pc.extract_regex(pa.array([""]), pattern).type]
    except pa.ArrowInvalid as fault:
        return _expression_fault(str(fault))
    return "" if group in names else f"(?P<{group}>…)"


_FAULTS = {
    "a bracket is missing or too many": ("missing )", "missing ]", "unexpected )", "missing closing"),
    "a sign of repetition does not fit here": ("repetition",),
    "an escape with \\ that is not known": ("escape sequence", "trailing \\"),
    "a set of characters is wrong": ("character class", "class range"),
    "a name of a group is wrong": ("capture group",),
    "a sign after (? that is not known": ("perl operator",),
    "some groups have names, some have none": ("unnamed",),
    "too big": ("too large", "too big"),
}
"""Pieces of `leverans.findings.phrases`, and what the words of RE2 for them hold."""


def _expression_fault(told: str) -> str:
    return phrase(
        next(
            (piece for piece, held in _FAULTS.items() if any(one in told for one in held)),
            "an expression that is not understood",
        )
    )


def groups_of(pattern: str) -> tuple[str, ...]:
    """Give the named groups of an expression, in their order.

    Raises:
        pyarrow.ArrowInvalid: it has groups with a name and groups without.
    """
    if "(?P<" not in pattern:
        return ()
    return tuple(field.name for field in pc.extract_regex(pa.array([""]), pattern).type)


def _operator(name: str) -> lang.Operator:
    for known in ("from", "constant", "concat", "coalesce", "choose", "fn"):
        if name == known:
            return known
    return "lookup"

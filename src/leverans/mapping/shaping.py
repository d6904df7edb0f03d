"""Makes the virtual tables of a mapping from its blocks ``nested`` and ``pivot``; faults are noted."""

from collections.abc import Iterator
from typing import Any, Literal

from leverans.findings.phrases import phrase
from leverans.mapping.blocks import make_drop
from leverans.mapping.building import Maker, scalar_text
from leverans.mapping.layers import KeyPath
from leverans.mapping.shapes import (
    OWN,
    ROW,
    Form,
    Nested,
    PathFault,
    Pivot,
    Steps,
    Virtual,
    origins,
    plant,
    steps_of,
)

NESTED, PIVOT = "nested", "pivot"
Plain = dict[str, Any]
Block = tuple[str, Plain]


def virtual_names(data: Any, sources: tuple[str, ...]) -> dict[str, str]:
    """Give the full name of each virtual table: it stands under the source that its rows come from."""
    blocks = _blocks(data)
    return {name: f"{_source(blocks, name, sources)}.{name}" for name in blocks}


def make_virtual(maker: Maker, data: Any) -> dict[str, Virtual]:
    """Make every virtual table, each after those that it is made of; what is broken is left out."""
    blocks = _blocks(data)
    made: dict[str, Virtual] = {}
    for name in (PIVOT, NESTED):
        _twice(maker, data, name)
    for name in _ordered(maker, blocks):
        kind, block = blocks[name]
        if maker.problems.below((kind, name)):
            continue
        table = _pivot(maker, name, block) if kind == PIVOT else _nested(maker, name, block, made)
        if table is not None:
            made[table.name] = table
    for tables in origins(made).values():
        _clashes(maker, blocks, tables)
    return made


def _blocks(data: Any) -> dict[str, Block]:
    return {
        name: (kind, block)
        for kind in (NESTED, PIVOT)
        for name, block in _plain(data, kind).items()
        if isinstance(block, dict)
    }


def _plain(data: Any, kind: str) -> Plain:
    found = data.get(kind) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _twice(maker: Maker, data: Any, kind: str) -> None:
    for name in _plain(data, kind):
        if kind == PIVOT and name in _plain(data, NESTED):
            maker.problems.add("MAP038", (kind, name), name=name)


def _made_of(blocks: dict[str, Block], name: str) -> str:
    """Give the bare name of the virtual table that one is made of; empty for a table of the source."""
    kind, block = blocks[name]
    text = block.get("within") or block.get("from")
    if not isinstance(text, str):
        return ""
    pieces = text.split(".")
    if "within" not in block and kind == NESTED:
        pieces.pop()
    return next((piece for piece in pieces[:2] if piece in blocks), "") if pieces else ""


def _source(blocks: dict[str, Block], name: str, sources: tuple[str, ...]) -> str:
    seen: set[str] = set()
    while _made_of(blocks, name) and name not in seen:
        seen.add(name)
        name = _made_of(blocks, name)
    text = blocks[name][1].get("from")
    first = text.partition(".")[0] if isinstance(text, str) else ""
    return first if first in sources or not sources else sources[0]


def _ordered(maker: Maker, blocks: dict[str, Block]) -> Iterator[str]:
    """Give the names, each after what it is made of; MAP037 for one that lies within nothing or itself."""
    waiting = dict.fromkeys(blocks)
    known: set[str] = {""}
    while waiting:
        ready = [name for name in waiting if _within(blocks, name) in known]
        for name in ready:
            yield name
            known.add(name)
            del waiting[name]
        if not ready:
            for name in waiting:
                kind, block = blocks[name]
                others = ", ".join(other for other in blocks if other != name) or "–"
                key = "within" if "within" in block else "from"
                maker.problems.add("MAP037", (kind, name, key), name=block[key], known=others)
            return


def _within(blocks: dict[str, Block], name: str) -> str:
    found = _made_of(blocks, name)
    return found or str(blocks[name][1].get("within", ""))


def _nested(maker: Maker, name: str, block: Plain, made: dict[str, Virtual]) -> Nested | None:
    path: KeyPath = (NESTED, name)
    outer = made.get(maker.virtual.get(block.get("within", "").rpartition(".")[2], ""))
    if "within" in block and not isinstance(outer, Nested):
        return None  # what it lies within is broken, and told
    above = outer if isinstance(outer, Nested) else None
    base, column, kind = _origin(maker, block, above, path)
    if not kind:
        return None
    spaces = block.get("namespaces", {}) if above is None else above.namespaces
    paths = _Paths(maker, kind, spaces)
    drop, again = block.get("drop"), block.get("again")
    return Nested(
        name=maker.virtual[name],
        base=base,
        column=column,
        format=kind,
        within="" if above is None else above.name,
        each=paths.read(block["each"], (*path, "each"), leaf=False),
        columns=_columns(maker, block, paths, path),
        where=maker.where(path),
        carry=tuple(block.get("carry", ())),
        again=None if again is None else paths.read(again, (*path, "again"), leaf=False, some=True),
        drop=make_drop(maker, drop, (*path, "drop")),
        dropped={text: paths.read(text, (*path, "drop", text), leaf=True) for text in drop or {}},
        namespaces=spaces,
    )


def _columns(maker: Maker, block: Plain, paths: "_Paths", path: KeyPath) -> dict[str, Steps]:
    made: dict[str, Steps] = {}
    for key, text in block.get("columns", {}).items():
        at = (*path, "columns", key)
        if key in OWN or key in block.get("carry", ()):
            maker.problems.add("MAP038", at, name=key)
        made[key] = paths.read(text, at, leaf=True)
    return made


def _origin(
    maker: Maker, block: Plain, above: Nested | None, path: KeyPath
) -> tuple[str, str, Literal["xml", "json", ""]]:
    if above is not None:
        return above.base, above.column, above.format
    table, dot, column = block["from"].rpartition(".")
    if not dot or not table:
        maker.problems.add("MAP003", (*path, "from"), expected=phrase("table.column"))
        return "", "", ""
    if "format" not in block:
        maker.problems.add("MAP002", path, key="format")
        return "", "", ""
    return maker.stream(table, (*path, "from")), column, block["format"]


class _Paths:
    """Reads paths; faults are noted at their places."""

    def __init__(self, maker: Maker, kind: str, namespaces: dict[str, str]) -> None:
        self.maker, self.kind, self.namespaces = maker, kind, namespaces

    def read(self, text: str, path: KeyPath, *, leaf: bool, some: bool = False) -> Steps:
        try:
            steps = steps_of(text, self.kind, self.namespaces, leaf=leaf)
        except PathFault as fault:
            self.maker.problems.add(fault.code, path, piece=fault.piece)
            return ("?", *map(str, path))
        if some and not steps:
            self.maker.problems.add("MAP034", path, piece=text)
            return ("?",)
        return steps


def _clashes(maker: Maker, blocks: dict[str, Block], tables: list[Nested]) -> None:
    """Note MAP035 where two things claim one place, MAP039 where one column is read in two ways."""
    for name, what, other in plant(tables)[1]:
        short = name.partition(".")[2]
        path: KeyPath = (NESTED, short)
        for key in ("columns", "drop"):
            if what in blocks[short][1].get(key, {}):
                path = (NESTED, short, key, what)
                break
        maker.problems.add("MAP035", path, other=other)
    for table in tables[1:]:
        if (table.format, table.namespaces) != (tables[0].format, tables[0].namespaces):
            maker.problems.add("MAP039", (NESTED, table.short), other=tables[0].short)


def _pivot(maker: Maker, name: str, block: Plain) -> Pivot:
    path: KeyPath = (PIVOT, name)
    if "versions" in block and "version" not in block:
        maker.problems.add("MAP002", path, key="version")
    taken = {ROW, *block["key"], block.get("version")}
    given = {"": block["form"]} if "form" in block else block["versions"]
    forms = {
        version: _form(
            maker, version, form, (*path, *(("form",) if not version else ("versions", version))), taken
        )
        for version, form in given.items()
    }
    several = any(form.several for form in forms.values())
    if several != ("separator" in block):
        maker.problems.add("MAP020" if not several else "MAP002", path if several else (*path, "separator"),
                           key="separator", needed="several")  # fmt: skip
    return Pivot(
        name=maker.virtual[name],
        base=maker.stream(block["from"], (*path, "from")),
        key=tuple(block["key"]),
        question=block["question"],
        value=block["value"],
        version=block.get("version", ""),
        forms=forms,
        where=maker.where(path),
        separator=block.get("separator", ""),
        drop=make_drop(maker, block.get("drop"), (*path, "drop")),
    )


def _form(maker: Maker, version: str, block: Plain, path: KeyPath, taken: set[Any]) -> Form:
    seen: set[str] = set()
    names: set[str] = set()
    for key in ("columns", "several"):
        for column, question in block.get(key, {}).items():
            if column in taken | names:
                maker.problems.add("MAP038", (*path, key, column), name=column)
            names.add(column)
            _asked(maker, str(scalar_text(question)), seen, (*path, key, column))
    for question in block.get("drop", {}):
        _asked(maker, question, seen, (*path, "drop", question))
    dropped = {question: f"{version}/{question}" for question in block.get("drop", {})}
    drop = make_drop(maker, {dropped[name]: reason for name, reason in block.get("drop", {}).items()}, path)
    places = {dropped[name]: maker.where((*path, "drop", name)) for name in dropped}
    return Form(
        columns={column: str(scalar_text(question)) for column, question in block.get("columns", {}).items()},
        several={column: str(scalar_text(question)) for column, question in block.get("several", {}).items()},
        drop=tuple(_placed(item, places[item.name]) for item in drop),
        dropped=dropped,
    )


def _asked(maker: Maker, question: str, seen: set[str], path: KeyPath) -> None:
    if question in seen:
        maker.problems.add("MAP040", path, question=question)
    seen.add(question)


def _placed(item: Any, where: str) -> Any:
    import dataclasses

    return dataclasses.replace(item, where=where)

"""Makes the virtual tables of a mapping from its ``nested`` block; faults are noted."""

from collections.abc import Iterator
from typing import Any, Literal

from leverans.mapping.blocks import make_drop
from leverans.mapping.building import Maker
from leverans.mapping.layers import KeyPath
from leverans.mapping.shapes import OWN, Nested, PathFault, Steps, origins, plant, steps_of

KEY = "nested"
Plain = dict[str, Any]


def virtual_names(data: Any, sources: tuple[str, ...]) -> dict[str, str]:
    """Give the full name of each virtual table: it stands under the source that its text comes from."""
    blocks = _blocks(data)
    made: dict[str, str] = {}
    for name in blocks:
        text = _top(blocks, name).get("from")
        source = str(text).partition(".")[0]
        made[name] = f"{source if source in sources or not sources else sources[0]}.{name}"
    return made


def make_nested(maker: Maker, data: Any) -> dict[str, Nested]:
    """Make every virtual table, outer ones first; what is broken is left out."""
    blocks = _blocks(data)
    made: dict[str, Nested] = {}
    for name in _ordered(maker, blocks):
        block = blocks[name]
        outer = made.get(maker.virtual.get(block.get("within", ""), ""))
        if not maker.problems.below((KEY, name)) and ("within" not in block or outer is not None):
            table = _table(maker, name, block, outer)
            if table is not None:
                made[table.name] = table
    for tables in origins(made).values():
        _clashes(maker, blocks, tables)
    return made


def _blocks(data: Any) -> dict[str, Plain]:
    found = data.get(KEY) if isinstance(data, dict) else None
    return {
        name: block for name, block in (found if isinstance(found, dict) else {}).items()
        if isinstance(block, dict)
    }  # fmt: skip


def _top(blocks: dict[str, Plain], name: str) -> Plain:
    """Give the block that begins with a column; faulty chains end somewhere."""
    seen: set[str] = set()
    while name in blocks and "within" in blocks[name] and name not in seen:
        seen.add(name)
        name = str(blocks[name]["within"]).rpartition(".")[2]
    return blocks.get(name, {})


def _ordered(maker: Maker, blocks: dict[str, Plain]) -> Iterator[str]:
    """Give the names, outer tables first; MAP037 for one that lies within nothing."""
    waiting = dict.fromkeys(blocks)
    known: set[str] = set()
    while waiting:
        ready = [name for name in waiting if _outer(maker, blocks[name]) in {"", *known}]
        for name in ready:
            yield name
            known.add(name)
            del waiting[name]
        if not ready:
            for name in waiting:
                within = blocks[name]["within"]
                if _outer(maker, blocks[name]) not in known:
                    others = ", ".join(other for other in blocks if other != name) or "–"
                    maker.problems.add("MAP037", (KEY, name, "within"), name=within, known=others)
            return


def _outer(maker: Maker, block: Plain) -> str:
    """Give the bare name of the table that one lies within."""
    text = block.get("within", "")
    bare = {full: name for name, full in maker.virtual.items()}
    return bare.get(text, text) if isinstance(text, str) else "?"


def _table(maker: Maker, name: str, block: Plain, outer: Nested | None) -> Nested | None:
    path: KeyPath = (KEY, name)
    base, column, kind = _origin(maker, block, outer, path)
    if not kind:
        return None
    spaces = block.get("namespaces", {}) if outer is None else outer.namespaces
    steps = _Paths(maker, kind, spaces)
    columns = {
        key: steps.read(text, (*path, "columns", key), leaf=True)
        for key, text in block.get("columns", {}).items()
    }
    for key in columns:
        if key in OWN or key in block.get("carry", ()):
            maker.problems.add("MAP038", (*path, "columns", key), name=key)
    drop = block.get("drop")
    return Nested(
        name=maker.virtual[name],
        base=base,
        column=column,
        format=kind,
        within="" if outer is None else outer.name,
        each=steps.read(block["each"], (*path, "each"), leaf=False),
        columns=columns,
        where=maker.where(path),
        carry=tuple(block.get("carry", ())),
        drop=make_drop(maker, drop, (*path, "drop")),
        dropped={text: steps.read(text, (*path, "drop", text), leaf=True) for text in drop or {}},
        namespaces=spaces,
    )


def _origin(
    maker: Maker, block: Plain, outer: Nested | None, path: KeyPath
) -> tuple[str, str, Literal["xml", "json", ""]]:
    if outer is not None:
        return outer.base, outer.column, outer.format
    table, dot, column = block["from"].rpartition(".")
    if not dot or not table:
        maker.problems.add("MAP003", (*path, "from"), expected="table.column")
        return "", "", ""
    if "format" not in block:
        maker.problems.add("MAP002", path, key="format")
        return "", "", ""
    return maker.stream(table, (*path, "from")), column, block["format"]


class _Paths:
    """Reads paths; faults are noted at their places."""

    def __init__(self, maker: Maker, kind: str, namespaces: dict[str, str]) -> None:
        self.maker, self.kind, self.namespaces = maker, kind, namespaces

    def read(self, text: str, path: KeyPath, *, leaf: bool) -> Steps:
        try:
            return steps_of(text, self.kind, self.namespaces, leaf=leaf)
        except PathFault as fault:
            self.maker.problems.add(fault.code, path, piece=fault.piece)
            return ("?", *map(str, path))


def _clashes(maker: Maker, blocks: dict[str, Plain], tables: list[Nested]) -> None:
    """Note MAP035 where two things claim one place, MAP037 where one column is read in two formats."""
    bare = {full: name for name, full in maker.virtual.items()}
    for name, what, other in plant(tables)[1]:
        path: KeyPath = (KEY, bare[name])
        if what in blocks[bare[name]].get("columns", {}):
            path = (*path, "columns", what)
        elif what in blocks[bare[name]].get("drop", {}):
            path = (*path, "drop", what)
        maker.problems.add("MAP035", path, other=other)
    for table in tables[1:]:
        if (table.format, table.namespaces) != (tables[0].format, tables[0].namespaces):
            maker.problems.add("MAP039", (KEY, bare[table.name]), other=tables[0].short)

"""From flat columns to nested objects and back.

Children are found by sort and offsets: every table is walked once, in the order of the root objects, so the
cost is linear and nothing is grouped row by row.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from leverans.model import types as model
from leverans.model.columns import TABLES, scalar_fields, schema_of

Groups = Mapping[str, dict[str, list[Any]]]

_LEAVES = {
    "agent": "agents",
    "event": "events",
    "restriction": "restrictions",
    "relation": "relations",
    "fonds": "fonds",
    "class": "classes",
    "place": "places",
    "location": "locations",
    "custody": "custody",
    "extra": "extras",
    "row": "rows",
}
_BRANCHES = {"subcase": "subcases", "record": "records", "file": "files"}
_CHUNK = 2_000


def assemble(tables: Mapping[str, pa.Table]) -> Iterator[model.Case]:
    """Yield the objects of flat tables, in the order of the ``case`` table.

    Args:
        tables: tables by name, each with the schema of `schema_of`; a missing table is an empty one. Rows
            of a child table may come in any order; siblings are ordered by `seq`.

    Raises:
        ValueError: an object stands twice, or a child's owner is not in its object: it would be lost.
    """
    import pyarrow.compute as pc

    cases = tables["case"]
    if pc.count_distinct(cases["root"]).as_py() != cases.num_rows:
        raise ValueError("an object stands twice in the case table")
    ordered = {
        name: _by_root(table, cases) for name, table in tables.items() if name != "case" and table.num_rows
    }
    cursors = {name: _Cursor(table, name) for name, table in ordered.items()}
    for start in range(0, cases.num_rows, _CHUNK):
        for plain in cases.slice(start, _CHUNK).to_pylist():
            root = plain.pop("root")
            del plain["seq"]
            groups = {name: cursor.take(root) for name, cursor in cursors.items()}
            case = _made(model.Case, plain, groups)
            _nothing_left(root, groups)
            yield case


def disassemble(cases: Iterable[model.Case]) -> dict[str, pa.Table]:
    """Give the flat tables of nested objects; the inverse of `assemble`."""
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for seq, case in enumerate(cases):
        lists["case"].append({"root": case.id, "seq": seq, **_scalars(case, "case")})
        _spread(lists, case.id, case)
    return {name: pa.Table.from_pylist(rows, schema=schema_of(name)) for name, rows in lists.items()}


def _scalars(thing: object, table: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in scalar_fields(TABLES[table])}


def _spread(lists: dict[str, list[dict[str, Any]]], root: str, thing: Any) -> None:
    """Put what hangs on a thing into the lists, and what hangs on that."""
    for table, attribute in _nested(thing.__class__).items():
        for seq, child in enumerate(getattr(thing, attribute)):
            lists[table].append({"root": root, "owner": thing.id, "seq": seq, **_scalars(child, table)})
            if table in _BRANCHES:
                _spread(lists, root, child)


@cache
def _nested(kind: type) -> dict[str, str]:
    """Give table → attribute of what hangs on things of a kind."""
    own = {entry.name for entry in dataclasses.fields(kind)}
    return {table: attribute for table, attribute in (_BRANCHES | _LEAVES).items() if attribute in own}


def _by_root(table: pa.Table, cases: pa.Table) -> pa.Table:
    """Sort a child table by the place of its root in the case table, then by owner and seq."""
    import pyarrow.compute as pc

    place = pc.index_in(table["root"], value_set=cases["root"])
    keyed = table.append_column("_place", place).filter(pc.is_valid(place))
    return keyed.sort_by([("_place", "ascending"), ("owner", "ascending"), ("seq", "ascending")]).drop(
        ["_place"]
    )


class _Cursor:
    """Walks one child table beside the cases: each root's rows are one run."""

    def __init__(self, table: pa.Table, name: str) -> None:
        self._rows = _rows(table)
        self._make = _maker(name)
        self._next = next(self._rows, None)

    def take(self, root: str) -> dict[str, list[Any]]:
        """Give the rows of `root` by owner, made into objects where they are leaves."""
        groups: dict[str, list[Any]] = {}
        while self._next is not None and self._next["root"] == root:
            row = self._next
            del row["root"], row["seq"]
            groups.setdefault(row.pop("owner"), []).append(self._make(row))
            self._next = next(self._rows, None)
        return groups


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for start in range(0, table.num_rows, _CHUNK * 4):
        yield from table.slice(start, _CHUNK * 4).to_pylist()


def _maker(name: str) -> Callable[[dict[str, Any]], Any]:
    if name in _BRANCHES:
        return lambda row: row
    kind = TABLES[name]
    return lambda row: kind(**row)


def _nothing_left(root: str, groups: Groups) -> None:
    left = sorted(name for name, group in groups.items() if group)
    if left:
        raise ValueError(f"object {root}: rows of {', '.join(left)} belong to nothing in it")


def _made(kind: type, plain: dict[str, Any], groups: Groups) -> Any:
    """Make an object of its columns, with all that hangs on it taken out of `groups`."""
    own = plain["id"]
    nested: dict[str, Any] = {}
    for table, attribute in _nested(kind).items():
        found = groups[table].pop(own, ()) if table in groups else ()
        if found:
            below = TABLES[table]
            nested[attribute] = tuple(
                _made(below, row, groups) if table in _BRANCHES else row for row in found
            )
    return kind(**_filled(kind, plain), **nested)


def _filled(kind: type, plain: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is null and has a default of its own."""
    needed = _required(kind)
    return {name: value for name, value in plain.items() if value is not None or name in needed}


@cache
def _required(kind: type) -> frozenset[str]:
    return frozenset(entry.name for entry in dataclasses.fields(kind) if entry.default is dataclasses.MISSING)

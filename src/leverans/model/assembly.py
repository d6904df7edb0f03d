"""From flat columns to nested objects and back.

Children are found by sort and offsets: every table is walked once, in the order of the root objects, so the
cost is linear and nothing is grouped row by row.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from leverans.model import types as model
from leverans.model.columns import TABLES, scalar_fields, schema_of

Groups = Mapping[str, dict[str, list[Any]]]

_CHILDREN = {
    "agent": "agents",
    "event": "events",
    "restriction": "restrictions",
    "relation": "relations",
    "location": "locations",
    "extra": "extras",
}
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
    ordered = {name: _by_root(table, cases) for name, table in tables.items() if name != "case"}
    cursors = {name: _Cursor(table, name) for name, table in ordered.items()}
    for start in range(0, cases.num_rows, _CHUNK):
        for plain in cases.slice(start, _CHUNK).to_pylist():
            root = plain.pop("root")
            del plain["seq"]
            groups = {name: cursor.take(root) for name, cursor in cursors.items()}
            case = _case(plain, groups)
            _nothing_left(root, groups)
            yield case


def disassemble(cases: Iterable[model.Case]) -> dict[str, pa.Table]:
    """Give the flat tables of nested objects; the inverse of `assemble`."""
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for seq, case in enumerate(cases):
        lists["case"].append({"root": case.id, "seq": seq, **_scalars(case, "case")})
        _spread(lists, case.id, case.id, case)
        for at, record in enumerate(case.records):
            lists["record"].append(
                {"root": case.id, "owner": case.id, "seq": at, **_scalars(record, "record")}
            )
            _spread(lists, case.id, record.id, record)
            for place, file in enumerate(record.files):
                lists["file"].append(
                    {"root": case.id, "owner": record.id, "seq": place, **_scalars(file, "file")}
                )
                _spread(lists, case.id, file.id, file)
        lists["row"] += [
            {"root": case.id, "owner": case.id, "seq": at, **_scalars(row, "row")}
            for at, row in enumerate(case.rows)
        ]
    return {name: pa.Table.from_pylist(rows, schema=schema_of(name)) for name, rows in lists.items()}


def _scalars(thing: object, table: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in scalar_fields(TABLES[table])}


def _spread(lists: dict[str, list[dict[str, Any]]], root: str, owner: str, thing: object) -> None:
    for table, attribute in _CHILDREN.items():
        for seq, child in enumerate(getattr(thing, attribute, ())):
            lists[table].append({"root": root, "owner": owner, "seq": seq, **_scalars(child, table)})


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
    if name in {"record", "file"}:
        return lambda row: row
    kind = TABLES[name]
    return lambda row: kind(**row)


def _nothing_left(root: str, groups: Groups) -> None:
    left = sorted(name for name, group in groups.items() if group)
    if left:
        raise ValueError(f"object {root}: rows of {', '.join(left)} belong to nothing in it")


def _case(plain: dict[str, Any], groups: Groups) -> model.Case:
    own = plain["id"]
    records = tuple(_record(row, groups) for row in groups.get("record", {}).pop(own, ()))
    rows = tuple(groups.get("row", {}).pop(own, ()))
    nested: dict[str, Any] = {"records": records, "rows": rows, **_leaves(own, groups, _CHILDREN)}
    return model.Case(**_filled(model.Case, plain), **nested)


def _record(row: dict[str, Any], groups: Groups) -> model.Record:
    files = tuple(_file(file, groups) for file in groups.get("file", {}).pop(row["id"], ()))
    nested: dict[str, Any] = {"files": files, **_leaves(row["id"], groups, _CHILDREN)}
    return model.Record(**_filled(model.Record, row), **nested)


def _file(row: dict[str, Any], groups: Groups) -> model.File:
    nested: dict[str, Any] = _leaves(row["id"], groups, ("restriction", "extra"))
    return model.File(**_filled(model.File, row), **nested)


def _leaves(own: str, groups: Groups, names: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """Take the leaves of one owner out of `groups`."""
    return {_CHILDREN[name]: tuple(groups.get(name, {}).pop(own, ())) for name in names}


def _filled(kind: type, plain: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is null and has a default of its own."""
    required = {entry.name for entry in dataclasses.fields(kind) if entry.default is dataclasses.MISSING}
    return {name: value for name, value in plain.items() if value is not None or name in required}

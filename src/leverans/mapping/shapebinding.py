"""The second layer for virtual tables: the columns they come from, and what others see of them."""

from leverans.contracts import Column, Stream
from leverans.mapping import language as lang
from leverans.mapping.layers import Problems
from leverans.mapping.shapes import NUMBER, OWN, ROW, Nested
from leverans.mapping.uses import Desk


def virtual_streams(
    mapping: lang.Mapping, streams: dict[str, Stream], problems: Problems
) -> dict[str, Stream]:
    """Give every virtual table as the catalogue would; MAP064 where the source has a table of that name.

    Dropped paths stand among the columns, so that the column ledger tells of them.
    """
    made: dict[str, Stream] = {}
    for name, table in mapping.nested.items():
        if name in streams:
            problems.note("MAP064", table.where, table=name)
        base = streams.get(table.base)
        names = [*OWN, *table.carry, *table.columns, *(item.name for item in table.drop)]
        columns = tuple(Column(entry, "int64" if entry == NUMBER else "string") for entry in names)
        personal = base is not None and base.personal
        made[name] = Stream(table.short, "table", columns, (ROW,), personal=personal)
    return {name: stream for name, stream in made.items() if name not in streams}


def bind_nested(mapping: lang.Mapping, desk: Desk) -> None:
    """Note what columns of the source virtual tables are made of, and the columns of their own."""
    for table in mapping.nested.values():
        if all(column.name != ROW for column in desk.streams[table.name].columns):
            continue  # a table of the source has its name
        _origin(table, desk)
        target = f"nested.{table.short}"
        above = table.within or table.base
        for column in table.carry:
            desk.column(above, column, "mapped", target, table.where)
        for column in OWN:
            desk.column(table.name, column, "key", target, table.where)
        desk.drop(table.name, table.drop)
        if table.within and not mapping.nested[table.within].columns:
            desk.users.setdefault(table.within, table.where)


def _origin(table: Nested, desk: Desk) -> None:
    if table.within:
        return
    desk.table(table.base, "table", table.where)
    stream = desk.streams.get(table.base)
    known = {column.name: column.type for column in stream.columns} if stream is not None else {}
    target = f"nested.{table.short}"
    desk.column(table.base, table.column, "mapped", target, table.where)
    for name in stream.key if stream is not None else ():  # it is `_parent` there
        desk.column(table.base, name, "key", target, table.where)
    if known.get(table.column, "string") not in {"string", "binary"}:
        desk.problems.note("MAP065", table.where, column=table.column, type=known[table.column])

"""The second layer for virtual tables: the columns they come from, and what others see of them."""

from leverans.contracts import Column, Stream
from leverans.mapping import language as lang
from leverans.mapping.layers import Problems
from leverans.mapping.shapes import NUMBER, OWN, ROW, Nested, Pivot, Virtual
from leverans.mapping.uses import Desk


def virtual_streams(
    mapping: lang.Mapping, streams: dict[str, Stream], problems: Problems
) -> dict[str, Stream]:
    """Give every virtual table as the catalogue would; MAP064 where the source has a table of that name.

    Dropped paths and questions stand among the columns, so that the column ledger tells of them.
    """
    made: dict[str, Stream] = {}
    for name, table in mapping.virtual.items():
        if name in streams:
            problems.note("MAP064", table.where, table=name)
            continue
        base = streams.get(table.base) or made.get(table.base)
        columns = tuple(Column(entry, "int64" if entry == NUMBER else "string") for entry in _names(table))
        personal = base is not None and base.personal
        made[name] = Stream(table.short, "table", columns, (ROW,), personal=personal)
    return made


def _names(table: Virtual) -> list[str]:
    if isinstance(table, Nested):
        return [*OWN, *table.carry, *table.columns, *(item.name for item in table.drop)]
    dropped = [item.name for form in table.forms.values() for item in form.drop]
    version = [table.version] if table.version else []
    return [ROW, *table.key, *version, *table.columns, *dropped]


def bind_virtual(mapping: lang.Mapping, desk: Desk) -> None:
    """Note what columns of the source virtual tables are made of, and the columns of their own."""
    for table in mapping.virtual.values():
        if all(column.name != ROW for column in desk.streams[table.name].columns):
            continue  # a table of the source has its name
        if isinstance(table, Pivot):
            _pivot(table, desk)
        else:
            _nested(mapping, table, desk)


def _nested(mapping: lang.Mapping, table: Nested, desk: Desk) -> None:
    target = f"nested.{table.short}"
    if not table.within:
        _origin(table, desk, target)
    for column in table.carry:
        desk.column(table.within or table.base, column, "mapped", target, table.where)
    for column in OWN:
        desk.column(table.name, column, "key", target, table.where)
    desk.drop(table.name, table.drop)
    outer = mapping.virtual.get(table.within)
    if outer is not None and not outer.columns:
        desk.users.setdefault(table.within, table.where)


def _origin(table: Nested, desk: Desk, target: str) -> None:
    desk.table(table.base, "table", table.where)
    stream = desk.streams.get(table.base)
    known = {column.name: column.type for column in stream.columns} if stream is not None else {}
    desk.column(table.base, table.column, "mapped", target, table.where)
    for name in stream.key if stream is not None else ():  # it is `_parent` there
        desk.column(table.base, name, "key", target, table.where)
    if known.get(table.column, "string") not in {"string", "binary"}:
        desk.problems.note("MAP065", table.where, column=table.column, type=known[table.column])


def _pivot(table: Pivot, desk: Desk) -> None:
    target = f"pivot.{table.short}"
    desk.table(table.base, "table", table.where)
    version = [table.version] if table.version else []
    for column in (*table.key, *version):
        desk.column(table.base, column, "key", target, table.where)
    desk.column(table.base, table.question, "conditioned", target, table.where)
    desk.column(table.base, table.value, "mapped", target, table.where)
    desk.drop(table.base, table.drop)
    for column in (ROW, *table.key, *version):
        desk.column(table.name, column, "key", target, table.where)
    for form in table.forms.values():
        desk.drop(table.name, form.drop)

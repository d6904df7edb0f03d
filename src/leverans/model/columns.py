"""The Arrow schema of each type, derived from the types themselves.

Every table has `root` (object id of the root object) and `seq` (order among its siblings); every table but
``case`` has `owner` (object id of the case, sub-case, record or file that it belongs to).
"""

import dataclasses
import types
import typing
from functools import cache

import pyarrow as pa

from leverans.model import parts
from leverans.model import types as model

TABLES: dict[str, type] = {
    "case": model.Case,
    "subcase": model.SubCase,
    "record": model.Record,
    "file": model.File,
    "agent": parts.Agent,
    "event": parts.Event,
    "restriction": parts.Restriction,
    "relation": parts.Relation,
    "fonds": parts.Fonds,
    "class": parts.Class,
    "place": parts.Place,
    "location": parts.Location,
    "custody": parts.Custody,
    "extra": parts.Extra,
    "row": parts.Row,
}
_ARROW = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}


def scalar_fields(kind: type) -> dict[str, tuple[pa.DataType, bool]]:
    """Give name → (Arrow type, nullable) of the fields that are columns; nested ones have own tables."""
    hints = typing.get_type_hints(kind)
    columns: dict[str, tuple[pa.DataType, bool]] = {}
    for entry in dataclasses.fields(kind):
        hint = hints[entry.name]
        if typing.get_origin(hint) is tuple:
            continue
        optional = typing.get_origin(hint) in {typing.Union, types.UnionType}
        plain = next(part for part in typing.get_args(hint) if part is not type(None)) if optional else hint
        columns[entry.name] = (_ARROW[plain], optional)
    return columns


@cache
def schema_of(table: str) -> pa.Schema:
    """Give the Arrow schema of one table.

    Raises:
        KeyError: there is no such table in the model.
    """
    fields = [pa.field("root", pa.string(), nullable=False)]
    if table != "case":
        fields.append(pa.field("owner", pa.string(), nullable=False))
    fields.append(pa.field("seq", pa.int64(), nullable=False))
    for name, (kind, _optional) in scalar_fields(TABLES[table]).items():
        fields.append(pa.field(name, kind))
    return pa.schema(fields)


SCHEMAS: dict[str, pa.Schema] = {name: schema_of(name) for name in TABLES}


def empty(table: str) -> pa.Table:
    """Give a table of the right schema without rows."""
    return schema_of(table).empty_table()

"""A golden pair to begin with: one made-up row in every table, whose references meet."""

import json
from typing import Any

from leverans.contracts.profile import ColumnProfile, Proposal, SourceProfile, TableProfile

_PIECES = {
    "%-m": "2",
    "%-d": "3",
    "%Y": "2001",
    "%m": "02",
    "%d": "03",
    "%H": "04",
    "%M": "05",
    "%S": "06",
    "%f": "000",
    "%z": "Z",
}
_ONE: dict[str, Any] = {"int64": 1, "double": 1.5, "bool": True, "binary": None, "string": "1"}
_ABOUT = (
    "Påhittade rader; skriv en för varje regel i mappningen. Sedan: leverans mapping test {system} --update"
)


def golden_input(
    profile: SourceProfile, proposal: Proposal, *, mapping: str, system: str, creator: str
) -> str:
    """Give the first half of a golden pair, as docs/mapping-tools.md says; every value is made up.

    Args:
        profile: the source's tables and columns.
        proposal: which of them lie with the case.
        mapping: file name of the mapping, without ``.yaml``.
        system: id of the system.
        creator: an archival creator.
    """
    within = {proposal.root, *(one.table for one in proposal.parents)}
    refer = {(one.table, name) for one in profile.chosen() for name in one.columns}
    refer |= {(one.target, name) for one in profile.chosen() for name in one.target_columns}
    plain = {
        "about": _ABOUT.format(system=system),
        "mapping": mapping,
        "system": system,
        "creators": [{"name": creator, "from": "1900-01-01", "to": None}],
        "streams": {
            f"{profile.source}.{table.name}": _stream(table, refer, shared=table.name not in within)
            for table in profile.tables
        },
    }
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def _stream(table: TableProfile, refer: set[tuple[str, str]], *, shared: bool) -> dict[str, Any]:
    return {
        "key": [name for name in table.key if name],
        "shared": shared,
        "personal": table.personal,
        "kind": "table",
        "columns": {column.name: column.type for column in table.columns},
        "rows": [
            {
                column.name: _value(
                    column, plain=column.name in table.key or (table.name, column.name) in refer
                )
                for column in table.columns
            }
        ],
    }


def _value(column: ColumnProfile, *, plain: bool) -> Any:
    if column.layout and not plain:
        text = column.layout
        for piece, digits in _PIECES.items():
            text = text.replace(piece, digits)
        return int(text) if column.type == "int64" else text
    return _ONE[column.type]

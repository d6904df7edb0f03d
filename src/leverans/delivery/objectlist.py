"""``documentation/objects.jsonl`` of a package: what the ledger knows of its objects.

The first line is about the package, each further line about one object: its version, digest, state and parts
as `leverans.ledger.Ledger.record_objects` takes them. It lies in the archive with the package's evidence, so
that a lost ledger can be made anew. Keys and references of the protected route, and references where keys are
personal, are not in it, as they are not in the ledger.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from leverans.ledger import OBJECT_COLUMNS

NAME = "objects.jsonl"
SCHEMA_VERSION = 1
_BYTES = "parts"


def write_object_list(
    head: Mapping[str, Any], rows: pa.Table, deviations: Mapping[str, str] | None = None
) -> bytes:
    """Write the list.

    Args:
        head: what the first line tells about the package.
        rows: the objects, as the ledger takes them.
        deviations: per object what was accepted, as JSON.
    """
    told = deviations or {}
    lines = [_line({"schema_version": SCHEMA_VERSION, **head})]
    for row in rows.to_pylist():
        accepted = told.get(row["object"])
        plain = {
            **{name: value for name, value in row.items() if value is not None},
            _BYTES: base64.b64encode(row[_BYTES] or b"").decode(),
        }
        lines.append(_line(plain | ({"accepted": json.loads(accepted)} if accepted else {})))
    return "".join(lines).encode()


def read_object_list(data: bytes) -> tuple[dict[str, Any], pa.Table, list[tuple[str, dict[str, Any]]]]:
    """Read a list: what it tells of the package, the objects, and (object, deviation) for what was accepted.

    Raises:
        ValueError: it is none.
    """
    lines = data.decode().removesuffix("\n").split("\n")  # splitlines also breaks at U+0085
    try:
        head, *rows = [json.loads(line) for line in lines]
        if head["schema_version"] != SCHEMA_VERSION:
            raise ValueError(head["schema_version"])  # told like the others
        accepted = [(row["object"], one) for row in rows for one in row.get("accepted", ())]
        table = pa.Table.from_pylist(list(_rows(rows)), schema=OBJECT_COLUMNS)
    except (KeyError, TypeError, pa.ArrowInvalid) as fault:
        raise ValueError(type(fault).__name__) from fault
    return head, table, accepted


def _rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        plain = {name: row.get(name) for name in OBJECT_COLUMNS.names}
        yield {**plain, _BYTES: base64.b64decode(row[_BYTES])}


def _line(plain: Mapping[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"

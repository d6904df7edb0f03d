"""What parts the cells of text files: every usual sign is tried on the first records, quotes minded."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SIGNS = (";", ",", "\t", "|")
"""What is tried; of equals the first."""

_BYTES = 256 << 10
_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What one sign makes of the first records.

    Attributes:
        delimiter: the sign.
        columns: cells of the header; of several files those of the narrowest.
        records: how many records were looked at, headers too.
        even: how many of them have as many cells as their header.
    """

    delimiter: str
    columns: int
    records: int
    even: int


def sniff(place: Path, *, encoding: str, quote: str) -> Sniffed:
    """Give the sign that parts most records into as many cells as their header, and into more than one.

    Args:
        place: a file, or a folder whose files are all parted by the same sign.
        encoding: of the text; what cannot be read does not part cells.
        quote: stands round a cell.

    Returns:
        `columns` is 1 where no sign parts every header: the first is then as good as any.
    """
    heads = _heads(place, encoding)
    tried = [_tried(heads, sign, quote) for sign in SIGNS]
    return max(tried, key=lambda one: (one.columns > 1, one.even / max(one.records, 1), one.columns))


def counted(place: Path, delimiter: str, *, encoding: str, quote: str) -> Sniffed:
    """Give what a sign that somebody chose makes of the first records."""
    return _tried(_heads(place, encoding), delimiter, quote)


def _heads(place: Path, encoding: str) -> list[str]:
    files = [place] if place.is_file() else sorted(one for one in place.glob("*") if one.is_file())
    return [head for head in (_head(file, encoding) for file in files) if head.strip()]


def _head(file: Path, encoding: str) -> str:
    """Give the beginning of a file up to the end of a line; nothing of one that cannot be read."""
    try:
        with file.open("rb") as stream:
            held = stream.read(_BYTES)
            rest = stream.read(1)
        text = held.decode(encoding, "replace").removeprefix("\ufeff")
    except (OSError, LookupError):
        return ""
    whole = text.rpartition("\n")[0] if rest and "\n" in text else text
    return whole.partition("\n")[2] if whole[:4].lower() == "sep=" else whole


def _tried(heads: Iterable[str], sign: str, quote: str) -> Sniffed:
    columns, records, even = [], 0, 0
    for head in heads:
        widths = list(islice(_widths(head, sign, quote), _RECORDS))
        columns.append(widths[0] if widths else 0)
        records += len(widths)
        even += Counter(widths)[columns[-1]]
    return Sniffed(sign, min(columns, default=1), records, even)


def _width(row: list[str], quote: str) -> int:
    """Give how many cells a record has; where one was cut between its quotes, only one."""
    return len(row) if all(cell.count(quote) % 2 == 0 for cell in row) else 1


def _widths(head: str, sign: str, quote: str) -> Iterator[int]:
    rows = csv.reader(head.splitlines(keepends=True), delimiter=sign, quotechar=quote)
    try:
        yield from (_width(row, quote) for row in rows if row)
    except csv.Error:
        return

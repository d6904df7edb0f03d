"""What a SIE file tells of itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from leverans.sources.sie.items import Item
from leverans.sources.sie.tables import COMPANY

_THIS_YEAR = "0"


@dataclass(frozen=True, slots=True)
class Head:
    """The values of the table with a row per file.

    Attributes:
        values: column → text.
        lines: items of the file.
    """

    values: dict[str, str]
    lines: int


def head_of(items: Iterable[Item]) -> Head:
    """Read a file through and give the first value of each label that tells of it.

    Raises:
        NotSie: see `leverans.sources.sie.items.items`.
    """
    values: dict[str, str] = {}
    lines = 0
    for item in items:
        lines += 1
        fields = [field for field in item.fields if isinstance(field, str)]
        if item.label == "RAR" and fields[:1] == [_THIS_YEAR]:
            names: tuple[str, ...] = ("start", "slut")
            fields = fields[1:]
        else:
            names = COMPANY.get(item.label, ())
        for name, value in zip(names, fields, strict=False):
            values.setdefault(name, value)
    return Head(values, lines)

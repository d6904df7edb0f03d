"""Which layout the dates of a column are written in."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from leverans.contracts.profile import FEWEST

_YEAR = r"(?P<Y>1[0-9]{3}|2[01][0-9]{2})"
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_LOOSE_MONTH, _LOOSE_DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_HOURS = "(?:[01][0-9]|2[0-3])"
_TIME = f"{_HOURS}:[0-5][0-9]"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_ISO = f"{_YEAR}-{_MONTH}-{_DAY}"

_LAYOUTS: tuple[tuple[str, str, str], ...] = (
    ("%Y-%m-%d", "9999-99-99", _ISO),
    ("%Y-%m-%d %H:%M", "9999-99-99 99:99", f"{_ISO} {_TIME}"),
    ("%Y-%m-%d %H:%M:%S", "9999-99-99 99:99:99", f"{_ISO} {_TIME}:[0-5][0-9]"),
    ("%Y-%m-%d %H:%M:%S.%f", r"9999-99-99 99:99:99\.9{1,9}", rf"{_ISO} {_TIME}:[0-5][0-9]\.[0-9]{{1,9}}"),
    ("%Y-%m-%dT%H:%M", "9999-99-99A99:99", f"{_ISO}T{_TIME}"),
    ("%Y-%m-%dT%H:%M:%S", "9999-99-99A99:99:99", f"{_ISO}T{_TIME}:[0-5][0-9]"),
    ("%Y-%m-%dT%H:%M:%S.%f", r"9999-99-99A99:99:99\.9{1,9}", rf"{_ISO}T{_TIME}:[0-5][0-9]\.[0-9]{{1,9}}"),
    ("%Y-%m-%dT%H:%M:%S%z", "9999-99-99A99:99:99(?:A|[+-]99:?99)", f"{_ISO}T{_TIME}:[0-5][0-9]{_ZONE}"),
    (
        "%Y-%m-%dT%H:%M:%S.%f%z",
        r"9999-99-99A99:99:99\.9{1,9}(?:A|[+-]99:?99)",
        rf"{_ISO}T{_TIME}:[0-5][0-9]\.[0-9]{{1,9}}{_ZONE}",
    ),
    ("%Y%m%d", "9{8}", f"{_YEAR}{_MONTH}{_DAY}"),
    ("%Y%m%d%H%M%S", "9{14}", f"{_YEAR}{_MONTH}{_DAY}{_HOURS}[0-5][0-9][0-5][0-9]"),
    ("%Y/%m/%d", "9999/99/99", f"{_YEAR}/{_MONTH}/{_DAY}"),
    ("%-d/%-m/%Y", "9{1,2}/9{1,2}/9999", f"{_LOOSE_DAY}/{_LOOSE_MONTH}/{_YEAR}"),
    ("%-m/%-d/%Y", "9{1,2}/9{1,2}/9999", f"{_LOOSE_MONTH}/{_LOOSE_DAY}/{_YEAR}"),
    ("%-d.%-m.%Y", r"9{1,2}\.9{1,2}\.9999", rf"{_LOOSE_DAY}\.{_LOOSE_MONTH}\.{_YEAR}"),
)
"""Layout as the mapping language writes it, the shapes that it may have, what its values fit."""

_SHAPES = [re.compile(shape) for _layout, shape, _values in _LAYOUTS]
_VALUES = [f"^(?:{values})$" for _layout, _shape, values in _LAYOUTS]
_NEARLY_ALL = 0.8
_RARE = 0.01
_MOST_YEARS = 4_000


@dataclass(slots=True)
class Days:
    """Counts, batch by batch, how many values fit each layout."""

    fitting: Counter[int] = field(default_factory=Counter)
    years: dict[int, set[str]] = field(default_factory=dict)

    def add(self, values: pa.Array, shapes: list[str]) -> None:
        """Take the values of a batch, and the shapes that occur among them."""
        for number, shape in enumerate(_SHAPES):
            if any(shape.fullmatch(one) for one in shapes):
                found = pc.struct_field(pc.extract_regex(values, _VALUES[number]), "Y").drop_null()
                self.fitting[number] += len(found)
                known = self.years.setdefault(number, set())
                if len(known) < _MOST_YEARS:
                    known.update(found.unique().to_pylist())

    def layout(self, filled: int) -> tuple[str, float, int]:
        """Give the layout that most values fit, their share, and how many years they have; or nothing."""
        if not self.fitting or not filled:
            return "", 0.0, 0
        best = max(self.fitting, key=lambda number: (self.fitting[number], -number))
        share = self.fitting[best] / filled
        if share < _NEARLY_ALL:
            return "", 0.0, 0
        return _LAYOUTS[best][0], share, len(self.years[best])

    def mixed(self, filled: int) -> tuple[tuple[tuple[str, float], ...], int]:
        """Give the layouts that nearly all values fit together, the most common first, with their shares.

        A day and month that could be either way round are told in one order only. Layouts of too few values
        are left out: they could tell somebody apart.

        Returns:
            Nothing where one layout says it all, or several do not; and how many years there are.
        """
        least = max(FEWEST, filled * _RARE)
        common = sorted(
            (number for number, count in self.fitting.items() if count >= least),
            key=lambda number: (-self.fitting[number], number),
        )
        shapes = {_LAYOUTS[number][1]: number for number in reversed(common)}
        chosen = [number for number in common if shapes[_LAYOUTS[number][1]] == number]
        if len(chosen) < 2 or sum(self.fitting[number] for number in chosen) < _NEARLY_ALL * filled:
            return (), 0
        years = set().union(*(self.years[number] for number in chosen))
        return tuple((_LAYOUTS[number][0], self.fitting[number] / filled) for number in chosen), len(years)

"""Rows under work: some rows of a stream, the object each belongs to, and what is joined to them."""

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Mask, Text, holds, true
from leverans.mapping.execution.streams import Stream

NOBODY = -1
"""The root number of rows that belong to no object; also the position of no row."""


@dataclass(slots=True)
class Joined:
    """What a join found: per row of the frame the row of the other stream, `NOBODY` for none.

    Attributes:
        several: row of the frame → all rows of the other stream where there was more than one.
    """

    stream: Stream
    rows: np.ndarray
    several: dict[int, np.ndarray] = field(default_factory=dict)

    def subset(self, at: np.ndarray) -> "Joined":
        """Keep the rows of the frame at these positions."""
        if not self.several:
            return Joined(self.stream, self.rows[at])
        several = {new: self.several[old] for new, old in enumerate(at.tolist()) if old in self.several}
        return Joined(self.stream, self.rows[at], several)


@dataclass(slots=True)
class Frame:
    """Some rows of a stream.

    Attributes:
        rows: positions in the stream.
        root: number of the root object of each row.
        key: columns that verdicts name a row by; empty for the stream's own key.
        broken: rows whose object is set aside by a join already: what they lack is no news.
        splits: texts taken apart: name → group → its text on every row.
    """

    stream: Stream
    rows: np.ndarray
    root: np.ndarray
    joins: dict[str, Joined] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    broken: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    splits: dict[str, dict[str, Text]] = field(default_factory=dict)
    _taken: dict[str, Text] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.broken) != len(self.rows):
            self.broken = np.zeros(len(self.rows), dtype=bool)

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, reference: str) -> Text:
        """Give the column that a reference names, as text."""
        prefix, dot, rest = reference.partition(".")
        if dot and prefix in self.splits:
            return self.splits[prefix][rest]
        if dot and prefix in self.joins:
            joined = self.joins[prefix]
            taken = pa.array(joined.rows, pa.int64(), mask=joined.rows == NOBODY)
            return joined.stream.text(rest).take(taken)
        if reference not in self._taken:
            whole_text = self.stream.text(reference)
            every = len(self) == len(self.stream) and bool((np.diff(self.rows) == 1).all())
            self._taken[reference] = whole_text if every else whole_text.take(pa.array(self.rows, pa.int64()))
        return self._taken[reference]

    def shown(self, at: np.ndarray) -> Text:
        """Give the keys of some rows as verdicts show them."""
        return self.stream.shown(self.rows[at], self.key)

    def subset(self, at: np.ndarray) -> "Frame":
        """Keep the rows at these positions."""
        taken = pa.array(at, pa.int64())
        return dataclasses.replace(
            self,
            rows=self.rows[at],
            root=self.root[at],
            broken=self.broken[at],
            joins={name: joined.subset(at) for name, joined in self.joins.items()},
            splits={
                name: {group: text.take(taken) for group, text in groups.items()}
                for name, groups in self.splits.items()
            },
        )


def whole(stream: Stream) -> Frame:
    """Give all rows of a stream, of nobody yet."""
    return Frame(stream, np.arange(len(stream)), np.full(len(stream), NOBODY))


def satisfies(frame: Frame, condition: lang.Condition) -> Mask:
    """Say which rows meet every test of a condition."""
    mask = true(len(frame))
    for test in condition.tests:
        mask = pc.and_(mask, _meets(frame.text(test.column), test))
    return mask


def _meets(text: Text, test: lang.Test) -> Mask:
    match test.operator:
        case "in" | "not_in":
            listed = pa.array([value for value in test.values if value is not None], pa.string())
            inside = holds(pc.is_in(text, value_set=listed))
            if None in test.values:
                inside = pc.or_(inside, pc.is_null(text))
            return inside if test.operator == "in" else pc.invert(inside)
        case "match":
            return holds(pc.match_substring_regex(text, test.pattern))
        case "empty":
            found = pc.fill_null(pc.equal(text, ""), True)
        case _:
            found = pc.is_null(text)
    return found if test.flag else pc.invert(found)

"""Protection: one answer per axis, the first rule that matches; the access class is derived."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, blank, present, repeat, scatter, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.dates import years_after
from leverans.mapping.execution.frames import Frame, satisfies
from leverans.mapping.execution.values import Evaluator
from leverans.mapping.execution.verdicts import Cause
from leverans.mapping.tables import paragraph
from leverans.model import AXES

_OPENNESS = {"none": 0, "metadata": 1, "full": 2}
_CLASSES = ("staff", "metadata open, file by order", "open on the web")
HIDDEN = "existence hidden"


@dataclass(slots=True)
class Openness:
    """How open each row is: per axis 0 (none), 1 (metadata) or 2 (full); and whether it is hidden."""

    axes: dict[str, np.ndarray]
    hidden: np.ndarray

    @classmethod
    def undeclared(cls, rows: int) -> "Openness":
        """Give the start: an axis that nobody answers is not on the web; -1 says that nobody has yet."""
        return cls({axis: np.full(rows, -1) for axis in AXES}, np.zeros(rows, dtype=bool))

    def of_parents(self, parents: np.ndarray) -> "Openness":
        """Give what the rows below inherit."""
        return Openness({axis: level[parents] for axis, level in self.axes.items()}, self.hidden[parents])

    def classes(self, protected: np.ndarray) -> Text:
        """Give the access class of every row."""
        least = np.minimum.reduce([np.maximum(level, 0) for level in self.axes.values()])
        names = pa.array(_CLASSES).take(pa.array(least))
        return pc.if_else(pa.array(self.hidden | protected), HIDDEN, names)


def restrict(
    bench: Bench,
    entity: lang.Entity,
    frame: Frame,
    owners: Text,
    *,
    fields: dict[str, Text],
    above: Openness,
) -> Openness:
    """Answer every axis that an entity declares, and give how open its objects are."""
    result = Openness(dict(above.axes), above.hidden.copy())
    for number, axis in enumerate(AXES):
        if axis not in entity.restrict:
            continue
        answer = _Axis(bench, entity, axis, frame, fields).answer()
        own = answer.level
        inherited = above.axes[axis]
        result.axes[axis] = np.where(inherited < 0, own, np.minimum(inherited, own))
        result.hidden |= answer.hidden
        columns = {"axis": repeat(axis, len(frame)), **answer.columns()}
        bench.output.add("restriction", frame.root, owners, columns, block=number)
    return result


class _Axis:
    """The answers of one axis on the rows of a frame."""

    def __init__(
        self, bench: Bench, entity: lang.Entity, axis: str, frame: Frame, fields: dict[str, Text]
    ) -> None:
        rows = len(frame)
        self.bench = bench
        self.rules = entity.restrict[axis]
        self.axis = axis
        self.rule = f"{entity.name}.restrict.{axis}"
        self.frame = frame
        self.fields = fields
        self.web = repeat("none", rows)
        self.law, self.text, self.until = blank(rows), blank(rows), blank(rows)
        self.level = np.zeros(rows, dtype=np.int64)
        self.hidden = np.zeros(rows, dtype=bool)

    def answer(self) -> "_Axis":
        """Let the first rule that matches each row answer."""
        waiting = np.ones(len(self.frame), dtype=bool)
        for rule in self.rules:
            at = np.flatnonzero(waiting & np.asarray(satisfies(self.frame, rule.condition), dtype=bool))
            waiting[at] = False
            self._apply(rule, at)
        return self

    def columns(self) -> dict[str, Text]:
        """Give the columns of the restriction table."""
        return {"web": self.web, "law": self.law, "text": self.text, "until": self.until}

    def _apply(self, rule: lang.Protect, at: np.ndarray) -> None:
        frame = self.frame.subset(at)
        self.level[at] = _OPENNESS[rule.web]
        self.hidden[at] = rule.hidden
        self.web = scatter(self.web, at, repeat(rule.web, len(at)))
        if rule.text is not None:
            made = Evaluator(self.bench, frame, f"{self.rule}.text").make(rule.text)
            self.text = scatter(self.text, at, made)
        if rule.law is not None:
            self._legal_ground(rule, rule.law, frame, at)

    def _legal_ground(self, rule: lang.Protect, law: lang.Value, frame: Frame, at: np.ndarray) -> None:
        made = Evaluator(self.bench, frame, f"{self.rule}.law").make(law)
        given = present(made)
        made = pc.if_else(given, made, pa.scalar(None, pa.string()))
        self.law = scatter(self.law, at, made)
        if self.axis == "secrecy":
            self.bench.fault(frame, where(pc.invert(given)), Cause("MAP154", "warn", self.rule, rule.where))
            self.until = scatter(self.until, at, self._end(rule, made, frame, at))

    def _end(self, rule: lang.Protect, law: Text, frame: Frame, at: np.ndarray) -> Text:
        """Give the end of the secrecy by the table of paragraphs; NULL where it is not known."""
        encoded = pc.dictionary_encode(law)
        known = [self.bench.mapping.laws.get(paragraph(text)) for text in encoded.dictionary.to_pylist()]
        places = np.asarray(pc.fill_null(encoded.indices, -1))
        made = blank(len(frame))
        for number, entry in enumerate(known):
            rows = np.flatnonzero(places == number)
            if entry is None:
                self.bench.fault(frame, rows, Cause("MAP153", "warn", self.rule, rule.where))
                continue
            years, event = entry
            start = self.fields.get(event)
            if start is not None:
                days = start.take(pa.array(at[rows]))
                made = scatter(made, rows, years_after(days, np.full(len(rows), years)))
        return made

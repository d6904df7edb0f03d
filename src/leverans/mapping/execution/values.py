"""Makes values: one operator, then the steps; a step that fails follows the value's policy."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.errors import ConfigurationError
from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Mask, Text, blank, holds, present, repeat, scatter, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.dates import parse_dates
from leverans.mapping.execution.frames import Frame, satisfies
from leverans.mapping.execution.hygiene import suspicious
from leverans.mapping.execution.verdicts import Cause, Disposition, shape_of

_SPACES = r"[\s\x{A0}]+"
_SHORT = r"^[^\d]*(?:\d[^\d]*){0,5}$"
"""A code of up to five digits is no identity number and may be shown."""

_SHORT_LENGTH = 8


class Evaluator:
    """Makes the values of one rule (field) on a frame; faults go to the bench."""

    def __init__(self, bench: Bench, frame: Frame, rule: str) -> None:
        self.bench = bench
        self.frame = frame
        self.rule = rule
        self.failed = np.zeros(len(frame), dtype=bool)

    def make(self, value: lang.Value, *, required: bool = False, take: int = 0, inspect: bool = True) -> Text:
        """Give the value of every row as text.

        Args:
            value: what the mapping says.
            required: the model needs it, whatever the mapping says.
            take: which of the columns of a lookup.
            inspect: report text that looks harmed; a value inside another is reported with that one.
        """
        made = self._operate(value, take)
        made = _clean(made, value.clean)
        if value.null_if:
            listed = pa.array(value.null_if, pa.string())
            made = pc.if_else(holds(pc.is_in(made, value_set=listed)), pa.scalar(None, pa.string()), made)
        if value.match:
            made = self._match(made, value)
        if value.code:
            made = self._code(made, value)
        made = self._typed(made, value)
        if required or value.required:
            self._require(made, value)
        if inspect and _is_free_text(value):
            self._inspect(made, value)
        return made

    def _operate(self, value: lang.Value, take: int) -> Text:
        match value.operator:
            case "from":
                return self.frame.text(value.column)
            case "constant":
                return repeat(value.constant, len(self.frame))
            case "concat":
                parts = [self._inner(part, np.arange(len(self.frame))) for part in value.parts]
                nulls = "skip" if value.nulls == "skip" else "emit_null"
                return pc.binary_join_element_wise(*parts, "", null_handling=nulls)
            case "coalesce":
                return self._coalesce(value)
            case "choose":
                return self._choose(value)
            case _:
                return self._lookup(value, take)

    def _inner(self, value: lang.Value, at: np.ndarray) -> Text:
        """Make a value inside this one, on some rows only."""
        inner = Evaluator(self.bench, self.frame.subset(at), self.rule)
        made = inner.make(value, inspect=False)
        self.failed[at[inner.failed]] = True
        return made

    def _coalesce(self, value: lang.Value) -> Text:
        made = blank(len(self.frame))
        for part in value.parts:
            open_rows = where(pc.invert(present(made)))
            made = scatter(made, open_rows, self._inner(part, open_rows))
        return pc.if_else(present(made), made, pa.scalar(None, pa.string()))

    def _choose(self, value: lang.Value) -> Text:
        made = blank(len(self.frame))
        waiting = np.ones(len(self.frame), dtype=bool)
        for condition, choice in value.choices:
            at = np.flatnonzero(waiting & np.asarray(satisfies(self.frame, condition), dtype=bool))
            made = scatter(made, at, self._inner(choice, at))
            waiting[at] = False
        return made

    def _lookup(self, value: lang.Value, take: int) -> Text:
        if value.by is None:
            return blank(len(self.frame))
        codes, table = self.bench.codes(value.table), self.bench.mapping.codes[value.table]
        sought = self._inner(value.by, np.arange(len(self.frame)))
        made = codes.find(sought, value.take[take])
        unknown = pc.and_(pc.is_valid(sought), pc.invert(codes.knows(sought)))
        if take > 0:
            return made
        doubtful = holds(pc.is_in(sought, value_set=codes.ambiguous))
        made = self._bad(made, doubtful, "MAP109", value, sought)
        return self._bad(made, unknown, "MAP108", value, sought, policy=table.unmapped, default=table.default)

    def _match(self, made: Text, value: lang.Value) -> Text:
        fits = pc.match_substring_regex(made, value.match)
        raw = made
        if value.group:
            pieces = pc.extract_regex(made, pattern=value.match)
            made = pc.struct_field(pieces, value.group)
        return self._bad(made, holds(pc.invert(fits)), "MAP103", value, raw)

    def _code(self, made: Text, value: lang.Value) -> Text:
        codes, table = self.bench.codes(value.code), self.bench.mapping.codes[value.code]
        found = codes.find(made, table.value)
        doubtful = holds(pc.is_in(made, value_set=codes.ambiguous))
        unknown = pc.and_(pc.is_valid(made), pc.invert(codes.knows(made)))
        found = self._bad(found, doubtful, "MAP109", value, made, code_shown=True)
        own = value.on_error != "quarantine"
        policy = value.on_error if own else table.unmapped
        default = value.default if own else table.default
        return self._bad(
            found, unknown, "MAP105", value, made, policy=policy, default=default, code_shown=True
        )

    def _typed(self, made: Text, value: lang.Value) -> Text:
        match value.kind:
            case "int":
                fits = pc.match_substring_regex(made, r"^-?\d{1,18}$")
                raw, made = made, pc.if_else(holds(fits), made, pa.scalar(None, pa.string()))
                made = pc.cast(pc.cast(made, pa.int64()), pa.string())
                return self._bad(made, holds(pc.invert(fits)), "MAP104", value, raw)
            case "decimal":
                fits = pc.match_substring_regex(made, rf"^-?\d+(?:\{value.decimal_mark}\d+)?$")
                pointed = pc.replace_substring(made, value.decimal_mark, ".")
                return self._bad(pointed, holds(pc.invert(fits)), "MAP104", value, made)
            case "date" | "datetime":
                dates = parse_dates(made, value.layouts, time=value.kind == "datetime")
                iso = self._bad(dates.iso, dates.unfit, "MAP101", value, made)
                return self._bad(iso, dates.unreal, "MAP102", value, made)
            case _:
                return made

    def _require(self, made: Text, value: lang.Value) -> None:
        open_rows = pa.array(~(self.failed | self.frame.broken))
        for mask, code in ((pc.is_null(made), "MAP106"), (holds(pc.equal(made, "")), "MAP107")):
            at = where(pc.and_(mask, open_rows))
            self.bench.fault(self.frame, at, Cause(code, "quarantine", self.rule, value.where))

    def _inspect(self, made: Text, value: lang.Value) -> None:
        for code, at in suspicious(made):
            self.bench.fault(self.frame, at, Cause(code, "warn", self.rule, value.where))

    def _bad(
        self,
        made: Text,
        mask: Mask,
        code: str,
        value: lang.Value,
        raw: Text,
        *,
        policy: lang.Policy | None = None,
        default: str | None = None,
        code_shown: bool = False,
    ) -> Text:
        """Let bad rows follow the policy: a verdict, and NULL or the default in their place."""
        at = where(mask)
        if len(at) == 0:
            return made
        policy = policy or value.on_error
        if policy == "fail":
            raise ConfigurationError("MAP190", value.where, field=self.rule, rows=len(at), fault=code)
        self.failed[at] = True
        faulty = raw.take(pa.array(at))
        detail = _code_or_shape(faulty) if code_shown else shape_of(faulty)
        aside = policy == "quarantine"
        word: Disposition = "quarantine" if aside else "warn"
        cause = Cause(code if aside else "MAP143", word, self.rule, value.where)
        self.bench.fault(self.frame, at, cause, detail)
        text = (default if default is not None else value.default) if policy == "default" else None
        return scatter(made, at, repeat(text, len(at)))


def _clean(made: Text, steps: tuple[str, ...]) -> Text:
    for step in steps:
        made = _CLEANERS[step](made)
    return made


_CLEANERS: dict[str, Any] = {
    "strip": pc.utf8_trim_whitespace,
    "collapse_space": lambda text: pc.replace_substring_regex(text, pattern=_SPACES, replacement=" "),
    "upper": pc.utf8_upper,
    "lower": pc.utf8_lower,
    "forward_slashes": lambda text: pc.replace_substring(text, "\\", "/"),
    "strip_leading_zeros": lambda text: pc.replace_substring_regex(
        text, pattern=r"^0+(.)", replacement=r"\1"
    ),
    "nfc": lambda text: pc.utf8_normalize(text, form="NFC"),
}


def _is_free_text(value: lang.Value) -> bool:
    return value.kind == "text" and not value.code and value.operator not in {"constant", "lookup"}


def _code_or_shape(values: Text) -> Text:
    short = pc.and_(
        pc.less_equal(pc.utf8_length(values), _SHORT_LENGTH), pc.match_substring_regex(values, _SHORT)
    )
    return pc.if_else(holds(short), values, shape_of(values))

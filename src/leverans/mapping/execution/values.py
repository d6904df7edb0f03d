"""Makes values: one operator, then the steps; a step that fails follows the value's policy."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.errors import ConfigurationError
from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Mask, Text, blank, holds, present, repeat, scatter, true, where
from leverans.mapping.execution.bench import Bench
from leverans.mapping.execution.calling import call
from leverans.mapping.execution.codes import Codes
from leverans.mapping.execution.dates import parse_dates, real_day
from leverans.mapping.execution.figures import read_figures
from leverans.mapping.execution.frames import Frame, satisfies
from leverans.mapping.execution.hygiene import suspicious
from leverans.mapping.execution.identities import read_identities
from leverans.mapping.execution.verdicts import Cause, Disposition, shape_of
from leverans.mapping.execution.zones import offsets

_SPACES = r"[\s\x{A0}]+"
_BLANK = r"\A[\s\p{Z}\p{Cc}\p{Cf}\x{115F}\x{1160}\x{2800}\x{3164}\x{FFA0}]*\z"
"""Nothing to read: white space of all Unicode, controls, zero width, byte order marks, blank letters."""
_SHORT = r"^[^\d]*(?:\d[^\d]*){0,5}$"
"""A code of up to five digits is no identity number and may be shown."""

_SHORT_LENGTH = 8
_MOST = 100_000
"""Characters of a title, name or reference code where the mapping says nothing."""

_LABELS = frozenset({"title", "name", "reference_code"})


class Evaluator:
    """Makes the values of one rule (field) on a frame; faults go to the bench."""

    def __init__(self, bench: Bench, frame: Frame, rule: str) -> None:
        self.bench = bench
        self.frame = frame
        self.rule = rule
        self.failed = np.zeros(len(frame), dtype=bool)
        self.classes: Text | None = None
        """What class of identity number each row has, after `make`; None without ``identity``."""
        self._asked: dict[int, Text] = {}

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
        made = self._short_enough(made, value, label=inspect and self._is_label())
        if required or value.required:
            self._require(made, value)
        if inspect and _is_free_text(value):
            self._inspect(made, value)
        return made

    def _operate(self, value: lang.Value, take: int) -> Text:  # noqa: PLR0911  # one line an operator
        match value.operator:
            case "from":
                return self.frame.text(value.column)
            case "constant":
                return repeat(value.constant, len(self.frame))
            case "concat":
                return self._concat(value)
            case "coalesce":
                return self._coalesce(value)
            case "choose":
                return self._choose(value)
            case "fn":
                return self._call(value)
            case _:
                return self._lookup(value, take)

    def _inner(self, value: lang.Value, at: np.ndarray) -> Text:
        """Make a value inside this one, on some rows only."""
        inner = Evaluator(self.bench, self.frame.subset(at), self.rule)
        made = inner.make(value, inspect=False)
        self.failed[at[inner.failed]] = True
        if inner.classes is not None:
            known = blank(len(self.frame)) if self.classes is None else self.classes
            self.classes = scatter(known, at, inner.classes)
        return made

    def _once(self, value: lang.Value) -> Text:
        """Make a value that both halves of a pair ask for; its faults are told once."""
        if id(value) not in self._asked:
            self._asked[id(value)] = self._inner(value, np.arange(len(self.frame)))
        return self._asked[id(value)]

    def _concat(self, value: lang.Value) -> Text:
        parts = [self._inner(part, np.arange(len(self.frame))) for part in value.parts]
        if value.nulls != "skip":
            return pc.binary_join_element_wise(*parts, "")
        made = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), "")
        told = pc.is_valid(pc.coalesce(*parts))  # Arrow's own "skip" leaves out rows that are all NULL
        return pc.if_else(told, made, pa.scalar(None, pa.string()))

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

    def _call(self, value: lang.Value) -> Text:
        parts = [self._inner(part, np.arange(len(self.frame))) for part in value.parts]
        rows = len(self.frame)
        answer = call(self.bench.mapping.functions[value.function], parts, rows)
        if not answer.steady:
            policy: lang.Policy = "fail" if value.on_error == "fail" else "quarantine"
            return self._bad(answer.text, true(rows), "MAP181", value, repeat("", rows), policy=policy)
        return self._bad(answer.text, self._mask(answer.failed), "MAP180", value, repeat("", rows))

    def _lookup(self, value: lang.Value, take: int) -> Text:
        if value.by is None:
            return blank(len(self.frame))
        codes, table = self.bench.codes(value.table), self.bench.mapping.codes[value.table]
        sought = self._once(value.by)
        if codes.periods is not None:
            return self._dated(codes, sought, value, value.take[take], quiet=take > 0)
        made = codes.find(sought, value.take[take], value.take)
        unknown = pc.and_(pc.is_valid(sought), pc.invert(codes.knows(sought)))
        if take > 0:
            return made
        doubtful = holds(pc.is_in(sought, value_set=codes.contradicted(value.take)))
        made = self._bad(made, doubtful, "MAP109", value, sought)
        return self._bad(made, unknown, "MAP108", value, sought, policy=table.unmapped, default=table.default)

    def _dated(
        self, codes: Codes, sought: Text, value: lang.Value, column: str, *, quiet: bool = False
    ) -> Text:
        """Look up in a dated table, on the day that `at` gives."""
        if value.at is None or codes.periods is None:
            return blank(len(self.frame))
        before = self.failed.copy()
        days = self._once(value.at)
        told = pa.array(self.failed & ~before)
        days = pc.if_else(real_day(days), days, pa.scalar(None, pa.string()))
        found = codes.periods.find(sought, days)
        made = codes.columns[column].take(found.rows)
        if quiet:
            return made
        timeless = pc.and_not(pc.and_(pc.is_valid(sought), pc.is_null(days)), told)
        for code, mask in (
            ("MAP205", found.none),
            ("MAP206", found.several),
            ("MAP207", timeless),
            ("MAP208", found.unreadable),
        ):
            made = self._bad(made, mask, code, value, sought, code_shown=True)
        return made

    def _match(self, made: Text, value: lang.Value) -> Text:
        fits = pc.match_substring_regex(made, value.match)
        raw = made
        if value.group:
            pieces = pc.extract_regex(made, pattern=value.match)
            made = pc.struct_field(pieces, value.group)
            made = pc.if_else(present(made), made, pa.scalar(None, pa.string()))
        return self._bad(made, holds(pc.invert(fits)), "MAP103", value, raw)

    def _code(self, made: Text, value: lang.Value) -> Text:
        codes, table = self.bench.codes(value.code), self.bench.mapping.codes[value.code]
        if codes.periods is not None:
            found = self._dated(codes, made, value, table.value)
        else:
            found = codes.find(made, table.value)
        doubtful = holds(pc.is_in(made, value_set=codes.contradicted((table.value,))))
        unknown = pc.and_(pc.is_valid(made), pc.invert(codes.knows(made)))
        found = self._bad(found, doubtful, "MAP109", value, made, code_shown=True)
        own = value.on_error != "quarantine"
        policy = value.on_error if own else table.unmapped
        default = value.default if own else table.default
        return self._bad(
            found, unknown, "MAP105", value, made, policy=policy, default=default, code_shown=True
        )

    def _typed(self, made: Text, value: lang.Value) -> Text:
        if value.identity:
            return self._identify(made, value)
        match value.kind:
            case "int" | "decimal":
                figures = read_figures(made, value)
                return self._bad(figures.plain, figures.unfit, "MAP104", value, made)
            case "date" | "datetime":
                return self._moment(made, value)
            case _:
                return made

    def _moment(self, made: Text, value: lang.Value) -> Text:
        as_of = self.bench.context.as_of
        dates = parse_dates(made, value.layouts, time=value.kind == "datetime", as_of=as_of)
        iso = self._bad(dates.iso, dates.unfit, "MAP101", value, made)
        iso = self._bad(iso, dates.unreal, "MAP102", value, made)
        at = np.flatnonzero(dates.edge)
        self.bench.fault(self.frame, at, Cause("MAP209", "warn", self.rule, value.where))
        at = np.flatnonzero(dates.local)
        return self._placed(iso, at, value, made) if value.zone and len(at) else iso

    def _placed(self, iso: Text, at: np.ndarray, value: lang.Value, raw: Text) -> Text:
        """Write the zone's offset beside local times; doubtful ones follow `dst`."""
        local = iso.take(pa.array(at))
        found = offsets(local, value.zone)
        chosen = found.later if value.dst == "later" else found.earlier
        iso = scatter(iso, at, pc.binary_join_element_wise(local, chosen, ""))
        for code, doubtful in (("MAP201", found.skipped), ("MAP202", found.twice)):
            if value.dst == "quarantine":
                iso = self._bad(iso, self._mask(at[doubtful]), code, value, raw)
            else:
                cause = Cause("MAP204", "warn", self.rule, value.where)
                self.bench.fault(self.frame, at[doubtful], cause)
        return self._bad(iso, self._mask(at[found.unknown]), "MAP203", value, raw)

    def _mask(self, at: np.ndarray) -> Mask:
        mask = np.zeros(len(self.frame), dtype=bool)
        mask[at] = True
        return pa.array(mask)

    def _identify(self, made: Text, value: lang.Value) -> Text:
        """Tell the class of identity numbers; what is wrong follows the policy, and stays as written."""
        read = read_identities(made, value.identity, self.bench.context.as_of)
        self.classes = read.classes
        for code, wrong in read.faults.items():
            made = self._bad(made, pa.array(wrong), code, value, made, kept=True)
        return made

    def split(self, split: lang.Split) -> dict[str, Text]:
        """Take a text apart; rows that do not fit follow the split's policy and have no groups."""
        raw = self.make(split.by, inspect=False)
        pieces = pc.extract_regex(raw, pattern=split.pattern)
        unfit = pc.and_(pc.is_valid(raw), pc.is_null(pieces))
        cause = lang.Value("from", split.where, on_error=split.on_error)
        self._bad(raw, unfit, "MAP103", cause, raw)
        if split.on_error == "quarantine":
            self.frame.broken |= np.asarray(unfit, dtype=bool)
        made = {name: pc.struct_field(pieces, name) for name in split.groups}
        return {
            name: pc.if_else(present(text), text, pa.scalar(None, pa.string())) for name, text in made.items()
        }

    def _is_label(self) -> bool:
        return self.rule.rpartition(".")[2] in _LABELS

    def _short_enough(self, made: Text, value: lang.Value, *, label: bool) -> Text:
        """Set texts aside that are too long for what they are; the text stays."""
        most = value.max_length or (_MOST if label else 0)
        if not most:
            return made
        return self._bad(
            made, holds(pc.greater(pc.utf8_length(made), most)), "MAP217", value, made, kept=True
        )

    def _require(self, made: Text, value: lang.Value) -> None:
        open_rows = pa.array(~(self.failed | self.frame.broken))
        empty = holds(pc.match_substring_regex(made, _BLANK))
        for mask, code in ((pc.is_null(made), "MAP106"), (empty, "MAP107")):
            at = where(pc.and_(mask, open_rows))
            self.bench.fault(self.frame, at, Cause(code, "quarantine", self.rule, value.where))

    def _inspect(self, made: Text, value: lang.Value) -> None:
        for code, at in suspicious(made):
            self.bench.fault(self.frame, at, Cause(code, value.harmed, self.rule, value.where))

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
        kept: bool = False,
    ) -> Text:
        """Let bad rows follow the policy: a verdict, and NULL or the default in their place.

        With `kept` the text stays where the object is set aside: if that is accepted it is archived as it is.
        """
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
        cause = Cause(code if aside or policy == "keep" else "MAP143", word, self.rule, value.where)
        self.bench.fault(self.frame, at, cause, detail)
        if policy == "keep" or (kept and aside):
            return made
        text = (default if default is not None else value.default) if policy == "default" else None
        return scatter(made, at, repeat(text, len(at)))


def split_all(bench: Bench, frame: Frame, splits: tuple[lang.Split, ...], owner: str) -> None:
    """Take texts apart in the order written; a later one may use an earlier one."""
    for split in splits:
        frame.splits[split.name] = Evaluator(bench, frame, f"{owner}.split.{split.name}").split(split)


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
    return (
        value.kind == "text"
        and not value.code
        and not value.identity
        and value.operator not in {"constant", "lookup"}
    )


def _code_or_shape(values: Text) -> Text:
    short = pc.and_(
        pc.less_equal(pc.utf8_length(values), _SHORT_LENGTH), pc.match_substring_regex(values, _SHORT)
    )
    return pc.if_else(holds(short), values, shape_of(values))

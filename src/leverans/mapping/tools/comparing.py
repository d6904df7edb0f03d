"""What differs between two results of one bucket, column by column; nothing is compared row by row."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, as_text, holds, joined, ranks, repeat
from leverans.mapping.execution.verdicts import shape_of
from leverans.model import SCHEMAS

_STAMPED = frozenset({"root", "version", "digest", "replaces"})
"""Set after the mapping, or what the rows are held against each other by."""

_SHOWN: dict[str, frozenset[str]] = {
    "case": frozenset({
        "type", "status", "opened", "closed", "created", "kind", "classification_code",
        "classification_title", "creator", "creator_from", "creator_to", "retention_rule",
        "retention_authority", "retention_start", "access", "route", "partition",
    }),
    "subcase": frozenset({
        "type", "status", "opened", "closed", "created", "kind", "classification_code",
        "classification_title", "retention_rule", "retention_authority", "retention_start", "access",
    }),
    "record": frozenset({
        "number", "type", "direction", "created", "received", "sent", "medium", "retention_rule",
        "retention_authority", "retention_start", "access",
    }),
    "file": frozenset({
        "puid", "format", "format_version", "mime", "size", "sha256", "signature", "signature_type",
        "signature_date",
    }),
    "agent": frozenset({"type", "role", "id_number_type"}),
    "event": frozenset({"kind", "type", "date"}),
    "restriction": frozenset({"axis", "web", "law", "until"}),
    "relation": frozenset({"type"}),
    "fonds": frozenset({"reference_code", "valid_from", "valid_to"}),
    "class": frozenset({"code", "title", "scheme", "valid_from", "valid_to"}),
    "place": frozenset({"type", "municipality", "crs"}),
    "custody": frozenset({"kind", "valid_from", "valid_to"}),
    "location": frozenset({"basis"}),
    "extra": frozenset({"data_type"}),
}  # fmt: skip
"""Fields whose values are words, codes and dates; of every other only the shape is shown."""

DISPOSITIONS = ("quarantine", "exclude", "void")
"""What a verdict can do to an object, the strongest first."""

ARCHIVED = "archive"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of one bucket.

    Attributes:
        tables: the tables of the model.
        verdicts: ``root`` and ``disposition`` of every verdict about it, with those of the checks.
    """

    tables: Mapping[str, pa.Table]
    verdicts: pa.Table


@dataclass(frozen=True, slots=True)
class Example:
    """One changed value.

    Attributes:
        object: object id, empty for an object of the protected route.
        key: pseudonym of the object's key in the source, empty for an object of the protected route.
        before: the value, or its shape where it may say something about a person; None is no value.
        after: the same of the other result.
    """

    object: str
    key: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class FieldChange:
    """How often one field differs: values, objects, and a few examples."""

    values: int = 0
    objects: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Difference:
    """What differs, over all buckets so far.

    Attributes:
        objects: found in the first, in the second, and how many changed, came and went.
        changes: per ``table.field``.
        rows: per table how many came and went.
        dispositions: (before, after) → objects.
        hide: makes the pseudonym of a key.
        most: examples per field.
    """

    hide: Callable[[str], str]
    most: int = 5
    objects: Counter[str] = field(default_factory=Counter)
    changes: dict[str, FieldChange] = field(default_factory=dict)
    rows: dict[str, Counter[str]] = field(default_factory=dict)
    dispositions: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def equal(self) -> bool:
        """Nothing differs."""
        return not (self.changes or self.rows or self.dispositions)

    def plain(self) -> dict[str, Any]:
        """Give it as plain data, the field with most objects first."""
        order = sorted(self.changes, key=lambda name: (-self.changes[name].objects, name))
        return {
            "equal": self.equal,
            "objects": dict(self.objects),
            "fields": {name: _plain_change(self.changes[name]) for name in order},
            "rows": {name: dict(counts) for name, counts in sorted(self.rows.items())},
            "dispositions": [
                {"before": before, "after": after, "objects": number}
                for (before, after), number in sorted(self.dispositions.items())
            ],
        }

    def add(self, before: Outcome, after: Outcome) -> None:
        """Hold two results of one bucket against each other."""
        touched = [self._dispositions(before, after)]
        told = _Objects(_keys(before, after), _secret(before, after))
        touched += [self._table(table, before.tables[table], after.tables[table], told) for table in SCHEMAS]
        roots = pc.unique(pa.concat_arrays(touched))
        one, two = (outcome.tables["case"]["root"].combine_chunks() for outcome in (before, after))
        self.objects["before"] += len(one)
        self.objects["after"] += len(two)
        self.objects["changed"] += len(roots)

    def _dispositions(self, before: Outcome, after: Outcome) -> Text:
        one, two = (_words(outcome) for outcome in (before, after))
        both = pc.unique(pa.concat_arrays([one["root"], two["root"]]))
        first, second = (_word_of(both, words) for words in (one, two))
        at = holds(pc.not_equal(first, second))
        pairs = zip(first.filter(at).to_pylist(), second.filter(at).to_pylist(), strict=True)
        self.dispositions.update(pairs)
        return both.filter(at)

    def _table(self, name: str, one: pa.Table, two: pa.Table, told: "_Objects") -> Text:
        own, other = _identity(name, one), _identity(name, two)
        found = pc.index_in(other, value_set=own)
        here = np.flatnonzero(np.asarray(pc.is_valid(found)))
        there = np.asarray(pc.cast(found.take(pa.array(here)), pa.int64()))
        gone = holds(pc.invert(pc.is_in(own, value_set=other)))
        come = holds(pc.is_null(found))
        touched = [one["root"].combine_chunks().filter(gone), two["root"].combine_chunks().filter(come)]
        counts = {"removed": len(touched[0]), "added": len(touched[1])}
        if any(counts.values()):
            self.rows.setdefault(name, Counter()).update(counts)
        left, right = one.take(pa.array(there)), two.take(pa.array(here))
        placed = {"seq"} if name == "case" else set()
        touched += [
            self._column(name, column, left, right, told)
            for column in SCHEMAS[name].names
            if column not in _STAMPED | placed
        ]
        return pa.concat_arrays(touched)

    def _column(self, table: str, column: str, left: pa.Table, right: pa.Table, told: "_Objects") -> Text:
        first, second = (as_text(side[column]) for side in (left, right))
        differ = _differ(first, second)
        roots = right["root"].combine_chunks().filter(differ)
        if not len(roots):
            return roots
        change = self.changes.setdefault(f"{table}.{column}", FieldChange())
        change.values += len(roots)
        change.objects += len(pc.unique(roots))
        room = max(0, self.most - len(change.examples))
        some = pa.array(np.sort(np.unique(_numbered_by(roots), return_index=True)[1])[:room])
        shown = (_shown(table, column, side.filter(differ).take(some)) for side in (first, second))
        for root, old, new in zip(roots.take(some).to_pylist(), *shown, strict=True):
            change.examples.append(self._example(told, root, old, new))
        return roots

    def _example(self, told: "_Objects", root: str, old: str | None, new: str | None) -> Example:
        if root in told.secret:
            return Example("", "", None, None)
        key = told.keys.get(root, "")
        return Example(root, key if not key or key.startswith("p-") else self.hide(key), old, new)


@dataclass(frozen=True, slots=True)
class _Objects:
    """What is known of the objects of one bucket: their keys, and which nobody may see."""

    keys: Mapping[str, str]
    secret: frozenset[str]


def _plain_change(change: FieldChange) -> dict[str, Any]:
    names = ("object", "key", "before", "after")
    examples = [{name: getattr(example, name) for name in names} for example in change.examples]
    return {"objects": change.objects, "values": change.values, "examples": examples}


def _secret(*outcomes: Outcome) -> frozenset[str]:
    """Give the objects of the protected route in either result."""
    found: set[str] = set()
    for outcome in outcomes:
        cases = outcome.tables["case"]
        found.update(cases["root"].filter(holds(pc.equal(cases["route"], "protected"))).to_pylist())
    return frozenset(found)


def _keys(*outcomes: Outcome) -> dict[str, str]:
    """Give per object its key as the result shows it."""
    keys: dict[str, str] = {}
    for outcome in outcomes:
        cases = outcome.tables["case"]
        keys |= dict(zip(cases["root"].to_pylist(), cases["key"].to_pylist(), strict=True))
    return keys


def _words(outcome: Outcome) -> dict[str, Text]:
    """Give per object what becomes of it: the strongest of its verdicts, or `ARCHIVED`."""
    roots = outcome.tables["case"]["root"].combine_chunks()
    words = repeat(ARCHIVED, len(roots))
    for word in reversed(DISPOSITIONS):
        table = outcome.verdicts
        named = table["root"].filter(holds(pc.equal(table["disposition"], word))).combine_chunks()
        words = pc.if_else(pc.is_in(roots, value_set=named), word, words)
    return {"root": roots, "word": words}


def _word_of(roots: Text, words: Mapping[str, Text]) -> Text:
    found = words["word"].take(pc.index_in(roots, value_set=words["root"]))
    return pc.fill_null(found, "not there")


def _identity(name: str, table: pa.Table) -> Text:
    """Give what a row of one result is held against in the other."""
    match name:
        case "case" | "subcase" | "record" | "file":
            return table["id"].combine_chunks()
        case "restriction":
            return joined([table["owner"].combine_chunks(), table["axis"].combine_chunks()])
        case "extra":
            return _numbered(table, ("owner", "name"))
        case "row":
            return _numbered(table, ("root", "stream", "key"))
        case _:
            return joined([table["owner"].combine_chunks(), as_text(table["seq"])])


def _numbered(table: pa.Table, names: tuple[str, ...]) -> Text:
    """Number rows that share the same words, in their order."""
    words = joined([pc.fill_null(as_text(table[name]), "") for name in names])
    order = pc.sort_indices(
        pa.table({"words": words, "seq": table["seq"].combine_chunks()}),
        sort_keys=[("words", "ascending"), ("seq", "ascending")],
    )
    numbers = np.empty(len(words), dtype=np.int64)
    numbers[np.asarray(order)] = ranks(words.take(order))
    return joined([words, pc.cast(pa.array(numbers), pa.string())])


def _numbered_by(texts: Text) -> np.ndarray:
    """Give a number for each text, the same for equal ones."""
    numbers: np.ndarray = np.asarray(pc.dictionary_encode(texts).indices)
    return numbers


def _differ(first: Text, second: Text) -> Any:
    """Say where two texts differ; NULL equals NULL only."""
    nulls = pc.not_equal(pc.is_null(first), pc.is_null(second))
    return pc.or_(nulls, holds(pc.not_equal(first, second)))


def _shown(table: str, column: str, values: Text) -> list[str | None]:
    if column in _SHOWN.get(table, ()):
        return list(values.to_pylist())
    return list(pc.if_else(pc.is_null(values), pa.scalar(None, pa.string()), shape_of(values)).to_pylist())

"""What one execution works on: streams, claims on their rows, verdicts, finished columns."""

from collections.abc import Mapping as AnyMapping
from functools import partial

import numpy as np
import pyarrow as pa

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, fixed, joined, slices
from leverans.mapping.execution.codes import Codes, from_entries, from_stream
from leverans.mapping.execution.derived import Derived
from leverans.mapping.execution.frames import NOBODY, Frame
from leverans.mapping.execution.output import Output
from leverans.mapping.execution.streams import Stream
from leverans.mapping.execution.verdicts import Cause, Verdicts
from leverans.mapping.plan import Context, Plan
from leverans.mapping.shapes import Nested, Pivot
from leverans.trust import ID_WIDTH, object_ids, personal_object_ids, pseudonym

_FREE = np.iinfo(np.int64).max
_ARROW = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}


class Claims:
    """Who owns the rows of one stream: the least root of those that claim a row, so that order is nothing."""

    def __init__(self, rows: int) -> None:
        self._root = np.full(rows, _FREE, dtype=np.int64)
        self._late = np.full(rows, _FREE, dtype=np.int64)
        self.excluded_from = np.full(rows, NOBODY)

    def take(self, rows: np.ndarray, roots: np.ndarray, *, late: bool = False) -> None:
        """Claim rows for objects; a late claim only counts where there is no other."""
        owned = (rows != NOBODY) & (roots != NOBODY)
        np.minimum.at(self._late if late else self._root, rows[owned], roots[owned])

    def discard(self, rows: np.ndarray, roots: np.ndarray) -> np.ndarray:
        """Exclude rows from their objects; give the positions of those that were not excluded before."""
        at = np.flatnonzero(rows != NOBODY)
        fresh: np.ndarray = at[self.excluded_from[rows[at]] == NOBODY]
        self.excluded_from[rows[fresh]] = roots[fresh]
        return fresh

    @property
    def discarded(self) -> np.ndarray:
        """Say which rows a named rule excluded."""
        mask: np.ndarray = self.excluded_from != NOBODY
        return mask

    def roots(self) -> np.ndarray:
        """Give the owner of every row, `NOBODY` for none."""
        chosen = np.where(self._root == _FREE, self._late, self._root)
        owners: np.ndarray = np.where(chosen == _FREE, NOBODY, chosen)
        return owners


class Bench:
    """The state of one execution."""

    def __init__(
        self,
        plan: Plan,
        bucket: AnyMapping[str, pa.Table],
        shared: AnyMapping[str, pa.Table],
        context: Context,
    ) -> None:
        self.plan = plan
        self.mapping = plan.mapping
        self.context = context
        self.system = plan.mapping.system or context.system
        self.verdicts = Verdicts()
        self.output = Output()
        self.bucketed = tuple(sorted(bucket))
        self._bucket = bucket
        self._shared = shared
        self._gone = _gallring(plan)
        self._streams: dict[str, Stream] = {}
        self._claims: dict[str, Claims] = {}
        self._codes: dict[str, Codes] = {}
        self.orphan_places: dict[str, str] = {}
        self.protected: set[int] = set()
        self.discards: list[tuple[Frame, lang.Rule]] = []
        self.derived = Derived(self)
        self.told: dict[str, set[int]] = {}
        self.withheld: dict[str, list[tuple[str, np.ndarray]]] = {}

    def stream(self, name: str) -> Stream:
        """Give a stream; one that the landing does not hold is empty."""
        if name in self.mapping.virtual:
            return self.derived.stream(name)
        if name not in self._streams:
            table = self._bucket.get(name, self._shared.get(name))
            table = self._empty(name) if table is None else table
            self._streams[name] = self.made_stream(name, table, bucketed=name in self._bucket, sort=True)
        return self._streams[name]

    def made_stream(self, name: str, table: pa.Table, *, bucketed: bool, sort: bool = False) -> Stream:
        """Make a stream of rows, with what the plan says of it."""
        hide = partial(pseudonym, self.context.secret) if name in self.plan.personal else None
        keys = self.plan.keys.get(name, ())
        return Stream(name, table, keys, hide, self.gone(name), bucketed=bucketed, sort=sort)

    def gone(self, name: str) -> frozenset[str]:
        """Give the columns of a stream that are disposed of."""
        return self._gone.get(name, frozenset())

    def withhold(self, name: str, column: str, rows: np.ndarray) -> None:
        """Let a column not travel in some rows of a stream."""
        if len(rows):
            self.withheld.setdefault(name, []).append((column, rows))

    def codes(self, name: str) -> Codes:
        """Give a code table."""
        if name not in self._codes:
            table = self.mapping.codes[name]
            self._codes[name] = (
                from_stream(table, self.stream(table.table)) if table.table else from_entries(table)
            )
        return self._codes[name]

    def claims(self, name: str) -> Claims:
        """Give the claims on the rows of a stream."""
        if name not in self._claims:
            self._claims[name] = Claims(len(self.stream(name)))
        return self._claims[name]

    def fault(self, frame: Frame, at: np.ndarray, cause: Cause, detail: Text | None = None) -> None:
        """Note a verdict about the objects of some rows of a frame."""
        if len(at):
            self.verdicts.add(frame.root[at], frame.stream.name, frame.shown(at), cause, detail)

    def object_ids(self, entity: lang.Entity, keys: list[Text]) -> Text:
        """Give the object id of every key."""
        texts = slices(joined(keys))
        place = (self.context.municipality, self.system, entity.name)
        if self.is_personal(entity):
            return fixed(personal_object_ids(self.context.secret, *place, texts), ID_WIDTH)
        return fixed(object_ids(*place, texts), ID_WIDTH)

    def is_personal(self, entity: lang.Entity) -> bool:
        """Say whether an entity's key must never be seen: its own word, or its root's."""
        return entity.personal or self.mapping.entities[self.mapping.root].personal

    def pseudonym(self, text: str) -> str:
        """Give the word that a personal key is shown as."""
        return pseudonym(self.context.secret, text)

    def _empty(self, name: str) -> pa.Table:
        kinds = self.plan.columns.get(name, {})
        return pa.schema(
            [(column, _ARROW.get(kind, pa.binary())) for column, kind in kinds.items()]
        ).empty_table()


def _gallring(plan: Plan) -> dict[str, frozenset[str]]:
    gone: dict[str, set[str]] = {}
    for use in plan.uses:
        if use.use == "dropped" and use.reason.startswith("gallring"):
            gone.setdefault(use.stream, set()).add(use.column)
    for name, table in reversed(plan.mapping.virtual.items()):
        if isinstance(table, Nested) and (name in gone or _left(plan, name)):
            gone.setdefault(table.base, set()).add(table.column)  # the text would say it
        elif isinstance(table, Pivot) and _left(plan, name):
            gone.setdefault(table.base, set()).add(table.value)  # every answer is disposed of
        elif isinstance(table, Pivot) and name in gone:
            gone.setdefault(table.base, set())
    return {name: frozenset(columns) for name, columns in gone.items()}


def _left(plan: Plan, table: str) -> bool:
    return any(item.name == table and item.use == "gallring" for item in plan.mapping.leave)

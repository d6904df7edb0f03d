"""In which order streams are read, and over how many buckets they are spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from leverans.contracts import Catalogue, ControlTotals, Stream
from leverans.errors import ConfigurationError
from leverans.sources.contract import ARROW_TYPES, Connector
from leverans.sources.definition import Root, StreamDefinition

ROOTS_PER_BUCKET = 2_000
ROWS_PER_BUCKET = 50_000
MOST_BUCKETS = 256


@dataclass(frozen=True, slots=True)
class Item:
    """One stream to be read.

    Attributes:
        connector: what reads it.
        stream: what the connector's file says about it.
        catalogue: what the source says about it.
        root: the rule about roots with `via` as ``source.stream``, or None for a shared stream.
    """

    connector: Connector
    stream: StreamDefinition
    catalogue: Stream
    root: Root | None

    @property
    def name(self) -> str:
        """``source.stream``."""
        return f"{self.connector.name}.{self.stream.name}"


def schema(stream: Stream) -> pa.Schema:
    """Give the Arrow schema of a stream as it lands."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in stream.columns])


def make_plan(sources: Sequence[Connector], catalogues: Sequence[Catalogue]) -> tuple[Item, ...]:
    """Put all streams in an order in which parents come before children, otherwise as they stand.

    Raises:
        ConfigurationError: a parent that is not there, is shared or hangs on its own child, or a parent
            column that is not there; all of them in `problems`.
    """
    items = _items(sources, catalogues)
    problems = [problem for item in items.values() for problem in _problems(item, items)]
    ordered: dict[str, Item] = {}
    for item in items.values():
        _place(item, items, ordered, (), problems)
    if problems:
        first = problems[0]
        raise ConfigurationError(first.code, first.where, tuple(problems), **first.parameters)
    return tuple(ordered.values())


def count_buckets(plan: Sequence[Item], totals: Mapping[str, ControlTotals]) -> int:
    """Give one bucket per 2,000 root objects, and more where their rows are many; 1 to 256.

    A stream with `by` has at least as many rows as root objects: the smallest one counts. A small one beside
    big ones (a register of a few) would make buckets too big, so rows count, too.
    """
    rows = [totals[item.name].rows for item in plan if item.root is not None]
    roots = [totals[item.name].rows for item in plan if item.root is not None and item.root.by]
    by_roots = -(-min((number for number in roots if number), default=0) // ROOTS_PER_BUCKET)
    by_rows = -(-sum(rows) // ROWS_PER_BUCKET)
    return max(1, min(MOST_BUCKETS, max(by_roots, by_rows)))


def _items(sources: Sequence[Connector], catalogues: Sequence[Catalogue]) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for connector, catalogue in zip(sources, catalogues, strict=True):
        own = {stream.name for stream in connector.definition.streams}
        for stream in connector.definition.streams:
            root = _resolved(connector.name, stream.root, own)
            item = Item(connector, stream, catalogue.stream(stream.name), root)
            items[item.name] = item
    return items


def _resolved(source: str, root: Root | None, own: set[str]) -> Root | None:
    if root is None:
        return None
    via = f"{source}.{root.via}" if root.via in own else root.via
    return Root(root.by, via, root.on, _resolved(source, root.otherwise, own))


def _problems(item: Item, items: Mapping[str, Item]) -> list[ConfigurationError]:
    where = item.connector.definition.where
    problems: list[ConfigurationError] = []
    for number, rule in enumerate(item.root.rules() if item.root is not None else ()):
        if rule.via is None:
            continue
        path = ("streams", item.stream.name, "root", *["otherwise"] * number)
        parent = items.get(rule.via)
        if parent is None or parent.root is None:
            problems.append(ConfigurationError("SRC005", where((*path, "via")), stream=rule.via))
            continue
        columns = {column.name for column in parent.catalogue.columns}
        problems += [
            ConfigurationError("SRC011", where((*path, "on", own)), column=column, stream=parent.name)
            for own, column in rule.on
            if column not in columns
        ]
    return problems


def _place(
    item: Item,
    items: Mapping[str, Item],
    ordered: dict[str, Item],
    children: tuple[str, ...],
    problems: list[ConfigurationError],
) -> None:
    if item.name in children:
        where = item.connector.definition.where(("streams", item.stream.name, "root"))
        problems.append(ConfigurationError("SRC007", where, stream=item.name))
        return
    if item.name in ordered:
        return
    for rule in item.root.rules() if item.root is not None else ():
        if rule.via is not None and rule.via in items:
            _place(items[rule.via], items, ordered, (*children, item.name), problems)
    ordered[item.name] = item

"""What of the archive model a standard's own elements do not give back, field by field.

The writer reads what it has written and compares it with the object: each difference is noted beside the
standard's elements, or left out and reported. Nothing can be forgotten: what is not different was carried.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from leverans.model import Record

Path = tuple[str, ...]
_ORDER = "order"


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value differs.

    Attributes:
        path: names of fields and places (from 1) in lists, e.g. ``("agents", "2", "type")``; at the end
            ``order`` for a list that is read in another order.
        value: the value it should have: text, a whole number, None, or a tuple of parts of the model.
    """

    path: Path
    value: Any

    @property
    def field(self) -> str:
        """The fields of the path without places in lists: ``agents.type``."""
        return ".".join(part for part in self.path if not part.isdecimal())

    @property
    def leaves(self) -> int:
        """How many values it holds."""
        return max(1, leaves(self.value))


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """A field of one object that the target's own elements do not carry.

    Attributes:
        object: object id of the case or record.
        field: the field, e.g. ``agents.type``.
        count: how many values of it.
        beside: True when the package carries it beside the standard's elements, False when it is left out.
    """

    object: str
    field: str
    count: int
    beside: bool


Report = Callable[[Left], None]


def differences(wanted: Any, found: Any, path: Path = ()) -> list[Difference]:
    """Compare two things of one class and give what `found` must change to become `wanted`."""
    made: list[Difference] = []
    for entry in dataclasses.fields(wanted):
        should, does = getattr(wanted, entry.name), getattr(found, entry.name)
        if should != does:
            made += _differing(should, does, (*path, entry.name))
    return made


def _differing(should: Any, does: Any, path: Path) -> list[Difference]:
    if not isinstance(should, tuple) or len(should) != len(does):
        return [Difference(path, should)]
    inner: list[Difference] = []
    for place, (one, other) in enumerate(zip(should, does, strict=True), start=1):
        inner += differences(one, other, (*path, str(place)))
    return inner


def amended(found: Any, changes: Iterable[Difference]) -> Any:
    """Apply differences to a thing; those whose path leads nowhere are passed over."""
    for change in sorted(changes, key=lambda change: change.path[-1] == _ORDER):
        found = _changed(found, change.path, change.value)
    return found


def arranged(thing: Any, name: str, rank: Callable[[Any], int]) -> tuple[Any, list[Difference]]:
    """Put the parts in the list `name` in the order of `rank`, as the standard does, and note their order."""
    parts = getattr(thing, name)
    places = sorted(range(len(parts)), key=lambda place: rank(parts[place]))
    if places == list(range(len(parts))):
        return thing, []
    back = " ".join(str(places.index(place) + 1) for place in range(len(parts)))
    return dataclasses.replace(thing, **{name: tuple(parts[place] for place in places)}), [
        Difference((name, _ORDER), back)
    ]


def leaves(value: Any) -> int:
    """Count the values in a value; None, empty lists and records, which stand for themselves, are none."""
    if value is None or isinstance(value, Record):
        return 0
    if isinstance(value, tuple):
        return sum(leaves(one) for one in value)
    if dataclasses.is_dataclass(value):
        return sum(leaves(getattr(value, entry.name)) for entry in dataclasses.fields(value))
    return 1


def _changed(thing: Any, path: Path, value: Any) -> Any:
    head, *rest = path
    if head not in kinds(thing.__class__):
        return thing
    return dataclasses.replace(thing, **{head: _inside(getattr(thing, head), rest, value)})


def _inside(below: Any, rest: Sequence[str], value: Any) -> Any:
    if not rest:
        return value
    if not isinstance(below, tuple):
        return below
    if rest[0] == _ORDER:
        return _reordered(below, value)
    place = _place(rest[0])
    if not 0 <= place < len(below) or len(rest) < 2:
        return below
    return (*below[:place], _changed(below[place], tuple(rest[1:]), value), *below[place + 1 :])


def _place(text: str) -> int:
    """Give a place from 0; -1 for what is none."""
    return int(text) - 1 if text.isdecimal() and len(text) < 10 else -1


def _reordered(parts: tuple[Any, ...], order: Any) -> tuple[Any, ...]:
    places = [_place(one) for one in str(order).split()]
    return tuple(parts[place] for place in places) if sorted(places) == list(range(len(parts))) else parts


@cache
def kinds(owner: type) -> dict[str, tuple[type, bool, bool]]:
    """Give for each field of a class: the class of its values, whether it is a list, whether None is one."""
    hints = typing.get_type_hints(owner) if dataclasses.is_dataclass(owner) else {}
    return {name: _kind(hint) for name, hint in hints.items()}


def _kind(hint: Any) -> tuple[type, bool, bool]:
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0], True, False
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return next(part for part in typing.get_args(hint) if part is not type(None)), False, True
    return hint, False, False


def fields_of(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each field that is not None and no empty list."""
    for entry in dataclasses.fields(thing):
        value = getattr(thing, entry.name)
        if value is not None and value != ():
            yield entry.name, value


def kind_at(owner: type, path: Sequence[str]) -> tuple[type, bool, bool] | None:
    """Give what stands at a path, as `kinds` does; None when it leads nowhere."""
    name, *rest = path
    found = kinds(owner).get(name)
    if found is None or not rest:
        return found
    inner, many, _ = found
    if many and rest == [_ORDER]:
        return str, False, False
    if not many or len(rest) < 2 or not rest[0].isdecimal() or not dataclasses.is_dataclass(inner):
        return None
    return kind_at(inner, rest[1:])

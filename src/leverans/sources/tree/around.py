"""What stands around an item of an XML document: values of the elements that it lies within."""

from dataclasses import dataclass, field

OUTER, PATH = "outer::", "path::"
BETWEEN = " / "
"""Stands between the values of a path."""


def is_around(path: str) -> bool:
    """Say whether a lifted column's path leads out of the item."""
    return path.startswith((OUTER, PATH))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One column: local name of the element around, steps within it, an attribute or its text."""

    holder: str
    steps: tuple[str, ...]
    attribute: str
    every: bool


@dataclass(slots=True)
class _Open:
    """An element that is open."""

    name: str
    values: dict[_Wanted, str] = field(default_factory=dict)


class Around:
    """Follows a document and knows the wanted values of the elements that are open.

    Only what stands before an item is known of the elements around it; of a value that stands several times
    the first counts. Memory grows with depth, not with the document.

    Args:
        columns: name and path of the lifted columns; those within the item are not looked at.
    """

    def __init__(self, columns: tuple[tuple[str, str], ...]) -> None:
        self._wanted = {name: _read(path) for name, path in columns if is_around(path)}
        self._open: list[_Open] = []
        self._taking: list[tuple[int, _Wanted, list[str]]] = []

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; `name` is local."""
        self._open.append(_Open(name))
        for wanted, holder in self._held():
            if wanted in holder.values:
                continue
            if wanted.attribute:
                found = [text for key, text in attributes.items() if _local(key) == wanted.attribute]
                if found:
                    holder.values[wanted] = found[0]
            else:
                holder.values[wanted] = ""
                self._taking.append((len(self._open), wanted, []))

    def data(self, text: str) -> None:
        """Text within the element that is open."""
        for depth, _, pieces in self._taking:
            if depth == len(self._open):
                pieces.append(text)

    def end(self) -> None:
        """The element that was begun last ends."""
        while self._taking and self._taking[-1][0] == len(self._open):
            depth, wanted, pieces = self._taking.pop()
            self._open[depth - 1 - len(wanted.steps)].values[wanted] = "".join(pieces)
        self._open.pop()

    def values(self) -> dict[str, str | None]:
        """Give the wanted values around the element that was begun last."""
        return {name: self._value(wanted) for name, wanted in self._wanted.items()}

    def _value(self, wanted: _Wanted) -> str | None:
        found = [one.values[wanted] for one in self._open[:-1] if wanted in one.values]
        if not found:
            return None
        return BETWEEN.join(found) if wanted.every else found[0]

    def _held(self) -> list[tuple[_Wanted, _Open]]:
        """Give what is wanted of the element that was begun last, and the element that it counts for."""
        held: list[tuple[_Wanted, _Open]] = []
        names = tuple(one.name for one in self._open)
        for wanted in dict.fromkeys(self._wanted.values()):
            at = len(names) - 1 - len(wanted.steps)
            if at >= 0 and names[at:] == (wanted.holder, *wanted.steps):
                held.append((wanted, self._open[at]))
        return held


def _read(path: str) -> _Wanted:
    holder, *steps = path.removeprefix(OUTER).removeprefix(PATH).split("/")
    attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else ""
    return _Wanted(holder, tuple(steps), attribute, every=path.startswith(PATH))


def _local(name: str) -> str:
    return name.rpartition(" ")[2]

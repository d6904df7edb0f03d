"""Folders of XML and JSON: the fixture, and what is changed in it."""

import copy
import json
import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from leverans.sources.definition import StreamDefinition
from leverans.testing.contract.declared import Declared
from leverans.testing.contract.rigs.files import HTML, copied, deny, digest, not_there
from leverans.testing.contract.source import (
    DECIMAL,
    DST,
    LONG,
    MISREAD,
    NUL,
    ZEROS,
    Planted,
    Source,
    Variant,
)
from leverans.testing.contract.verdicts import NotApplicable

_ITEMS = 4_000
_REFUSED: dict[Variant, str] = {
    "away": "a folder has no network",
    "auth": "a folder has no password",
    "older": "columns are lifted by their paths: what an item lacks is NULL",
    "big": "a document stands inside its item, or beside it: landing reads it whole or in pieces (share)",
}
_VALUES: tuple[tuple[str, str | None], ...] = (
    ("value-nul", NUL),
    ("value-zeros", ZEROS),
    ("value-misread", MISREAD),
    ("value-empty", ""),
    ("value-empty", None),
    ("value-decimal", DECIMAL),
    ("value-dst", DST),
    ("value-long", LONG),
)


class TreeRig:
    """Copies the fixture of a connector and plants in the items of its first stream."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._first = declared.definition.streams[0]
        self._linked = any(
            part.encoding == "linked" for stream in declared.definition.streams for part in stream.documents
        )

    @property
    def engine(self) -> str:
        """The kind."""
        return self._declared.definition.kind

    def make(  # noqa: C901, PLR0912  # one branch for each variant
        self, variant: Variant, folder: Path
    ) -> Source:
        """Make a folder (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        if variant in {"vanishing", "outside"} and not self._linked:
            raise NotApplicable("documents stand inside their items")
        if variant == "missing":
            return not_there(self._declared.connector, folder / "svar")
        place = copied(self._declared, folder)
        outer, inside, inner = self._first.file.partition("!/")
        file = next(iter(sorted(place.glob(outer))))
        if inside:  # the fixture has the container as a folder
            file = next(iter(sorted(file.glob(inner))))
        refused: dict[str, str] = {}
        planted: tuple[Planted, ...] = ()
        if variant == "not-that":
            for path in place.rglob("*"):
                if path.is_file():
                    path.write_bytes(HTML)
        if variant == "denied":
            deny(place)
        if variant == "nulls":
            self._edited(file, None)
        if variant == "many":
            self._repeated(file, _ITEMS)
        if variant == "values":
            planted, refused = self._plant(file)
        change = partial(_spaced, file)
        known: dict[str, str] = {}
        if variant == "outside":
            known = self._lead_out(file, folder)
        if inside:
            packed = [_packed(one) for one in sorted(place.glob(outer)) if one.is_dir()]
            change = partial(_emptied if variant == "vanishing" else _added, packed[0])
        return Source(
            self._declared.connector, place.name, folder, planted=planted, refused=refused, change=change,
            documents=known,
        )  # fmt: skip

    def _lead_out(self, file: Path, folder: Path) -> dict[str, str]:
        """Let the documents of the first item lead out of the source."""
        secret = b"utanfor"
        (folder / "hemlig.pdf").write_bytes(secret)
        part = self._first.documents[0]
        tree = etree.parse(file)
        item = _items(tree, self._first.each.split("/"))[0]
        for holder in _items(item, part.within.split("/")):
            _set(holder, [part.column], "..\\..\\hemlig.pdf")
        tree.write(file, encoding="utf-8", xml_declaration=True)
        return {"hemlig.pdf": digest(secret)}

    def _plant(self, file: Path) -> tuple[tuple[Planted, ...], dict[str, str]]:
        column, path = _simple(self._first)
        xml = self._declared.definition.kind == "xml"
        refused = {"value-nul": "XML holds no NUL"} if xml else {}
        if xml and path.startswith("@"):
            refused["value-long"] = "an attribute is no place for documents"
        values = [one for one in _VALUES if one[0] not in refused]
        self._repeated(file, len(values))
        self._edited(file, [value for _, value in values])
        return tuple(
            Planted(rule, self._first.name, ("position", number), column, value)
            for number, (rule, value) in enumerate(values, start=1)
        ), refused

    def _repeated(self, file: Path, number: int) -> None:
        """Copy the first item until there are so many."""
        steps = self._first.each.split("/")
        if self._declared.definition.kind == "json":
            data = json.loads(file.read_text("utf-8"))
            items = _down(data, steps)
            items[:] = [copy.deepcopy(items[0]) for _ in range(number)]
            file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            return
        tree = etree.parse(file)
        found = _items(tree, steps)
        parent = found[0].getparent()
        if parent is None:
            raise NotApplicable("the whole file is one item")
        for one in found[1:]:
            above = one.getparent()
            if above is not None:
                above.remove(one)
        for _ in range(number - 1):
            found[0].addnext(copy.deepcopy(found[0]))
        tree.write(file, encoding="utf-8", xml_declaration=True)

    def _edited(self, file: Path, values: list[str | None] | None) -> None:
        """Put values into the items, one each; without any, take every lifted value away."""
        steps = self._first.each.split("/")
        names = [_simple(self._first)] if values else list(self._first.columns)
        if self._declared.definition.kind == "json":
            data = json.loads(file.read_text("utf-8"))
            for number, item in enumerate(_down(data, steps)):
                for _, path in names:
                    item[path] = values[number] if values else None
            file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            return
        tree = etree.parse(file)
        for number, element in enumerate(_items(tree, steps)):
            for _, path in names:
                if "::" not in path:
                    _set(element, path.split("/"), values[number] if values else None)
        tree.write(file, encoding="utf-8", xml_declaration=True)


def _simple(stream: StreamDefinition) -> tuple[str, str]:
    for name, path in stream.columns:
        if "::" not in path and "/" not in path:
            return name, path
    raise NotApplicable("every column leads out of its item")


def _down(data: Any, steps: list[str]) -> Any:
    for step in steps:
        if step:
            data = data[step]
    return data


def _items(tree: Any, steps: list[str]) -> list[Any]:
    """Give the outermost elements at the end of these steps, wherever they begin."""
    return [
        one
        for one in tree.iter()
        if isinstance(one.tag, str) and _ends(one, steps) and not _inside(one, steps)
    ]


def _ends(element: Any, steps: list[str]) -> bool:
    for step in reversed(steps):
        if element is None or etree.QName(element).localname != step:
            return False
        element = element.getparent()
    return True


def _inside(element: Any, steps: list[str]) -> bool:
    return any(_ends(above, steps) for above in element.iterancestors())


def _set(element: Any, steps: list[str], value: str | None) -> None:
    *above, last = steps
    for step in above:
        element = next((one for one in element if etree.QName(one).localname == step), None)
        if element is None:
            return
    if last.startswith("@"):
        if value is None:
            element.attrib.pop(last[1:], None)
        else:
            element.set(last[1:], value)
        return
    for child in _children(element, last):
        if value is None:
            element.remove(child)
        else:
            child.text = value


def _children(element: Any, name: str) -> Iterator[Any]:
    yield from [one for one in element if isinstance(one.tag, str) and etree.QName(one).localname == name]


def _packed(folder: Path) -> Path:
    """Put a zip in the place of a folder."""
    aside = folder.rename(folder.with_name(f"{folder.name}-"))
    with zipfile.ZipFile(folder, "w") as made:
        for path in sorted(aside.rglob("*")):
            if path.is_file():
                made.write(path, path.relative_to(aside))
    shutil.rmtree(aside)
    return folder


def _added(container: Path) -> None:
    with zipfile.ZipFile(container, "a") as made:
        made.writestr("ny.txt", b"ny")


def _emptied(container: Path) -> None:
    """Take the files away that lie below the container's top, the first only."""
    with zipfile.ZipFile(container) as old:
        held = {one: old.read(one) for one in old.namelist()}
    held.pop(next(name for name in held if "/" in name))
    with zipfile.ZipFile(container, "w") as made:
        for name, data in held.items():
            made.writestr(name, data)


def _spaced(file: Path) -> None:
    with file.open("ab") as out:
        out.write(b"\n \n")

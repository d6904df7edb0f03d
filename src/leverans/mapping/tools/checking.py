"""Every fault of a mapping in one pass: the file, its tables and, where a catalogue is there, its binding."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leverans.contracts import Catalogue
from leverans.errors import ConfigurationError, LeveransError
from leverans.mapping.api import bind, load
from leverans.mapping.layers import KeyPath, read
from leverans.mapping.plan import Plan

OF_A_DELIVERY = frozenset({"MAP017", "MAP021"})
"""Faults that only a delivery can have: no decision about a disposal, no plan folder."""

_BESIDE = (".rules.yaml",)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        plan: the bound mapping, None without a catalogue or with faults.
        faults: every fault, in the order of the places, each once.
    """

    plan: Plan | None
    faults: tuple[LeveransError, ...]


def check(
    path: Path,
    *,
    content: Path,
    plan_folder: Path | None,
    overlay: AnyMapping[str, Any] | None = None,
    overlay_where: Callable[[KeyPath], str] | None = None,
    catalogues: AnyMapping[str, Catalogue] | None = None,
) -> Checked:
    """Hold a mapping against the language, the tables it names and, if given, its sources.

    Args:
        path: the mapping's file.
        content: the content root.
        plan_folder: the municipality's plan folder; without one what only a delivery can tell is no fault.
        overlay: the delivery's overlay, plain data.
        overlay_where: tells the place of a key of the overlay.
        catalogues: what `discover` found, by source; None: the binding is not checked.
    """
    try:
        mapping = load(
            path,
            content=content,
            plan_folder=plan_folder,
            overlay=overlay,
            overlay_where=overlay_where,
        )
    except ConfigurationError as fault:
        found = [one for one in _each(fault) if plan_folder is not None or one.code not in OF_A_DELIVERY]
        return Checked(None, ordered(found))
    if catalogues is None:
        return Checked(None, ())
    try:
        return Checked(bind(mapping, catalogues), ())
    except ConfigurationError as fault:
        return Checked(None, ordered(_each(fault)))


def ordered(faults: Iterable[LeveransError]) -> tuple[LeveransError, ...]:
    """Give faults in the order of their places, each once."""
    once = {(one.where, one.text("en")): one for one in faults}
    return tuple(sorted(once.values(), key=lambda one: (_place(one.where), one.code)))


def mapping_files(content: Path) -> list[Path]:
    """Give every mapping of a content root, sorted; files that others extend are checked through those.

    What stands in a folder whose name begins with ``_`` and files of rules are no mappings.
    """
    found = every_mapping(content)
    below = {file.resolve() for path in found for file in _below(path, content)}
    return [path for path in found if path.resolve() not in below]


def every_mapping(content: Path) -> list[Path]:
    """Give every mapping of a content root with those that others extend, sorted."""
    return sorted(
        path
        for path in (content / "mappings").glob("[!_]*/*.yaml")
        if not path.name.endswith(_BESIDE) and not path.name.startswith("_")
    )


def _below(path: Path, content: Path) -> tuple[Path, ...]:
    try:
        return read(path, content).files[:-1]
    except LeveransError:
        return ()


def _each(fault: ConfigurationError) -> Iterator[LeveransError]:
    yield from fault.problems or (fault,)


def _place(where: str) -> tuple[str, int, int]:
    pieces = where.rsplit(":", 2)
    if len(pieces) == 3 and pieces[1].isdigit() and pieces[2].isdigit():
        return pieces[0], int(pieces[1]), int(pieces[2])
    return where, 0, 0

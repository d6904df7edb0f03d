"""The two doors of the room: `load` and `bind`."""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

from leverans.contracts import Catalogue
from leverans.mapping.language import Mapping
from leverans.mapping.plan import Plan


def load(
    path: Path,
    *,
    content: Path,
    plan_folder: Path | None,
    overlay: AnyMapping[str, Any] | None = None,
    overlay_where: Callable[[tuple[str | int, ...]], str] | None = None,
) -> Mapping:
    """Read a mapping and hold it against the language (first layer).

    Args:
        path: the mapping's YAML file.
        content: the content root; messages name files relative to it.
        plan_folder: the municipality's ``plan`` folder, for tables named ``plan:…``.
        overlay: keys of the delivery that are laid over the file (decisions, own code tables).
        overlay_where: tells the place of a key of the overlay; without it the place is ``overlay:key.key``.

    Raises:
        ConfigurationError: MAP000; `problems` holds every fault of the pass, each with ``file:line:col``.
    """
    from leverans.mapping.loading import load_mapping

    return load_mapping(
        path, content=content, plan_folder=plan_folder, overlay=overlay, overlay_where=overlay_where
    )


def bind(mapping: Mapping, catalogues: AnyMapping[str, Catalogue]) -> Plan:
    """Hold a mapping against its sources and the archive model, before any row is read (second layer).

    Args:
        mapping: what `load` gave.
        catalogues: by source name what `discover` found.

    Raises:
        ConfigurationError: MAP050; `problems` holds every fault of the pass, each with ``file:line:col``.
    """
    from leverans.mapping.binding import bind_mapping

    return bind_mapping(mapping, catalogues)

"""Holds a connector's definition against what the source really has."""

from collections.abc import Iterator, Sequence

from leverans.contracts import Catalogue
from leverans.contracts import Stream as CatalogueStream
from leverans.errors import ConfigurationError, LeveransError
from leverans.formats.yamltext import KeyPath
from leverans.sources.contract import SourceCheck
from leverans.sources.definition import Definition, StreamDefinition


def binding_problems(definition: Definition, catalogue: Catalogue) -> tuple[ConfigurationError, ...]:
    """Give every stream (SRC010) and column (SRC011) that the connector names and the source lacks."""
    there = {stream.name: stream for stream in catalogue.streams}
    problems: list[ConfigurationError] = []
    for stream in definition.streams:
        found = there.get(stream.name)
        if found is None:
            where = definition.where(("streams", stream.name))
            problems.append(ConfigurationError("SRC010", where, stream=stream.name))
            continue
        problems += _missing_columns(definition, stream, found)
    return tuple(problems)


def checked_files(
    name: str,
    definition: Definition,
    catalogue: Catalogue | None,
    problems: Sequence[LeveransError],
    version: str = "",
) -> SourceCheck:
    """Tell what a check of files found; they are opened for reading only.

    Args:
        name: name of the source.
        definition: what the connector's file says.
        catalogue: what is there; None where it cannot be told.
        problems: why the files cannot be read.
        version: of the format, as far as it has one.
    """
    binding = () if catalogue is None else binding_problems(definition, catalogue)
    return SourceCheck(
        source=name,
        system=definition.system,
        kind=definition.kind,
        reachable=not problems,
        version=version,
        may_write=False,
        known_by="opened_read_only",
        problems=(*problems, *binding),
    )


def _missing_columns(
    definition: Definition, stream: StreamDefinition, found: CatalogueStream
) -> Iterator[ConfigurationError]:
    columns = {column.name for column in found.columns}
    for path, column in _named(stream):
        if column not in columns:
            where = definition.where(("streams", stream.name, *path))
            yield ConfigurationError("SRC011", where, column=column, stream=stream.name)


def _named(stream: StreamDefinition) -> Iterator[tuple[KeyPath, str]]:
    for index, column in enumerate(stream.key):
        yield ("key", index), column
    for number, rule in enumerate(stream.root.rules() if stream.root is not None else ()):
        path: KeyPath = ("root", *["otherwise"] * number)
        for index, column in enumerate(rule.by):
            yield (*path, "by", index), column
        for own, _parent in rule.on:
            yield (*path, "on", own), own
    for index, document in enumerate(stream.documents):
        if document.within:
            continue  # inside an item, not a column
        yield ("documents", index, "column"), document.column
        if document.name:
            yield ("documents", index, "name"), document.name

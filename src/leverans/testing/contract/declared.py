"""``contract.yaml`` beside a ``connector.yaml``: where a connector's rules are tried, and on what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from leverans.errors import ConfigurationError
from leverans.formats import yamltext
from leverans.sources.definition import Definition
from leverans.sources.loading import load_connector
from leverans.sources.reader import Reader

CONTRACT_FILE = "contract.yaml"
VERSION = 1
Type = Literal["int", "text", "decimal", "double", "timestamp", "date", "blob"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What ``contract.yaml`` says.

    Attributes:
        folder: the connector's folder.
        definition: its ``connector.yaml``.
        engines: engines that databases are made on (kind ``sql``).
        columns: per table the type of columns, those that the connector does not name counted in.
        fixture: folder or file with a small source of invented data (kinds of files), or None.
    """

    folder: Path
    definition: Definition
    engines: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    fixture: Path | None = None

    @property
    def connector(self) -> Path:
        """The ``connector.yaml``."""
        return self.folder / "connector.yaml"


def read_declared(folder: Path) -> Declared:
    """Read the ``contract.yaml`` of a connector's folder.

    Raises:
        ConfigurationError: the file or the connector is wrong.
    """
    definition = load_connector(folder)
    document = yamltext.load(folder / CONTRACT_FILE, None)
    reader = Reader(document.where)
    told = reader.mapping(document.data, (), {"contract"}, {"engines", "columns", "fixture"})
    if told.get("contract") != VERSION:
        reader.fault("SRC004", ("contract",), wanted=str(VERSION))
    fixture = reader.text(told.get("fixture", ""), ("fixture",), empty=True)
    made = Declared(
        folder,
        definition,
        reader.names(told.get("engines", []), ("engines",)),
        _columns(reader, definition, told.get("columns", {})),
        folder / fixture if fixture else None,
    )
    if reader.problems:
        raise ConfigurationError("SRC001", document.name, tuple(reader.problems), count=len(reader.problems))
    return made


def _columns(reader: Reader, definition: Definition, value: object) -> dict[str, Mapping[str, Type]]:
    known = {stream.name for stream in definition.streams}
    found: dict[str, Mapping[str, Type]] = {}
    for table, columns in reader.mapping(value, ("columns",), set(), known).items():
        path = ("columns", table)
        for name, kind in reader.pairs(columns, path):
            reader.choice(kind, (*path, name), get_args(Type))
        found[table] = cast("Mapping[str, Type]", columns)
    return found

"""What metadata.xml says about the tables."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Column:
    """One column: SQL type (that of the base for a distinct type, empty for anything built of parts)."""

    name: str = ""
    type: str = ""
    schema: str = ""
    kind: str = ""
    parts: bool = False
    nullable: bool = True
    folder: str = ""


@dataclass(slots=True)
class Key:
    """A primary or candidate key."""

    name: str
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Foreign:
    """A foreign key: its columns, the table it points to, the columns there."""

    schema: str = ""
    table: str = ""
    columns: list[str] = field(default_factory=list)
    referenced: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """One table as metadata.xml describes it; `place` is where it does."""

    place: str
    schema: str = ""
    name: str = ""
    folder: str = ""
    rows: int = -1
    columns: list[Column] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each column by name, from 0."""
        return {column.name: number for number, column in enumerate(self.columns)}


@dataclass(slots=True)
class Metadata:
    """All that the other checks need of metadata.xml."""

    version: str = ""
    folder: str = ""
    digests: list[tuple[str, str]] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    bases: dict[tuple[str, str], str] = field(default_factory=dict)

"""What the demo world is made of, before any of it is written."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Event:
    """Something that happened in a case; `kind` is a code of type D."""

    kind: str
    at: datetime


@dataclass(slots=True)
class Decision:
    """A decision in a case; `kind` is a code of type B."""

    kind: str
    at: datetime


@dataclass(slots=True)
class Document:
    """One document: its row in the register and its file on the share.

    `heading` stands in the file, `title` in the register (the two differ when the register is damaged);
    `kind` says what the bytes are, whatever `path` pretends. `path` is relative to the share.
    """

    number: int
    heading: str
    title: str
    path: str
    kind: str
    direction: str
    at: datetime
    ground: str = ""
    registered: bool = True
    on_share: bool = True
    empty: bool = False


@dataclass(slots=True)
class Case:
    """One case with its rows in the database, its rows in the register and its documents."""

    id: int
    reference: str
    opened: datetime
    closed: datetime | None
    kind: str
    place_id: int
    place: str
    handler: str
    title: str
    counterpart: str
    volume: str = ""
    voided: bool = False
    ground: str = ""
    protection: str = ""
    registered: bool = True
    events: list[Event] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """The folder of the case on the share: its year and its reference code."""
        return f"{self.reference.split('-')[1]}/{self.reference.replace('/', '-')}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one document says, whatever kind of file it becomes."""

    reference: str
    number: int
    title: str
    at: datetime
    place: str
    counterpart: str
    handler: str
    outgoing: bool
    paragraphs: tuple[str, ...]

    @property
    def head(self) -> tuple[str, ...]:
        """The lines above the text of every document."""
        return (
            f"Diarienummer: {self.reference}",
            f"Handling: {self.number}",
            f"Datum: {self.at:%Y-%m-%d}",
            f"Serveringsställe: {self.place}",
            f"Motpart: {self.counterpart}",
            f"Handläggare: {self.handler}",
        )

"""What a `connector.yaml` says, as frozen records."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from leverans.formats.yamltext import KeyPath
from leverans.sources.wire.declaring import Ask


@dataclass(frozen=True, slots=True)
class Root:
    """Which root object a stream's rows belong to; they lie in that object's bucket.

    Attributes:
        by: own columns whose values are the root's key; empty when `via` is given.
        via: the parent: ``stream`` of the same connector or ``source.stream``; None when `by` is given.
        on: own column → parent column.
        otherwise: the rule for rows in which one of the own columns is NULL; None: they are of no object.
    """

    by: tuple[str, ...] = ()
    via: str | None = None
    on: tuple[tuple[str, str], ...] = ()
    otherwise: "Root | None" = None

    @property
    def own(self) -> tuple[str, ...]:
        """The own columns that decide."""
        return self.by or tuple(own for own, _parent in self.on)

    def rules(self) -> Iterator["Root"]:
        """Give this rule and those after it, in order."""
        rule: Root | None = self
        while rule is not None:
            yield rule
            rule = rule.otherwise


@dataclass(frozen=True, slots=True)
class DocumentColumn:
    """A column whose values are whole documents.

    Attributes:
        column: the column that holds the bytes.
        name: the column that holds the file name, or an empty text.
        encoding: ``raw`` (the bytes themselves) or ``base64`` (text).
        stream: name of the document stream that lists them.
        within: path of the element that holds column and name (sources of kind ``xml``), or an empty text.
        ask: what fetches documents that a row only names (kind ``rest``), or an empty text.
    """

    column: str
    name: str
    encoding: str
    stream: str
    within: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class StreamDefinition:
    """One stream that the connector reads.

    Attributes:
        name: the source's own name of the table, file or tree.
        key: columns that identify a row and give the reading order; may be empty.
        personal: the key is or holds a personal identity number.
        root: the rule about roots, or None for a shared stream.
        documents: columns whose values are documents.
        file: file of the stream below the location (flat sources with several files), pattern of its files
            (kinds ``xml`` and ``json``), or an empty text.
        each: path of the items that become rows (kinds ``xml`` and ``json``), or an empty text.
        columns: name and path of what is lifted out of each item (kinds ``xml`` and ``json``).
        ask: which request gives the items (kinds ``soap`` and ``rest``), or an empty text.
        holds: ``files``, ``mails`` or ``parts`` (kind ``share``), or an empty text.
    """

    name: str
    key: tuple[str, ...] = ()
    personal: bool = False
    root: Root | None = None
    documents: tuple[DocumentColumn, ...] = ()
    file: str = ""
    each: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    ask: str = ""
    holds: str = ""

    @property
    def shared(self) -> bool:
        """The rows belong to no root object: code tables, parties."""
        return self.root is None


@dataclass(frozen=True, slots=True)
class Definition:
    """A connector: how one product is read.

    Attributes:
        system: id of the system, used in object ids and agreements.
        system_name: what people call it.
        system_version: the version this connector was written for; may be empty.
        kind: ``sql``, ``flat``, ``share``, ``xml``, ``json`` or ``sie``.
        options: the kind's own options, checked.
        streams: what is read, in the file's order; every other table is counted and left.
        digest: SHA-256 (hex) of the connector's files and of what the delivery overrides.
        where: gives ``file:line:column`` of a path in the connector's file.
        asks: what a service is asked, by name (kinds ``soap`` and ``rest``).
        frozen: the delivery says that nobody writes to the source any more.
    """

    system: str
    system_name: str
    system_version: str
    kind: str
    options: Mapping[str, str]
    streams: tuple[StreamDefinition, ...]
    digest: str
    where: Callable[[KeyPath], str] = field(compare=False, repr=False)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    frozen: bool = False

    def stream(self, name: str) -> StreamDefinition:
        """Give the stream called `name`.

        Raises:
            KeyError: the connector does not read it.
        """
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)

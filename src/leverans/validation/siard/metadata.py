"""metadata.xml: its grammar, and the description of the tables that it gives."""

from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.siard.model import Column, Foreign, Key, Metadata, Table
from leverans.validation.sink import Sink

_UNICODE = ("utf-8", "utf-16", "us-ascii", "ascii")


class MetadataCheck(Checker):
    """Checks metadata.xml while it streams by and keeps what it says.

    Args:
        sink: takes the findings.
        document: its path as findings call it.
    """

    quotes = False

    def __init__(self, sink: Sink, document: str) -> None:
        super().__init__(load("siard"), sink, document)
        self.found = Metadata()
        self._schema = ""
        self._type = ""
        self._foreign = False
        self._digest = ""
        self._scanner.parser.XmlDeclHandler = self._declared

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and not encoding.lower().startswith(_UNICODE):
            self.sink.report("G_3.3-1", self.document, value=encoding)

    def open_siardArchive(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep the version."""
        self.found.version = frame.attributes.get("version", "").strip()

    def open_table(self, frame: Frame) -> None:
        """Begin a table."""
        self.found.tables.append(Table(self.where(frame), self._schema))

    def open_column(self, frame: Frame) -> None:
        """Begin a column."""
        del frame
        self._table.columns.append(Column())

    def close_column(self, frame: Frame) -> None:
        """A column has a type, built in or named (M_5.6-1)."""
        column = self._table.columns[-1]
        if not column.type and not column.kind:
            self.finding("M_5.6-1", frame, "/type", name="type")

    def open_fields(self, frame: Frame) -> None:
        """The column is built of parts."""
        del frame
        if self.found.tables and self._table.columns and self._inside("table"):
            self._table.columns[-1].parts = True

    def open_primaryKey(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Begin a key."""
        del frame
        self._table.keys.append(Key(""))

    open_candidateKey = open_primaryKey  # noqa: N815 - named as the element

    def open_foreignKey(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Begin a foreign key."""
        del frame
        self._table.foreign.append(Foreign())

    def text_keyColumn(self, frame: Frame, text: str) -> None:  # noqa: N802 - named as the type
        """Keep a column of a key; it must be one of the table (P_4.3-1)."""
        if self._inside("table"):
            self._table.keys[-1].columns.append(text)
            self._known(frame, text)

    def _known(self, frame: Frame, name: str) -> None:
        if name not in self._table.numbers:
            self.finding("P_4.3-1", frame)

    def text_string(self, frame: Frame, text: str) -> None:
        """Keep names, folders and references."""
        name, owner = frame.name.rpartition(" ")[2], self.frames[self.depth - 1].type.name
        if name == "name" and text[:1] == text[-1:] == '"' and len(text) > 1 and owner in _NAMED:
            self.finding("G_3.5-3", frame)
        keep = _KEPT.get((owner, name))
        if keep is not None:
            keep(self, text)
        elif owner == "reference" and name == "column":
            self._table.foreign[-1].columns.append(text)
            self._known(frame, text)

    def text_nonempty(self, frame: Frame, text: str) -> None:
        """Keep the folders."""
        owner = self.frames[self.depth - 1].type.name
        if not frame.name.endswith(" folder"):
            return
        if owner == "schema":
            self.found.schemas.append(text)
            self._folder = text
        elif owner == "table":
            self._table.folder = f"content/{self._folder}/{text}"

    def text_sql(self, _: Frame, text: str) -> None:
        """Keep the type of a column, or the base of a distinct type."""
        owner = self.frames[self.depth - 1].type.name
        if owner == "column":
            self._table.columns[-1].type = " ".join(text.split())
        elif owner == "kind":
            self.found.bases[self._schema, self._type] = " ".join(text.split())

    def text_boolean(self, frame: Frame, text: str) -> None:
        """Keep whether a column may be empty."""
        if frame.name.endswith(" nullable") and self.frames[self.depth - 1].type.name == "column":
            self._table.columns[-1].nullable = text.strip() in {"true", "1"}

    def text_natural(self, frame: Frame, text: str) -> None:
        """Keep the number of rows."""
        if self.frames[self.depth - 1].type.name == "table" and frame.name.endswith(" rows"):
            plain = text.strip()
            self._table.rows = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else -1

    def text_int(self, frame: Frame, _: str) -> None:
        """A cardinality makes an array."""
        if frame.name.endswith(" cardinality") and self.frames[self.depth - 1].type.name == "column":
            self._table.columns[-1].parts = True

    def close_messageDigest(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Keep a digest of the content."""
        del frame
        self.found.digests.append((self._kind, self._digest))

    _kind = ""
    _folder = ""

    @property
    def _table(self) -> Table:
        return self.found.tables[-1]

    def _inside(self, name: str) -> bool:
        return any(self.frames[level].type.name == name for level in range(1, self.depth))

    def _schema_name(self, text: str) -> None:
        self._schema = text

    def _kind_name(self, text: str) -> None:
        self._type = text

    def _table_name(self, text: str) -> None:
        self._table.name = text

    def _column_name(self, text: str) -> None:
        self._table.columns[-1].name = text

    def _column_folder(self, text: str) -> None:
        self._table.columns[-1].folder = text

    def _type_schema(self, text: str) -> None:
        self._table.columns[-1].schema = text

    def _type_name(self, text: str) -> None:
        self._table.columns[-1].kind = text

    def _root_folder(self, text: str) -> None:
        self.found.folder = text

    def _referenced_schema(self, text: str) -> None:
        self._table.foreign[-1].schema = text

    def _referenced_table(self, text: str) -> None:
        self._table.foreign[-1].table = text

    def _referenced(self, text: str) -> None:
        self._table.foreign[-1].referenced.append(text)

    def _digest_text(self, text: str) -> None:
        self._digest = text.strip()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        super()._start(name, attributes)

    def _end(self, name: str) -> None:
        if self.frames[self.depth].type.name == "@digest":
            self._kind = self._text.strip()
        super()._end(name)


_NAMED = frozenset({"schema", "table", "column", "view", "kind", "attribute"})
_KEPT = {
    ("schema", "name"): MetadataCheck._schema_name,  # noqa: SLF001 - handlers of this class by element
    ("kind", "name"): MetadataCheck._kind_name,  # noqa: SLF001
    ("table", "name"): MetadataCheck._table_name,  # noqa: SLF001
    ("column", "name"): MetadataCheck._column_name,  # noqa: SLF001
    ("column", "lobFolder"): MetadataCheck._column_folder,  # noqa: SLF001
    ("column", "typeSchema"): MetadataCheck._type_schema,  # noqa: SLF001
    ("column", "typeName"): MetadataCheck._type_name,  # noqa: SLF001
    ("siardArchive", "lobFolder"): MetadataCheck._root_folder,  # noqa: SLF001
    ("foreignKey", "referencedSchema"): MetadataCheck._referenced_schema,  # noqa: SLF001
    ("foreignKey", "referencedTable"): MetadataCheck._referenced_table,  # noqa: SLF001
    ("reference", "referenced"): MetadataCheck._referenced,  # noqa: SLF001
    ("messageDigest", "digest"): MetadataCheck._digest_text,  # noqa: SLF001
}

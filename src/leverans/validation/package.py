"""The package under validation: what all its documents' checks share."""

from array import array
from dataclasses import dataclass, field
from posixpath import normpath
from urllib.parse import unquote

from leverans.formats.digestindex import DigestIndex
from leverans.formats.entries import Container, Survey
from leverans.validation.inventory import Inventory
from leverans.validation.profiles import RuleProfile
from leverans.validation.sink import Sink

_SCHEMES = ("file:///", "file://localhost/", "file://", "file:")


@dataclass(slots=True)
class Representation:
    """One representation: its folder below ``representations``, its METS.xml, its information type."""

    name: str
    manifest: str | None = None
    information_type: str = ""


@dataclass(slots=True)
class Package:
    """What is known of the package so far."""

    container: Container
    survey: Survey
    inventory: Inventory
    sink: Sink
    profile: RuleProfile
    forced: bool = False
    ids: "Identifiers" = field(init=False)
    representations: dict[str, Representation] = field(default_factory=dict)
    premis: dict[str, str] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = Identifiers()

    def use(self, profile: RuleProfile) -> None:
        """Take another profile."""
        self.profile = profile
        self.sink.levels = profile.levels

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count of the report."""
        self.counts[name] = self.counts.get(name, 0) + by

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is there (four levels are known)."""
        return path.strip("/") in self.survey.folders


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to: a path in the package (None when it leaves it), what is odd about it.

    `oddity` is empty or the code of a finding.
    """

    path: str | None
    oddity: str = ""


def resolve(href: str, base: str) -> Target:
    """Resolve a reference against the folder `base` (empty or ending in ``/``).

    The oddity is ``PATH001`` when it leaves the package, ``PATH007`` when it is no relative path at all,
    ``PATH006`` when it is written in an odd way.
    """
    text = href.strip()
    for scheme in _SCHEMES:
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
            break
    head = text.split("/", 1)[0]
    if ":" in head:
        drive = len(head.split(":", 1)[0]) == 1
        return Target(None, "PATH001" if drive else "PATH007")
    plain = unquote(text) if "%" in text else text
    oddity = ""
    if "\\" in plain:
        plain, oddity = plain.replace("\\", "/"), "PATH006"
    if plain.startswith("/") or "\0" in plain:
        return Target(None, "PATH001")
    if ".." not in plain and "./" not in plain and "//" not in plain:
        return Target(base + plain, oddity)
    whole = normpath(base + plain)
    if whole == ".." or whole.startswith("../"):
        return Target(None, "PATH001")
    return Target(whole, "PATH006")


class Identifiers:
    """The XML IDs of all METS documents, 26 bytes each; documents are numbered as they come."""

    def __init__(self) -> None:
        self._index = DigestIndex()
        self._documents = array("H")
        self.document = 0

    def begin(self) -> None:
        """Start the next document."""
        self.document = min(self.document + 1, 65_535)

    def add(self, value: str) -> str:
        """Add an ID; give ``new``, ``document`` (it stood in this one) or ``package`` (in another one)."""
        number, fresh = self._index.add(value)
        if fresh:
            self._documents.append(self.document)
            return "new"
        before, self._documents[number] = self._documents[number], self.document
        return "document" if before == self.document else "package"

    def holds(self, value: str) -> bool:
        """Tell whether this document holds an ID."""
        number = self._index.find(value)
        return number >= 0 and self._documents[number] == self.document

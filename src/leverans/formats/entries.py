"""What every kind of container shares: its entries, its root folder, and the rules about names."""

import unicodedata
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, Self

from leverans.contracts import Finding
from leverans.formats.digestindex import DigestIndex

if TYPE_CHECKING:
    from leverans.formats.member import Bytes

Kind = Literal["file", "folder", "link", "special"]
MANIFEST_NAME = "METS.xml"
CASE_BLIND = MANIFEST_NAME.casefold()
LIMIT = 1_000
_FOLDER_DEPTH = 4
_DEEPEST = 256
_FLAGS = {"encrypted": "ZIP002", "unsupported": "ZIP006", "unreadable": "VAL003"}


class Entry(NamedTuple):
    """One entry of a container.

    Attributes:
        path: below the package's root folder, forward slashes; bytes that are no text stand as surrogates.
        size: bytes of the unpacked file, 0 for anything else.
        kind: ``file``, ``folder``, ``link`` or ``special`` (device, pipe, socket).
        flags: what keeps it from being read: ``encrypted``, ``unsupported``, ``duplicate``, ``unreadable``.
        position: where the container finds it again; of no meaning to others.
    """

    path: str
    size: int
    kind: Kind = "file"
    flags: tuple[str, ...] = ()
    position: int = 0


class Container(ABC):
    """A package that can be listed and read, any number of times, in bounded memory.

    Attributes:
        root: name of the single root folder; empty when there is none (see `hygiene`).
    """

    root: str = ""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """List all entries below the root, in the same order each time; what escapes the root is left out."""

    @abstractmethod
    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file for reading from its start.

        When the bytes are not those that the container promised (CRC, length, broken compression) the last
        read raises `IntegrityError` ZIP005; what could be read has been handed out before.

        Raises:
            FileNotFoundError: there is no such file.
            IntegrityError: ZIP002 encrypted, ZIP005, ZIP006 unknown compression.
            OSError: the disk does not give it.
        """

    def window(self, entry: Entry | str) -> "Bytes | None":
        """Give one file to be read by offset, where its bytes lie as they are; None where they do not.

        Raises as `open`.
        """
        del entry
        return None

    @abstractmethod
    def oddities(self) -> list[Finding]:
        """Give what is wrong with the container as such, apart from its names."""

    def survey(self) -> "Survey":
        """Read the whole directory once: number the files, judge names and structure."""
        survey = Survey()
        for entry in self.entries():
            survey.add(entry)
        survey.findings.extend(self.oddities())
        return survey

    def hygiene(self) -> tuple[Finding, ...]:
        """Give all that is wrong with the container itself."""
        return tuple(self.survey().findings)

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def visible(name: str) -> str:
    """Write a name so that any output can hold it: surrogates and control characters as escapes."""
    if name.isprintable() and name.isascii():
        return name
    safe = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in safe)


def is_unsafe(name: str) -> bool:
    """Tell whether unpacking `name` could write outside the folder: absolute, a drive, ``..``, a NUL."""
    if ".." not in name and name[:1] != "/" and name[1:2] != ":" and "\\" not in name and "\0" not in name:
        return False
    plain = name.replace("\\", "/")
    if plain.startswith("/") or "\0" in plain or (len(plain) > 1 and plain[1] == ":"):
        return True
    return ".." in plain.split("/")


def fold(path: str) -> str:
    """Give the form in which names meet on disks that do not tell case or Unicode form apart."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", path).casefold()


class Survey:
    """What a pass over the directory found.

    Attributes:
        index: the number of each file's path, in the order of `Container.entries`.
        folders: paths of the folders that hold a file or stand as entries, down to four levels.
        bytes: bytes of all files.
        findings: what is wrong; beyond `LIMIT` per code only the first ones are kept.
        more: how many findings of a code were left out.
    """

    def __init__(self) -> None:
        self.index = DigestIndex()
        self.folders: set[str] = set()
        self.bytes = 0
        self.findings: list[Finding] = []
        self.more: dict[str, int] = {}
        self._ways = DigestIndex()
        self._folded = DigestIndex()
        self._numbers = array("I")
        self._counts: dict[str, int] = {}
        self._last_folder = ""

    def report(self, code: str, where: str) -> None:
        """Note a finding."""
        count = self._counts[code] = self._counts.get(code, 0) + 1
        if count <= LIMIT:
            self.findings.append(Finding.of(code, visible(where)))
        else:
            self.more[code] = count - LIMIT

    def add(self, entry: Entry) -> None:
        """Judge one entry."""
        path, size, kind, flags, _ = entry
        if kind == "folder":
            self._folder(path)
            if flags:
                self.report("VAL003", path)
            return
        if kind != "file":
            self.report("PATH004", path)
            return
        for flag in flags:
            self.report(_FLAGS[flag], path)
        number, fresh = self.index.add(path)
        if not fresh:
            self.report("ZIP003", path)
            return
        self.bytes += size
        if path in self._ways:
            self.report("PATH008", path)
        self._folder(path.rpartition("/")[0])
        if self._folded.add(fold(path))[1]:
            self._numbers.append(number)
        else:
            self.report("PATH002", path)
        if not path.isascii() or not path.isprintable():
            self._letters(path)

    def folded(self, folded_path: str) -> int:
        """Give the number of the first file whose folded name (see `fold`) is this, or -1."""
        found = self._folded.find(folded_path)
        return self._numbers[found] if found >= 0 else -1

    def _folder(self, path: str) -> None:
        if path == self._last_folder:
            return
        self._last_folder = path
        self._way(path)
        parts = path.split("/")[:_FOLDER_DEPTH]
        for depth in range(1, len(parts) + 1):
            if len(self.folders) < LIMIT * LIMIT:
                self.folders.add("/".join(parts[:depth]))

    def _way(self, path: str) -> None:
        """Note a folder and those above it; none may be a file as well."""
        for _ in range(_DEEPEST):
            if not path or not self._ways.add(path)[1]:
                return
            if path in self.index:
                self.report("PATH008", path)
            path = path.rpartition("/")[0]

    def _letters(self, path: str) -> None:
        if any("\ud800" <= letter <= "\udfff" or unicodedata.category(letter) == "Cc" for letter in path):
            self.report("PATH003", path)
        elif not unicodedata.is_normalized("NFC", path):
            self.report("PATH005", path)


class Roots:
    """Finds the single root folder while the raw names pass by."""

    def __init__(self) -> None:
        self._tops: dict[str, bool] = {}
        self._loose = False
        self._many = False

    def add(self, name: str) -> None:
        """Look at one raw name."""
        top, slash, rest = name.partition("/")
        if not slash:
            self._loose = True
        elif top in self._tops:
            if not self._tops[top] and rest.casefold() == CASE_BLIND:
                self._tops[top] = True
        elif len(self._tops) < LIMIT:
            self._tops[top] = rest.casefold() == CASE_BLIND
        else:
            self._many = True

    @property
    def single(self) -> bool:
        """There is exactly one root folder and nothing beside it."""
        return len(self._tops) == 1 and not self._loose and not self._many

    @property
    def chosen(self) -> str:
        """The only root; among several the first that holds a METS.xml; otherwise none."""
        if self.single or (len(self._tops) == 1 and next(iter(self._tops.values()))):
            return next(iter(self._tops))
        holders = [top for top, holds in self._tops.items() if holds]
        return holders[0] if holders else ""

"""The steps of one validation of a package, in the order in which each file is read once."""

from collections.abc import Callable
from typing import BinaryIO, cast

from leverans.errors import LeveransError
from leverans.formats.digestindex import DigestIndex
from leverans.formats.entries import Container, Entry, Survey
from leverans.validation.checker import Checker
from leverans.validation.citssiard import check_databases
from leverans.validation.databases import Databases
from leverans.validation.describedcheck import check_for
from leverans.validation.ermscheck import ErmsCheck
from leverans.validation.inventory import APPENDIX, READ, Hasher, Inventory
from leverans.validation.layout import MANIFEST_NAME, check_layout, find_representations
from leverans.validation.mets import MetsCheck
from leverans.validation.package import Package, Representation
from leverans.validation.premischeck import PremisCheck
from leverans.validation.profiles import RuleProfile, erms_version
from leverans.validation.sink import Sink

Progress = Callable[[int, int], None]
_STEP = 1 << 18
_ERMS_NAME = "ERMS.xml"


def plain(fault: LeveransError) -> dict[str, str | int]:
    """Give the parameters of an error that a text can hold."""
    return {name: value for name, value in fault.parameters.items() if isinstance(value, (str, int))}


class Run:
    """The steps of one validation, in the order in which each file is read once."""

    def __init__(
        self,
        container: Container,
        survey: Survey,
        sink: Sink,
        profile: RuleProfile,
        *,
        forced: bool,
        progress: Progress | None,
    ) -> None:
        self.package = Package(container, survey, Inventory(survey), sink, profile, forced=forced)
        self._progress = progress
        self._done = 0
        self._uuids = DigestIndex()
        self._unheard: tuple[str, ...] = ()
        self._root: MetsCheck | None = None
        self._checks: list[MetsCheck] = []

    def all(self) -> None:
        """Directory, root METS, representations, PREMIS, ERMS, all other bytes."""
        package = self.package
        self.directory()
        find_representations(package)
        package.count("representations", len(package.representations))
        self._manifests()
        for document, base in list(package.premis.items()):
            self.document(document, PremisCheck(package, document, base))
        databases = Databases(package)
        with_erms = [name for name, seen in package.representations.items() if self._erms(seen)]
        for entry in package.container.entries():
            if entry.kind == "file":
                self.file(entry, with_erms)
                databases.take(entry)
        if self._root is not None:
            check_databases(package, self._root, self._checks, databases)

    def directory(self, without: frozenset[str] = frozenset()) -> None:
        """Report what the directory shows, and count its files."""
        package = self.package
        for finding in package.survey.findings:
            if finding.code not in without:
                package.sink.take(finding, package.survey.more.pop(finding.code, 0))
        package.count("files", len(package.inventory.index))
        package.count("bytes", package.survey.bytes)

    def _manifests(self) -> None:
        package = self.package
        if MANIFEST_NAME not in package.inventory.index:
            found = package.survey.folded(MANIFEST_NAME.lower())
            package.sink.report("CSIPSTR4", MANIFEST_NAME, value="METS.XML?" if found >= 0 else "–")
            check_layout(package, "")
            self._unheard = ("",)
            return
        self._root = root = MetsCheck(package, MANIFEST_NAME)
        self.document(MANIFEST_NAME, root)
        package.inventory.declare(package.inventory.index.find(MANIFEST_NAME), -1, None, "")
        for representation in package.representations.values():
            if representation.manifest:
                check = MetsCheck(package, representation.manifest, representation)
                self.document(representation.manifest, check)
                self._checks.append(check)
                if not check.ok:
                    self._unheard += (representation.manifest.removesuffix(MANIFEST_NAME),)
        if not root.ok:
            self._unheard = ("",)
        check_layout(package, root.objid)

    def _erms(self, representation: Representation) -> bool:
        package = self.package
        document = f"representations/{representation.name}/data/{_ERMS_NAME}"
        named = erms_version(representation.information_type)
        if document not in package.inventory.index:
            if named:
                package.sink.report("ERM004", document, value=representation.information_type)
            return False
        check = ErmsCheck(package, document, named or package.profile.erms, self._uuids)
        self.document(document, check)
        return check.ok

    def document(self, path: str, check: Checker) -> None:
        """Check a document while its bytes are hashed, unless it has been read before."""
        package = self.package
        number = package.inventory.index.find(path)
        if number < 0 or not package.inventory.mark(number, READ):
            return
        hashed: Hashed | None = None
        try:
            with package.container.open(path) as stream:
                hashed = Hashed(stream, package.inventory.hasher(number), self._advance)
                check.read(cast("BinaryIO", hashed))
                while hashed.read(_STEP):
                    pass
        except (LeveransError, OSError) as fault:
            self._unreadable(path, fault)
        if hashed is None:
            check.ok = False
        else:
            self._compare(path, number, hashed.size, hashed.hasher)

    def file(self, entry: Entry, with_erms: list[str]) -> None:
        """Judge one file as its entry comes by."""
        inventory, path = self.package.inventory, entry.path
        number = inventory.index.find(path)
        if number < 0:
            return
        if not inventory.declared[number] and not path.startswith(self._unheard):
            self.package.sink.report("FIX004", path)
        if with_erms and not inventory.flags[number] & APPENDIX:
            self._no_appendix(path, with_erms)
        check = None if entry.flags or inventory.flags[number] & READ else check_for(self.package, path)
        if check is None:
            self.fixity(entry, number)
        else:
            self.document(path, check)

    def fixity(self, entry: Entry, number: int) -> None:
        """Read a file that no document check has read, and hold its bytes against what was declared."""
        inventory, path = self.package.inventory, entry.path
        if inventory.flags[number] & READ or entry.flags or not inventory.mark(number, READ):
            return
        hashed: Hashed | None = None
        try:
            with self.package.container.open(entry) as stream:
                hashed = Hashed(stream, inventory.hasher(number), self._advance)
                while hashed.read(_STEP):
                    pass
        except (LeveransError, OSError) as fault:
            self._unreadable(path, fault)
        if hashed is not None:
            self._compare(path, number, hashed.size, hashed.hasher)

    def _unreadable(self, path: str, fault: LeveransError | OSError) -> None:
        if isinstance(fault, LeveransError):
            if fault.code == "ZIP008":  # told with the directory
                return
            self.package.sink.report(fault.code, path, **plain(fault))
        else:
            self.package.sink.report("VAL003", path, reason=fault.strerror or type(fault).__name__)

    def _no_appendix(self, path: str, with_erms: list[str]) -> None:
        parts = path.split("/", 3)
        data = len(parts) == 4 and parts[0] == "representations" and parts[2] == "data"
        if data and parts[1] in with_erms and parts[3] != _ERMS_NAME:
            self.package.sink.report("ERM002", path)

    def _compare(self, path: str, number: int, size: int, hasher: Hasher | None) -> None:
        inventory, report = self.package.inventory, self.package.sink.report
        if hasher is not None and not inventory.matches(number, hasher.hexdigest()):
            report("FIX001", path, value=inventory.algorithm(number))
        declared = inventory.size(number)
        if inventory.declared[number] and 0 <= declared != size:
            report("FIX002", path, value=size, declared=declared)

    def _advance(self, size: int) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self.package.survey.bytes)


class Hashed:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO, hasher: Hasher | None, advance: Callable[[int], None]) -> None:
        self._stream = stream
        self._advance = advance
        self.hasher = hasher
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        data = self._stream.read(size)
        self.size += len(data)
        if self.hasher is not None:
            self.hasher.update(data)
        self._advance(len(data))
        return data

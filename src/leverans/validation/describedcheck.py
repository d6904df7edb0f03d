"""Documents beside METS, PREMIS and ERMS: EAD3, EAC-CPF, additionalPackageInfo.xml, files of ``schemas``."""

from leverans.formats.xmlstream import XmlFault
from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.package import Package
from leverans.validation.profiles import DescribedKind, described_kinds

_FORM = "SCH"
_SCHEMAS = "schemas"


class DescribedCheck(Checker):
    """Checks that a document can be read, is of the kind it is said to be, and has the frame of that kind.

    Args:
        package: the package it belongs to.
        document: its package-relative path.
        kind: what it is said to be.
    """

    quotes = False

    def __init__(self, package: Package, document: str, kind: DescribedKind) -> None:
        super().__init__(load(kind.grammar), package.sink, document)
        self._kind = kind

    def fault(self, fault: XmlFault) -> None:
        """Tell what kind of document cannot be read; a schema may declare a document type."""
        code = self._kind.faults.get(fault.code, fault.code)
        self.sink.report(code, f"{self.document}:{fault.line}", reason=fault.reason, name=self._kind.name)

    def finding(self, code: str, frame: Frame | None = None, tail: str = "", **parameters: str | int) -> None:
        """Report a breach of the kind's form under the kind's own id."""
        if not code.startswith(_FORM):
            super().finding(code, frame, tail, **parameters)
        elif self._kind.form:
            super().finding(self._kind.form, frame, tail, name=self._kind.name)

    def _unknown_attribute(self, frame: Frame, key: str) -> None:
        """Attributes are left to the archives' own tools."""

    def wrong_root(self, frame: Frame) -> None:
        """Take the other first elements of the kind, too, without a judgement of what lies in them."""
        if frame.name not in self._kind.roots:
            self.finding(self._kind.root, frame, value=frame.name, name=self._kind.name)
            self.ok = False


def check_for(package: Package, path: str) -> DescribedCheck | None:
    """Give the check of a file by what METS says of it, or by its name; None when it has none."""
    said, kinds = package.described.get(path), described_kinds()
    folder, _, name = path.rpartition("/")
    kind = kinds.said.get(said) if said else kinds.named.get(name.casefold())
    if kind is None and _SCHEMAS in folder.split("/", 3)[:3]:
        kind = kinds.suffixes.get(name.rpartition(".")[2].casefold())
    return None if kind is None else DescribedCheck(package, path, kind)

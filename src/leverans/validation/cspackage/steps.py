"""The steps of validating one package of the older Swedish structure."""

import re

from leverans.errors import LeveransError
from leverans.formats.entries import Entry, Survey
from leverans.validation.cspackage.cases import CasesCheck
from leverans.validation.cspackage.sip import SipCheck
from leverans.validation.databases import Databases
from leverans.validation.inventory import APPENDIX
from leverans.validation.profiles import cspackage
from leverans.validation.steps import Run

NAME = "sip.xml"
_CASES = re.compile(r"(?:.*/)?arendehantering\.xml", re.IGNORECASE)
_BESIDE = re.compile(r"(?:system|schemas?|documentation|dokumentation)/|.*\.xsd$", re.IGNORECASE)
_SCHEMAS = re.compile(r"(?:system|schemas?)/|.*\.xsd$", re.IGNORECASE)
_ERMS = "ERMS"
_HEAD = 4_096
_MOST_HEADS = 100
_ROOT_NAME = b"Leveransobjekt"


def has_sip(survey: Survey) -> bool:
    """Tell whether a package holds what one of the older structure begins with: sip.xml at its top."""
    return survey.folded(NAME) >= 0


class CsPackage(Run):
    """The steps, in the order in which each file is read once."""

    def all(self) -> None:
        """Directory, sip.xml, the cases, all other bytes."""
        package = self.package
        if not package.forced:
            package.use(cspackage())
        self.directory(without=frozenset({"CSIPSTR1"}))
        name = NAME
        if NAME not in package.inventory.index:
            name = self._spelt()
            package.sink.report("FGS12-P1", name)
        check = SipCheck(package, name)
        self.document(name, check)
        package.inventory.declare(package.inventory.index.find(name), -1, None, "")
        package.inventory.mark(package.inventory.index.find(name), APPENDIX)
        self._cases(check)
        databases = Databases(package)
        for entry in package.container.entries():
            if entry.kind == "file":
                self._judge(entry, heard=check.ok)
                databases.take(entry)

    def _spelt(self) -> str:
        """Give the name as it is spelt."""
        names = (entry.path for entry in self.package.container.entries() if entry.kind == "file")
        return next(name for name in names if name.casefold() == NAME)

    def _cases(self, sip: SipCheck) -> None:
        named = [path for path in sip.listed if _CASES.fullmatch(path)]
        if not named:
            named = [path for path in sip.listed[:_MOST_HEADS] if self._holds_cases(path)]
            for path in named:
                self.package.sink.report("FGS12-A22", path)
        if not named and sip.kind == _ERMS:
            self.package.sink.report("FGS12-A1", "arendehantering.xml")
        for path in named:
            self.document(path, CasesCheck(self.package, path, ""))
            number = self.package.inventory.index.find(path)
            if number >= 0:
                self.package.inventory.mark(number, APPENDIX)
        self._carrying = bool(named)

    def _holds_cases(self, path: str) -> bool:
        try:
            with self.package.container.open(path) as stream:
                return _ROOT_NAME in stream.read(_HEAD)
        except (LeveransError, OSError):
            return False

    def _judge(self, entry: Entry, *, heard: bool) -> None:
        inventory, path, sink = self.package.inventory, entry.path, self.package.sink
        number = inventory.index.find(path)
        if number < 0:
            return
        if not inventory.declared[number]:
            if heard:
                sink.report_as("warning" if _SCHEMAS.match(path) else "error", "FIX004", path)
        elif self._carrying and not inventory.flags[number] & APPENDIX and not _BESIDE.match(path):
            sink.report("FGS12-A14", path)
        self.fixity(entry, number)

"""Rules of one ERMS document that no schema holds: dates, UUIDs, appendices."""

from dataclasses import dataclass

from leverans.formats.digestindex import DigestIndex
from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.inventory import APPENDIX
from leverans.validation.package import Package
from leverans.validation.references import locate

_UUID_LENGTH = 36
_OBJECTS = frozenset({"aggregation", "record"})


@dataclass(slots=True)
class _Object:
    """An open aggregation or record."""

    created: bool = False
    title: bool = False
    description: bool = False


class ErmsCheck(Checker):
    """Checks one ERMS document while it streams by.

    Args:
        package: the package it belongs to.
        document: its package-relative path.
        version: version of the grammar.
        uuids: every system identifier of the package so far.
    """

    quotes = False

    def __init__(self, package: Package, document: str, version: str, uuids: DigestIndex) -> None:
        super().__init__(load("erms", version), package.sink, document)
        self.package = package
        self.folder = document.rpartition("/")[0]
        self._uuids = uuids
        self._open: list[_Object] = []
        data_folder, _, _ = self.folder.rpartition("/")
        self._bases = tuple(
            dict.fromkeys(f"{base}/" if base else "" for base in (self.folder, data_folder, ""))
        )

    def open_aggregation(self, frame: Frame) -> None:
        """Begin an aggregation."""
        self.package.count("aggregations")
        self._begin(frame)

    def open_record(self, frame: Frame) -> None:
        """Begin a record."""
        self.package.count("records")
        self._begin(frame)

    def _begin(self, frame: Frame) -> None:
        self._open.append(_Object())
        identifier = frame.attributes.get("systemIdentifier", "").strip().lower()[-_UUID_LENGTH:]
        if identifier and not self._uuids.add(identifier)[1]:
            self.finding("ERM003", frame, "/@systemIdentifier")

    def close_aggregation(self, frame: Frame) -> None:
        """Demand a creation date (ERMS204) and a title (ERMS209) or else a description (ERMS211)."""
        seen = self._open.pop()
        if not seen.created:
            self.finding("ERMS204", frame, "/dates/date[@dateType='created']")
        if not seen.title:
            self.finding("ERMS209", frame, "/title")
            if not seen.description:
                self.finding("ERMS211", frame, "/description")

    def close_record(self, frame: Frame) -> None:
        """Demand a creation date (ERMS135) and a title (ERMS137)."""
        seen = self._open.pop()
        if not seen.created:
            self.finding("ERMS135", frame, "/dates/date[@dateType='created']")
        if not seen.title:
            self.finding("ERMS137", frame, "/title")

    def open_date(self, frame: Frame) -> None:
        """Notice the creation date of the object itself, not of what lies in it."""
        if frame.attributes.get("dateType") == "created" and self._open:
            owner = self.frames[self.depth - 2].type.name
            if owner in _OBJECTS and self.frames[self.depth - 1].type.name == "dates":
                self._open[-1].created = True

    def text_string(self, frame: Frame, text: str) -> None:
        """Notice title and description of the object itself."""
        if not self._open or not text.strip():
            return
        name = frame.name
        if name.endswith(" title"):
            self._open[-1].title = True
        elif name.endswith(" description") and self.frames[self.depth - 1].type.name in {
            "aggregation",
            "record",
        }:
            self._open[-1].description = True

    def open_agent(self, frame: Frame) -> None:
        """Demand the type of an agent of another type; who owns the agent decides which rule it is."""
        given = frame.attributes
        if given.get("agentType") == "other" and not given.get("otherAgentType", "").strip():
            owner = self.frames[self.depth - 2].type.name
            code = {"record": "ERMS166", "aggregation": "ERMS236"}.get(owner, "ERMS94")
            self.finding(code, frame, "/@otherAgentType")

    def open_appendix(self, frame: Frame) -> None:
        """Find the file of an appendix (ERM001, ERM005); the format should be there (ERMS32)."""
        given = frame.attributes
        self.package.count("appendices")
        if not given.get("fileFormat", "").strip():
            self.finding("ERMS32", frame, "/@fileFormat")
        path = given.get("path", "")
        if not path.strip():
            return
        oddity = ""
        for base in self._bases:
            target, number = locate(self.package, path, base)
            oddity = oddity or (target.oddity if target.path is None else "")
            if number >= 0:
                if target.oddity:
                    self.finding(target.oddity, frame, "/@path", value=path)
                self.package.inventory.mark(number, APPENDIX)
                return
        self.finding(oddity or "ERM001", frame, "/@path", value=path)

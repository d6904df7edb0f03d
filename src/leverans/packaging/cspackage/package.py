"""A package of any supplier: ``sip.xml``, the cases and the bytes, held against each other."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.formats.container import Container
from leverans.formats.digestindex import DigestIndex
from leverans.formats.profiles import Profile
from leverans.model import Case, Record
from leverans.packaging.cspackage.beyond import amended
from leverans.packaging.cspackage.elements import Element, local, namespace
from leverans.packaging.cspackage.listing import Listing
from leverans.packaging.cspackage.nesting import nested
from leverans.packaging.cspackage.owned import read_differences, read_rows
from leverans.packaging.cspackage.reading import CaseReader, Facts
from leverans.packaging.cspackage.sipreading import About, read_sip
from leverans.packaging.cspackage.streaming import Unreadable, elements, forget

_CASE, _RECORD, _LIST = "ArkivobjektArende", "ArkivobjektHandling", "ArkivobjektListaHandlingar"
_ROOT = "Leveransobjekt"
_MOST = 1_000
Thing = TypeVar("Thing", Case, Record)


@dataclass(frozen=True, slots=True)
class Received:
    """A case of a package.

    Attributes:
        case: the case; each file has the digest and size of its bytes as they are in the package.
        places: path in the container by file id.
        findings: what is wrong with it.
    """

    case: Case
    places: Mapping[str, str]
    findings: tuple[Finding, ...]


class CasePackage:
    """A package that is read once, in flat memory; nothing in it raises.

    Args:
        container: the package as it came; it stays the caller's.
        profile: gives the standard's words.

    Attributes:
        findings: what is wrong with the package as a whole; complete when `cases` has ended. Places name
            a document and a line, never a name from the content.
    """

    def __init__(self, container: Container, profile: Profile) -> None:
        self.findings: list[Finding] = []
        self._container, self._profile = container, profile
        self._listing = Listing()
        self._about: About | None = None
        self._seen = DigestIndex()
        self._ours = False
        self._space = uuid.NAMESPACE_URL
        self._reader: CaseReader | None = None
        self._case_findings: list[Finding] = []
        self._places: dict[str, str] = {}
        self._path = ""

    def about(self) -> About:
        """Give what ``sip.xml``, which it reads whole, says of the package: id, agents, agreements."""
        if self._about is None:
            self._about = self._opened()
        return self._about

    def cases(self) -> Iterator[Received]:
        """Yield the cases in the order of their document; records without a case are one each.

        The bytes of every file that a case refers to are read once and held against ``sip.xml``.
        """
        about = self.about()
        for path in self._documents():
            yield from self._document(path, about)
        for line in self._listing.unnamed():
            self._note(Finding.of("CSP007", f"{self._profile.words['place']['sip']}:{line}"))
        self._listing.close()

    def open(self, place: str) -> BinaryIO:
        """Open a file by its path in the container."""
        return self._container.open(place)

    def _note(self, finding: Finding) -> None:
        if len(self.findings) < _MOST:
            self.findings.append(finding)

    def _opened(self) -> About:
        """Read the directory and ``sip.xml``."""
        name = self._profile.words["place"]["sip"]
        try:
            for entry in self._container.entries():
                if entry.kind == "file":
                    self._listing.entry(entry.path)
        except (IntegrityError, OSError) as fault:
            self._note(Finding.of("CSP002", name, reason=type(fault).__name__))
        found = self._listing.named(name)
        if len(found) > 1:
            self._note(Finding.of("CSP014", name))
        if not found:
            self._note(Finding.of("CSP001", name))
            return About()
        self._listing.base = found[0].rpartition("/")[0]
        return read_sip(self._container, found[0], self._profile, self._listing, self._note)

    def _documents(self) -> list[str]:
        name = self._profile.words["place"]["cases"]
        found = self._listing.named(name)
        if not found:
            found = [path for path in self._listing.listed_xml() if self._is_cases(path)]
        if not found:
            self._note(Finding.of("CSP003", name))
        if len(found) > 1:
            self._note(Finding.of("CSP014", name))
        return found

    def _is_cases(self, path: str) -> bool:
        try:
            with self._container.open(path) as stream:
                return next((local(raw) == _ROOT for _, raw in elements(stream, ("start",))), False)
        except (Unreadable, IntegrityError, OSError):
            return False

    def _document(self, path: str, about: About) -> Iterator[Received]:
        self._path = path.rpartition("/")[2] if path.isascii() else self._profile.words["place"]["cases"]
        self._listing.name(path)
        try:
            with self._container.open(path) as stream:
                yield from self._stream(stream, about)
        except Unreadable as fault:
            self._note(Finding.of("CSP002", f"{self._path}:{fault.line}", reason=fault.reason))
        except (IntegrityError, OSError) as fault:
            self._note(Finding.of("CSP002", self._path, reason=type(fault).__name__))

    def _stream(self, stream: BinaryIO, about: About) -> Iterator[Received]:
        trail: list[str] = []
        for event, raw in elements(stream, ("start", "end")):
            name = local(raw)
            if event == "start":
                if not trail:
                    self._begin(raw, about)
                trail.append(name)
                continue
            trail.pop()
            if len(trail) == 2 and name in {_CASE, _RECORD}:
                yield self._received(raw, name)
                forget(raw)
            elif len(trail) == 1 and not name.startswith("ArkivobjektLista"):
                self._preamble(Element(raw, ours=self._ours))
                forget(raw)

    def _begin(self, raw: Any, about: About) -> None:
        space = uuid.uuid5(uuid.NAMESPACE_URL, ascii(about.id))
        if namespace(raw) != self._profile.namespaces["erms"]:
            self._note(Finding.of("CSP012", f"{self._path}:{raw.sourceline or 1}"))
        self._ours, self._space = False, space
        self._reader = CaseReader(self._profile, ours=False, tell=self._tell, space=space)

    def _preamble(self, element: Element) -> None:
        """Look at what stands before the cases: our own mark, and the package's papers."""
        if element.name == "Bilaga":
            self._listing.name(self._listing.resolve(element.get("Lank") or "") or "")
        elif element.name == "EgnaElement":
            own = self._profile.namespaces["own"]
            if element.text_at("EgnaElementBeskrivning") == own:
                self._ours = True
                self._reader = CaseReader(self._profile, ours=True, tell=self._tell, space=self._space)

    def _tell(self, code: str, element: Element, name: str = "") -> None:
        if len(self._case_findings) < _MOST:
            told = {"name": name} if name else {}
            self._case_findings.append(Finding.of(code, f"{self._path}:{element.line}", None, **told))

    def _received(self, raw: Any, name: str) -> Received:
        self._case_findings, self._places = [], {}
        case = self._loose(raw) if name == _RECORD else self._case(raw)
        return Received(case, self._places, tuple(self._case_findings))

    def _case(self, raw: Any) -> Case:
        reader = self._known_reader()
        element = reader.element(raw)
        case = self._unique(element, reader.case(raw))
        listed = [one for group in element.each(_LIST) for one in group.each(_RECORD)]
        records = [
            self._record(one.raw, case.reference_code, place) for place, one in enumerate(listed, start=1)
        ]
        direct = self._direct(element, case)
        case = replace(case, records=(*records, *direct))
        if not self._ours:
            return case
        own = self._profile.namespaces["own"]
        changed: Case = amended(case, read_differences(element, own, Case))
        rows = read_rows([one.raw for one in element.each("TillkommandeXMLdata")], own)
        return nested(replace(changed, rows=rows))

    def _direct(self, element: Element, case: Case) -> tuple[Record, ...]:
        """Put files that stand in the case itself into a record of their own."""
        if not element.each("Bilaga"):
            return ()
        title = self._profile.words["missing"]["appendices"]
        code = str(uuid.uuid5(self._space, ascii(f"{case.id}/appendices")))
        bare = self._known_reader().appendices(element, self._find(element))
        return (Record(code, code, title, files=bare[0], extras=bare[1]),)

    def _loose(self, raw: Any) -> Case:
        """Give a record that stands outside any case a case of its own."""
        reader = self._known_reader()
        element = reader.element(raw)
        record = self._record(raw, "", 1)
        code = record.reference_code or record.key
        own = str(uuid.uuid5(self._space, ascii(f"{record.id}/case")))
        kind = self._profile.words["missing"]["loose"]
        shielded = any(one.protected_identity for one in record.agents)
        case = Case(own, record.key, "", code, record.title, kind=kind, records=(record,))
        return self._unique(element, replace(case, route="protected" if shielded else "open"))

    def _record(self, raw: Any, above: str, place: int) -> Record:
        reader = self._known_reader()
        element = reader.element(raw)
        record = reader.record(raw, above, place, self._find(element))
        if self._ours:
            record = amended(record, read_differences(element, self._profile.namespaces["own"], Record))
        return self._unique(element, record)

    def _find(self, element: Element) -> Any:
        def find(link: str) -> Facts | None:
            path = self._listing.resolve(link)
            if path is None:
                return None
            facts = self._listing.facts(
                self._container,
                path,
                self._space,
                ours=self._ours,
                tell=lambda code: self._tell(code, element),
            )
            if facts is not None:
                self._places[str(facts["id"])] = path
            return facts

        return find

    def _unique(self, element: Element, thing: Thing) -> Thing:
        """Give the thing another id where its own has been seen."""
        if self._seen.add(thing.id)[1]:
            return thing
        self._tell("CSP010", element)
        number = len(self._seen)
        fresh = str(uuid.uuid5(self._space, ascii(f"{thing.id}/{number}/{element.line}")))
        self._seen.add(fresh)
        return replace(thing, id=fresh)

    def _known_reader(self) -> CaseReader:
        if self._reader is None:
            raise AssertionError("a document begins before its cases")
        return self._reader

"""sip.xml: METS as the Swedish package structure restricts it."""

from dataclasses import dataclass, field

from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.inventory import algorithm
from leverans.validation.package import Package
from leverans.validation.references import declare, locate, well_formed

_HREF = "http://www.w3.org/1999/xlink href"
_LEAST_AGENTS = 3
_CODES = ("ORG:", "LOCAL:", "VAT:", "DUNS:")


@dataclass(slots=True)
class _Agent:
    place: str
    role: str
    type: str
    other: str
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class SipCheck(Checker):
    """Checks sip.xml while it streams by.

    Args:
        package: the package.
        document: its path.

    Attributes:
        kind: what ``mets/@TYPE`` says.
        listed: XML files that it lists, in order.
    """

    def __init__(self, package: Package, document: str) -> None:
        super().__init__(load("sip"), package.sink, document)
        self.package = package
        self.kind = ""
        self.listed: list[str] = []
        self._agents: list[_Agent] = []
        self._agreed = False

    def open_mets(self, frame: Frame) -> None:
        """Keep the kind; the profile has one address (FGS12-P4)."""
        self.kind = frame.attributes.get("TYPE", "")
        address = frame.attributes.get("PROFILE", "").strip()
        if address and address not in self.package.profile.addresses:
            self.finding("FGS12-P4", frame, "/@PROFILE", value=address)

    def open_agent(self, frame: Frame) -> None:
        """Keep an agent."""
        given = frame.attributes
        self._agents.append(
            _Agent(
                self.where(frame), given.get("ROLE", ""), given.get("TYPE", ""), given.get("OTHERTYPE", "")
            )
        )

    def text_string(self, frame: Frame, text: str) -> None:
        """Keep names and notes of agents."""
        if not text.strip():
            return
        name, owner = frame.name.rpartition(" ")[2], self.frames[self.depth - 1].type.name
        if owner == "agent" and self._agents:
            (self._agents[-1].names if name == "name" else self._agents[-1].notes).append(text.strip())

    def text_altRecordID(self, frame: Frame, text: str) -> None:  # noqa: N802 - named as the element
        """Notice the agreement."""
        if frame.attributes.get("TYPE") == "SUBMISSIONAGREEMENT" and text.strip():
            self._agreed = True

    def close_metsHdr(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Judge the agents together (FGS12-P6 to FGS12-P10)."""
        if len(self._agents) < _LEAST_AGENTS:
            self.finding("FGS12-P6", frame, "/agent", value=str(len(self._agents)), name="agent")
        keepers = self._of("ARCHIVIST", "ORGANIZATION")
        if len(keepers) != 1 or not keepers[0].names:
            self.finding("FGS12-P7", frame, "/agent")
        elif not any(note.upper().startswith(_CODES) for note in keepers[0].notes):
            self.sink.report("FGS12-P22", keepers[0].place)
        if not any(agent.names for agent in self._of("CREATOR", "ORGANIZATION")):
            self.finding("FGS12-P8", frame, "/agent")
        systems = [agent for agent in self._of("ARCHIVIST", "OTHER") if agent.other == "SOFTWARE"]
        if not systems:
            self.finding("FGS12-P9", frame, "/agent")
        elif not systems[0].notes:
            self.sink.report("FGS12-P23", systems[0].place)
        if not self._agreed:
            self.finding("FGS12-P10", frame, "/altRecordID", name="SUBMISSIONAGREEMENT")

    def _of(self, role: str, kind: str) -> list[_Agent]:
        return [agent for agent in self._agents if agent.role == role and agent.type == kind]

    def open_reference(self, frame: Frame) -> None:
        """Take a reference to metadata."""
        self._take(frame, frame.attributes)

    def open_FLocat(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Take a reference to a file."""
        if frame.index == 1:
            self._take(frame, self.frames[self.depth - 1].attributes, data=True)

    def _take(self, frame: Frame, about: dict[str, str], *, data: bool = False) -> None:
        package = self.package
        package.count("references")
        name, checksum = algorithm(about.get("CHECKSUMTYPE", "")), about.get("CHECKSUM", "").strip()
        if data and (not checksum or not about.get("CHECKSUMTYPE")):
            self.sink.report("FGS12-P24", self.where(frame))
        elif checksum and name and not well_formed(name, checksum):
            self.finding("FGS12-P14", frame, "/@CHECKSUM", value=checksum)
        href = frame.attributes.get(_HREF, "")
        if not href.strip():
            return
        base = self.document.rpartition("/")[0]
        target, number = locate(package, href, f"{base}/" if base else "")
        if target.path is None or (target.oddity and target.oddity != "PATH006"):
            self.finding(target.oddity, frame, "/@xlink:href", value=href)
        if target.path is None:
            return
        if number < 0:
            self.sink.report("FIX003", target.path, place=self.where(frame))
            return
        again = self.where(frame) if package.inventory.declared[number] else ""
        declare(package, again, number, target.path, about)
        if target.path.casefold().endswith(".xml"):
            self.listed.append(target.path)

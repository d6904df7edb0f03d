"""Rules of one PREMIS document: what each kind of object demands, links, fixity against METS."""

from leverans.formats.digestindex import DigestIndex
from leverans.validation.checker import PENDING, Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.inventory import algorithm
from leverans.validation.package import Package
from leverans.validation.references import locate

_XSI_TYPE = "http://www.w3.org/2001/XMLSchema-instance type"
_LOCATION = "/storage/contentLocation/contentLocationValue"
_KINDS = frozenset({"file", "representation", "bitstream", "intellectualEntity"})


class PremisCheck(Checker):
    """Checks one PREMIS document while it streams by.

    Args:
        package: the package it belongs to.
        document: its package-relative path.
        base: folder of the METS document that refers to it, empty or ending in ``/``.
    """

    quotes = False

    def __init__(self, package: Package, document: str, base: str) -> None:
        super().__init__(load("premis"), package.sink, document)
        self.package = package
        self._bases = tuple(dict.fromkeys((base, "")))
        self._objects = DigestIndex()
        self._agents = DigestIndex()
        self._events = DigestIndex()
        self._kind = ""
        self._fixities: list[tuple[str, str]] = []
        self._fixed = False
        self._size = ""
        self._location = ""
        self._names: list[str] = []
        self._value = ""
        self._links: list[tuple[str, DigestIndex, str]] = []

    def open_object(self, frame: Frame) -> None:
        """Begin an object; its kind must be one of four (PM28)."""
        self.package.count("premis_objects")
        self._kind = frame.attributes.get(_XSI_TYPE, "").rpartition(":")[2].strip()
        self._fixities, self._size, self._location, self._names = [], "", "", []
        self._fixed = False
        if _XSI_TYPE in frame.attributes and self._kind not in _KINDS:
            self.finding("PM28", frame, "/@xsi:type", value=self._kind or "–")

    def open_fixity(self, frame: Frame) -> None:
        """Notice that there is a fixity, whole or not."""
        del frame
        self._fixed = True

    def close_object(self, frame: Frame) -> None:
        """Demand what a file object must have, and compare its fixity with METS (FIX007)."""
        seen = frame.seen
        characterised = any(name.endswith(" objectCharacteristics") for name in seen)
        if self._kind == "file":
            if not characterised:
                self.finding("PM32", frame, "/objectCharacteristics")
            elif not self._fixed:
                self.finding("PM33", frame, "/objectCharacteristics/fixity")
        elif characterised and self._kind in {"representation", "intellectualEntity"}:
            self.finding("SCH001", frame, "/objectCharacteristics", name="objectCharacteristics")
        if self._location:
            self._compare(frame)

    def _compare(self, frame: Frame) -> None:
        inventory = self.package.inventory
        for base in self._bases:
            target, number = locate(self.package, self._location, base)
            if number >= 0 and not target.oddity:
                break
        else:
            self.finding("PRE001", frame, _LOCATION, value=self._location)
            return
        for name, digest in self._fixities:
            if algorithm(name) == inventory.algorithm(number) != "" and not inventory.matches(number, digest):
                place = "/objectCharacteristics/fixity/messageDigest"
                self.finding("FIX007", frame, place, value=target.path or "")
        declared = inventory.size(number)
        if (
            self._size.isdigit()
            and declared >= 0
            and inventory.declared[number]
            and int(self._size) != declared
        ):
            self.finding("FIX008", frame, "/objectCharacteristics/size", value=target.path or "")

    # values

    def text_word(self, frame: Frame, text: str) -> None:
        """Keep the algorithm of a fixity."""
        if frame.name.endswith(" messageDigestAlgorithm"):
            self._value = text.strip()

    def text_long(self, frame: Frame, text: str) -> None:
        """Keep the size of an object."""
        if frame.name.endswith(" size"):
            self._size = text.strip()

    def text_filled(self, frame: Frame, text: str) -> None:
        """Keep digests, locations and identifiers as they end."""
        name = frame.name.rpartition(" ")[2]
        handler = _FILLED.get(name)
        if handler is not None:
            handler(self, frame, text.strip())

    def _digest(self, _: Frame, text: str) -> None:
        self._fixities.append((self._value, text))

    def _place(self, _: Frame, text: str) -> None:
        self._location = self._location or text

    def _object_id(self, frame: Frame, text: str) -> None:
        if text and text not in self._names and not self._objects.add(text)[1]:
            self.finding("PRE003", frame)
        self._names.append(text)

    def _agent_id(self, _: Frame, text: str) -> None:
        self._agents.add(text)

    def _event_id(self, frame: Frame, text: str) -> None:
        if text and not self._events.add(text)[1]:
            self.finding("PRE003", frame)

    def _to_object(self, frame: Frame, text: str) -> None:
        self._link(frame, self._objects, text)

    def _to_agent(self, frame: Frame, text: str) -> None:
        self._link(frame, self._agents, text)

    def _to_event(self, frame: Frame, text: str) -> None:
        self._link(frame, self._events, text)

    def _link(self, frame: Frame, targets: DigestIndex, text: str) -> None:
        if text not in targets and len(self._links) < PENDING:
            self._links.append((text, targets, self.where(frame)))

    def close_premis(self, frame: Frame) -> None:
        """Every link must lead to an object, agent or event of the same document (PRE002)."""
        del frame
        for text, targets, place in self._links:
            if text not in targets:
                self.sink.report("PRE002", place)


_FILLED = {
    "messageDigest": PremisCheck._digest,  # noqa: SLF001 - handlers of this class by element
    "contentLocationValue": PremisCheck._place,  # noqa: SLF001
    "objectIdentifierValue": PremisCheck._object_id,  # noqa: SLF001
    "agentIdentifierValue": PremisCheck._agent_id,  # noqa: SLF001
    "eventIdentifierValue": PremisCheck._event_id,  # noqa: SLF001
    "linkingObjectIdentifierValue": PremisCheck._to_object,  # noqa: SLF001
    "relatedObjectIdentifierValue": PremisCheck._to_object,  # noqa: SLF001
    "linkingAgentIdentifierValue": PremisCheck._to_agent,  # noqa: SLF001
    "linkingEventIdentifierValue": PremisCheck._to_event,  # noqa: SLF001
    "relatedEventIdentifierValue": PremisCheck._to_event,  # noqa: SLF001
}

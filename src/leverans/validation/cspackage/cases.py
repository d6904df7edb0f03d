"""arendehantering.xml: rules that its grammar does not hold."""

from leverans.formats.digestindex import DigestIndex
from leverans.validation import values
from leverans.validation.checker import Checker, Frame
from leverans.validation.grammar import load
from leverans.validation.inventory import APPENDIX, algorithm
from leverans.validation.package import Package
from leverans.validation.references import locate

_UUID_LENGTH = 36


class CasesCheck(Checker):
    """Checks one document of cases and their records while it streams by.

    Args:
        package: the package.
        document: its path.
        base: folder of ``sip.xml``, empty or ending in ``/``.
    """

    quotes = False

    def __init__(self, package: Package, document: str, base: str) -> None:
        super().__init__(load("arendehantering"), package.sink, document)
        self.package = package
        own = document.rpartition("/")[0]
        self._bases = tuple(dict.fromkeys((base, f"{own}/" if own else "")))
        self._uuids = DigestIndex()
        self._named = DigestIndex()
        self._titled = False
        self._cases = 0
        self._records = 0
        self._restriction = ""
        self._law = False

    def open_ArkivobjektArende(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Begin a case."""
        self.package.count("aggregations")
        self._cases += 1
        self._identify(frame)

    def open_ArkivobjektHandling(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Begin a record."""
        self.package.count("records")
        self._titled = False
        self._identify(frame)

    def _identify(self, frame: Frame) -> None:
        given = frame.attributes.get("Systemidentifierare", "").strip()
        if not given:
            return
        plain = given[-_UUID_LENGTH:]
        check = values.CHECKS["uuid"]
        if check is not None and not check(plain):
            self.finding("FGS12-A15", frame, "/@Systemidentifierare")
        elif not self._uuids.add(plain.lower())[1]:
            self.finding("ERM003", frame, "/@Systemidentifierare")

    def close_ArkivobjektHandling(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Demand a title or a description (FGS12-A5)."""
        if not self._titled:
            self.finding("FGS12-A5", frame, "/Rubrik")

    def text_string(self, frame: Frame, text: str) -> None:
        """Notice titles, numbers and laws."""
        name, owner = frame.name.rpartition(" ")[2], self.frames[self.depth - 1].type.name
        if name == "ArkivobjektID" and text.strip():
            scope = f"{self._cases}\0" if owner == "ArkivobjektHandling" else ""
            if not self._named.add(scope + text.strip())[1]:
                self.finding("FGS12-A17", frame)
        elif owner == "ArkivobjektHandling" and name in {"Rubrik", "Beskrivning"} and text.strip():
            self._titled = True
        elif name == "Lagrum" and text.strip():
            self._law = True

    def text_moment(self, frame: Frame, text: str) -> None:
        """A day that does not exist passes the schema's pattern (FGS12-A19)."""
        plain = text.strip()
        check = frame.type.text
        if check is None or not check(plain):
            return
        whole = f"{plain}-01-01"[: max(10, len(plain))] if len(plain) < 10 else plain
        good = values.is_datetime(whole) if "T" in whole else values.is_date(whole)
        if not good:
            self.finding("FGS12-A19", frame)

    def open_Restriktion(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Begin a restriction."""
        self._restriction, self._law = frame.attributes.get("Typ", ""), False

    def close_Restriktion(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Secrecy should name its law (FGS12-A21)."""
        if self._restriction == "Sekretess" and not self._law:
            self.finding("FGS12-A21", frame, "/Lagrum")

    def open_Bilaga(self, frame: Frame) -> None:  # noqa: N802 - named as the element
        """Find the file of an appendix, and compare what is said of it with sip.xml (FGS12-A13)."""
        given = frame.attributes
        self.package.count("appendices")
        path = given.get("Lank", "").strip()
        if not path:
            return
        inventory, oddity = self.package.inventory, ""
        for base in self._bases:
            target, number = locate(self.package, path, base)
            oddity = oddity or (target.oddity if target.path is None else "")
            if number >= 0:
                break
        else:
            self.finding(oddity or "FGS12-A13", frame, "/@Lank")
            return
        inventory.mark(number, APPENDIX)
        if not inventory.declared[number]:
            self.finding("FGS12-A13", frame, "/@Lank")
            return
        size, checksum = given.get("Storlek", "").strip(), given.get("Checksumma", "").strip()
        name = algorithm(given.get("ChecksummaMetod", ""))
        if size.isdigit() and len(size) < 19 and 0 <= inventory.size(number) != int(size):
            self.finding("FIX008", frame, "/@Storlek", value="Bilaga")
        if (
            checksum
            and name
            and name == inventory.algorithm(number)
            and not inventory.matches(number, checksum)
        ):
            self.finding("FIX007", frame, "/@Checksumma", value="Bilaga")

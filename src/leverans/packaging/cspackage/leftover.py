"""What has no field of its own in the archive model: each value becomes an extra by its element's name."""

from collections.abc import Callable

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.model import Extra
from leverans.packaging.cspackage.elements import Element, local_name, namespace

_DEEPEST = 100


class Leftover:
    """Collects extras.

    Args:
        tell: takes findings about elements that the standard does not have.
        profile: gives the elements of the standard, and our own namespace.
    """

    def __init__(self, tell: Callable[..., None], profile: Profile) -> None:
        self.extras: list[Extra] = []
        self._tell = tell
        self._own, self._standard = profile.namespaces["own"], profile.terms["known"]

    def add(self, name: str, value: str, data_type: str = "string") -> None:
        """Keep one value."""
        self.extras.append(Extra(name, value, data_type))

    def attributes(self, element: Element, known: frozenset[str]) -> None:
        """Keep the attributes that are not known."""
        for name in element.raw.attrib:
            local = local_name(name)
            if local not in known:
                self.add(f"@{local}", element.get(name) or "")

    def children(
        self, element: Element, once: frozenset[str], many: frozenset[str], *, under: str = ""
    ) -> None:
        """Keep the children that are not known, and those after the first of what is read once."""
        seen: set[str] = set()
        for child in element.children():
            name = child.name
            if name in many or (name in once and name not in seen):
                seen.add(name)
                continue
            if name not in self._standard and name not in once:
                self._tell("CSP008", child, name=name)
            self._whole(child, f"{under}{name}", _DEEPEST)

    def fields(self, group: Element) -> None:
        """Keep the fields of an ``EgnaElement``; one inside another under both names."""
        for one in group.each("EgetElement"):
            self._field(one, "", _DEEPEST)

    def foreign(self, element: Element, *, ours: bool) -> None:
        """Keep the XML in a ``TillkommandeXMLdata``, apart from our own rows."""
        kept = [
            etree.tostring(child.raw, encoding="unicode", with_tail=False)
            for child in element.children()
            if not ours or namespace(child.raw) != self._own
        ]
        if kept:
            self.add(element.name, "".join(kept), "xml")

    def _whole(self, element: Element, name: str, depth: int) -> None:
        inner = element.children()
        for attribute in element.raw.attrib:
            self.add(f"{name}@{local_name(attribute)}", element.get(attribute) or "")
        if not inner or not depth:
            self.add(name, element.text)
            return
        for child in inner:
            self._whole(child, f"{name}/{child.name}", depth - 1)

    def _field(self, element: Element, under: str, depth: int) -> None:
        name = f"{under}{element.get('Namn') or ''}"
        inner = element.each("EgetElement")
        value = element.text_at("Varde")
        if value is not None or not inner:
            self.add(name, value or "", element.get("DataTyp") or "string")
        for one in element.each("Egenskaper"):
            for property_ in one.each("Egenskap"):
                self._property(property_, f"{name}@", depth)
        if depth:
            for one in inner:
                self._field(one, f"{name}/", depth - 1)

    def _property(self, element: Element, under: str, depth: int) -> None:
        name = f"{under}{element.get('Namn') or ''}"
        self.add(name, element.text_at("Varde") or "", element.get("DataTyp") or "string")
        for one in element.each("Egenskaper") if depth else ():
            for property_ in one.each("Egenskap"):
                self._property(property_, f"{name}@", depth - 1)

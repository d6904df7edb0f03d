"""XML elements by local name: suppliers use the standard's names in more than one namespace."""

from typing import Any

from leverans.formats.xmltext import unescape


class Element:
    """An element.

    Args:
        raw: what lxml read.
        ours: whether our own escapes are taken back.

    Attributes:
        raw: what lxml read.
    """

    __slots__ = ("_ours", "raw")

    def __init__(self, raw: Any, *, ours: bool) -> None:
        self.raw = raw
        self._ours = ours

    @property
    def name(self) -> str:
        """Local name."""
        return local(self.raw)

    @property
    def line(self) -> int:
        """Line in its document, from 1."""
        return self.raw.sourceline or 0

    @property
    def text(self) -> str:
        """All text in it, without that of comments."""
        found = self.raw.text or "" if not len(self.raw) else str(self.raw.xpath("string()"))
        return unescape(found) if self._ours else found

    def get(self, name: str) -> str | None:
        """Give an attribute."""
        value = self.raw.get(name)
        return value if value is None or not self._ours else unescape(value)

    def children(self) -> "list[Element]":
        """Give all child elements."""
        return [Element(one, ours=self._ours) for one in self.raw if isinstance(one.tag, str)]

    def each(self, name: str) -> "list[Element]":
        """Give the children of a local name."""
        return [Element(one, ours=self._ours) for one in self.raw.iterchildren(f"{{*}}{name}")]

    def first(self, name: str) -> "Element | None":
        """Give the first child of a local name."""
        found = next(self.raw.iterchildren(f"{{*}}{name}"), None)
        return None if found is None else Element(found, ours=self._ours)

    def text_at(self, name: str) -> str | None:
        """Give the text of the first child of a local name; None when there is none."""
        found = self.first(name)
        return None if found is None else found.text


def local(raw: Any) -> str:
    """Give the local name of an element; an empty text for a comment or an instruction."""
    return local_name(raw.tag) if isinstance(raw.tag, str) else ""


def local_name(tag: Any) -> str:
    """Give the local part of ``{namespace}name``; broken names are taken as they are."""
    return str(tag).rpartition("}")[2]


def namespace(raw: Any) -> str:
    """Give the namespace of an element, or an empty text."""
    return str(raw.tag).partition("}")[0].removeprefix("{") if "}" in str(raw.tag) else ""

"""Items that a service gives in more than one answer: what lands once, and what is told."""

from collections.abc import Callable, Mapping

from lxml import etree

from leverans.contracts import Finding
from leverans.sources.definition import StreamDefinition
from leverans.sources.tree.lifting import Lifted, Unliftable
from leverans.sources.tree.making import OWN
from leverans.sources.wire.declaring import Ask
from leverans.sources.wire.spool import Once, digest_of


class Again:
    """Follows one stream through its answers; keys wait on disk, texts of two answers at most in memory.

    What comes on the seam of two windows, the same to the letter, is left out. So is it on the seam of two
    pages where it has a key; what has a key that was seen on an earlier page, or none, is only told.

    Args:
        stream: what the connector's file says about the stream; its key without the columns that every stream
            has of its own (`OWN`) tells items apart.
        ask: how answers follow each other.
    """

    def __init__(self, stream: StreamDefinition, ask: Ask) -> None:
        names = [name for name, _ in stream.columns]
        self._at = [names.index(name) for name in stream.key if name not in OWN and name in names]
        self._windows = ask.windows is not None
        self._pages = not self._windows and ask.paging.style != "none"
        self._known = Once()
        self._keys: set[str] = set()
        self._texts: set[str] = set()
        self._before: set[str] = set()
        self._landed_once = 0
        self._landed_again = 0

    def turn(self) -> None:
        """Begin the next answer."""
        for key in self._keys:
            self._known.add(key)
        self._before, self._texts, self._keys = self._texts, set(), set()

    def take(self, text: str, around: Mapping[str, str | None], lift: Callable[[], Lifted]) -> bool:
        """Take an item; say whether it is to be left out.

        Args:
            text: the item.
            around: what stands around it.
            lift: gives its columns.
        """
        if not (self._windows or self._pages):
            return False
        digest = digest_of([text, *map(str, around.values())])
        self._texts.add(digest)
        same = digest in self._before
        return same if self._windows else self._on_page(same, self._key(lift))

    def _on_page(self, same: bool, key: str) -> bool:
        known = key in self._known
        if key:
            self._keys.add(key)
        if key and same:
            self._landed_once += 1
            return True
        self._landed_again += same or known
        return False

    def _key(self, lift: Callable[[], Lifted]) -> str:
        try:
            values = lift().values
        except (Unliftable, etree.XMLSyntaxError):
            return ""
        told = [one for one in (values[at] for at in self._at) if one is not None]
        return digest_of(told) if told and len(told) == len(self._at) else ""

    def findings(self, where: str) -> list[Finding]:
        """Give what there is to tell of pages, and forget everything; windows are told of by who fetches."""
        self._known.close()
        told = [("SRC184", self._landed_once), ("SRC194", self._landed_again)]
        return [Finding.of(code, where, count=count) for code, count in told if count]

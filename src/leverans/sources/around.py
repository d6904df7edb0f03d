"""A connector around another one: what adds one trait to every kind begins with it (a gate, a saboteur)."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, Self

from leverans.contracts import Catalogue, ControlTotals
from leverans.sources.contract import Batch, Connector, Document, SourceCheck
from leverans.sources.definition import Definition


class Around:
    """Passes everything on to `inner` (see `leverans.sources.Connector`)."""

    def __init__(self, inner: Connector) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.inner.name

    @property
    def definition(self) -> Definition:
        """What the connector's file says."""
        return self.inner.definition

    def check(self) -> SourceCheck:
        """Pass on."""
        return self.inner.check()

    def discover(self) -> Catalogue:
        """Pass on."""
        return self.inner.discover()

    def read(self, stream: str) -> Iterator[Batch]:
        """Pass on."""
        return self.inner.read(stream)

    def documents(self, stream: str) -> Iterator[Document]:
        """Pass on."""
        return self.inner.documents(stream)

    def open(self, document: Document) -> BinaryIO:
        """Pass on."""
        return self.inner.open(document)

    def totals(self, stream: str) -> ControlTotals:
        """Pass on."""
        return self.inner.totals(stream)

    def fingerprint(self) -> str:
        """Pass on."""
        return self.inner.fingerprint()

    def close(self) -> None:
        """Pass on."""
        self.inner.close()

    def __getattr__(self, name: str) -> Any:
        """Give what only the inner connector has: `statements`, `references`."""
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""Documents that a row only names: fetched when they are opened."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from leverans.sources.contract import Batch, Document, DocumentFault
from leverans.sources.definition import DocumentColumn, StreamDefinition
from leverans.sources.wire.client import Answer, Unfit

Page = io.BytesIO
"""An answer that is short enough to be held in memory."""

_MISSING = frozenset({"404", "410"})


@dataclass(frozen=True, slots=True)
class Linked:
    """Where a document is.

    Attributes:
        ask: name of the ask that fetches it.
        value: what it is asked for by.
    """

    ask: str
    value: str


def linked(value: Any, part: DocumentColumn) -> Iterator[tuple[str, str]]:
    """Give id or address, and file name, of every document that an item names.

    Args:
        value: the item.
        part: `within`: path of the list or object that holds them; `column`, `name`: keys in there.
    """
    for key in part.within.split("/") if part.within else ():
        value = value.get(key) if isinstance(value, dict) else None
    for holder in value if isinstance(value, list) else [value]:
        ref, name = _plain(holder, part.column), _plain(holder, part.name)
        if ref:
            yield ref, name


def open_linked(fetch: Callable[[dict[str, str]], Answer], document: Document) -> BinaryIO:
    """Fetch a document.

    Raises:
        DocumentFault: SRC188 the service has it not, SRC189 it gives something else, SRC175 another host.
        LeveransError: the source as a whole.
    """
    token = document.token
    assert isinstance(token, Linked)  # noqa: S101  # the caller looked
    try:
        answer = fetch({"value": token.value})
    except Unfit as fault:
        if fault.code == "SRC175":
            raise DocumentFault("SRC192", "refused") from None
        missing = str(fault.parameters.get("status", "")) in _MISSING
        raise DocumentFault(
            "SRC188" if missing else "SRC189", "missing" if missing else "unreadable"
        ) from None
    if answer.kind == "text/html" and not document.name.lower().endswith((".html", ".htm", ".xhtml")):
        answer.body.close()
        raise DocumentFault("SRC189")
    return answer.body


class Links:
    """Collects the documents that items only name: an id or an address under which they can be fetched."""

    def __init__(self, stream: StreamDefinition) -> None:
        self._columns = tuple(part for part in stream.documents if part.ask)
        self._listed = dict.fromkeys((part.stream for part in self._columns), 0)
        self._documents: list[Document] = []
        self._row = 0

    def take(self, text: str) -> None:
        """Take the text of the next row."""
        if self._columns:
            value = json.loads(text, parse_float=str, parse_int=str)
            for part in self._columns:
                for ref, name in linked(value, part):
                    self._listed[part.stream] += 1
                    token = Linked(part.ask, ref)
                    self._documents.append(
                        Document(
                            part.stream, ref, name or ref, token, self._listed[part.stream], row=self._row
                        )
                    )
        self._row += 1

    def added(self, batch: Batch) -> Batch:
        """Give a batch with the documents of its rows."""
        made = with_documents(batch, self._documents)
        self._documents, self._row = [], 0
        return made


def with_documents(batch: Batch, documents: list[Document]) -> Batch:
    """Give a batch with more documents."""
    return Batch(batch.stream, batch.rows, (*batch.documents, *documents), batch.set_aside, batch.findings)


def _plain(holder: Any, path: str) -> str:
    for key in path.split("/") if path else ():
        holder = holder.get(key) if isinstance(holder, dict) else None
    return "" if not path or holder is None or isinstance(holder, dict | list | bool) else str(holder)

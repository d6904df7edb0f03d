"""How one kind of service is spoken to."""

from typing import BinaryIO, Protocol

from leverans.sources.rest import answers as rest
from leverans.sources.soap import answers as soap
from leverans.sources.wire.address import Address
from leverans.sources.wire.client import Judge, Request
from leverans.sources.wire.declaring import Ask


class Speech(Protocol):
    """What differs between kinds."""

    def request(self, ask: Ask, values: dict[str, str]) -> Request:
        """Make a request."""
        ...

    def judge(self, ask: Ask) -> Judge:
        """Give what tells right answers from others."""
        ...

    def text(self, ask: Ask, body: BinaryIO, path: str) -> str:
        """Give the plain value at `path` of an answer, or an empty text.

        Raises:
            Unfit: what stands there is no plain value.
        """
        ...


class Soap:
    """Speaks SOAP 1.1 or 1.2.

    Args:
        where: name of the source.
        address: of the service.
        version: ``1.1`` or ``1.2``.
    """

    def __init__(self, where: str, address: Address, version: str) -> None:
        self._where = where
        self._address = address
        self._version = version

    def request(self, ask: Ask, values: dict[str, str]) -> Request:
        """Make a request."""
        return soap.request(ask, values, self._address, self._version)

    def judge(self, ask: Ask) -> Judge:
        """Give what tells right answers from others."""
        return soap.judge(ask, self._where)

    def text(self, ask: Ask, body: BinaryIO, path: str) -> str:
        """Give the text of the first element called `path`."""
        name = path or ask.result
        seen = soap.look_into(body, {name})
        body.seek(0)
        return seen.texts.get(name, "")


class Rest:
    """Speaks plain HTTP."""

    def request(self, ask: Ask, values: dict[str, str]) -> Request:
        """Make a request."""
        return rest.request(ask, values)

    def judge(self, ask: Ask) -> Judge:
        """Give what tells right answers from others."""
        return rest.judge(ask)

    def text(self, ask: Ask, body: BinaryIO, path: str) -> str:
        """Give the plain value at a path (JSON) or of the first element of that name (XML)."""
        if ask.format == "json":
            return rest.value_at(ask, body, path)
        seen = soap.look_into(body, {path})
        body.seek(0)
        return seen.texts.get(path, "")

"""From a definition and an address to the connector of a service."""

from pathlib import Path

from leverans.clock import SystemClock
from leverans.sources.access import Access
from leverans.sources.definition import Definition
from leverans.sources.gently import Gate
from leverans.sources.wire.address import read_address
from leverans.sources.wire.client import Client
from leverans.sources.wire.connector import WireConnector
from leverans.sources.wire.speech import Rest, Soap, Speech


def open_wire(name: str, definition: Definition, location: str, base: Path, access: Access) -> WireConnector:
    """Make the connector of a service; nothing is asked yet.

    Raises:
        ConfigurationError: SRC190, SRC191 what is wrong with the address.
    """
    address = read_address(name, location, base, access)
    client = Client(name, address, Gate(name, access.limits))
    speech: Speech = Rest()
    if definition.kind == "soap":
        speech = Soap(name, address, definition.options["version"])
    return WireConnector(name, definition, client, speech, clock=SystemClock(), zone=access.limits.zone)

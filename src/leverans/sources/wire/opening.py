"""From a definition and an address to the connector of a service."""

import time
from collections.abc import Callable
from pathlib import Path

from leverans.clock import SystemClock
from leverans.sources.access import Access
from leverans.sources.definition import Definition
from leverans.sources.gently import Gate
from leverans.sources.wire.address import read_address
from leverans.sources.wire.client import Client
from leverans.sources.wire.connector import WireConnector
from leverans.sources.wire.speech import Rest, Soap, Speech


def open_wire(
    name: str,
    definition: Definition,
    location: str,
    base: Path,
    access: Access,
    *,
    pause: Callable[[float], object] = time.sleep,
) -> WireConnector:
    """Make the connector of a service; nothing is asked yet.

    Args:
        name: name of the source.
        definition: what the connector's file says.
        location: address of the service.
        base: where relative paths in it start.
        access: secrets and limits of the delivery.
        pause: waits some seconds before a request is sent again.

    Raises:
        ConfigurationError: SRC190, SRC191 what is wrong with the address.
    """
    address = read_address(name, location, base, access)
    client = Client(name, address, Gate(name, access.limits), pause=pause)
    speech: Speech = Rest()
    if definition.kind == "soap":
        speech = Soap(name, address, definition.options["version"])
    return WireConnector(name, definition, client, speech, clock=SystemClock(), zone=access.limits.zone)

"""Weak legacy servers: no more runs read a source at once than it can bear."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from flows.quietly import quietly
from prefect import get_client
from prefect.concurrency._asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound

from leverans.errors import Outage
from leverans.registry import Delivery, Limit, limits_of

LEASE = 60.0
"""Seconds after which the place of a killed run is free again; the shortest lease that Prefect grants."""


@contextmanager
def spared(delivery: Delivery) -> Iterator[None]:
    """Hold a place at every source of a delivery while the block reads them.

    A server that is away when the block ends is no fault of it: the place is free when its lease is over.

    Raises:
        Outage: FLW002, Prefect's server is not to be had, so nobody knows who else reads.
    """
    limits = limits_of(delivery)
    try:
        _known(limits)
        places = concurrency([limit.name for limit in limits], lease_duration=LEASE)
        places.__enter__()
    except (ConcurrencySlotAcquisitionError, httpx.HTTPError) as fault:
        raise Outage("FLW002", delivery.name, delivery=delivery.name) from fault
    try:
        yield
    finally:
        quietly(places.__exit__, None, None, None)


def _known(limits: tuple[Limit, ...]) -> None:
    """Make the limits that the server does not know; what a person changed there stays."""
    with get_client(sync_client=True) as client:
        for limit in limits:
            try:
                client.read_global_concurrency_limit_by_name(limit.name)
            except ObjectNotFound:
                client.upsert_global_concurrency_limit_by_name(limit.name, limit.limit)

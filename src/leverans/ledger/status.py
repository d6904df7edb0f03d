"""Where every delivery stands, from its runs and decisions."""

import sqlalchemy as sa

from leverans.ledger import chains, queries, standing
from leverans.ledger.types import DeliveryState, RunState


def delivery_states(connection: sa.Connection) -> list[DeliveryState]:
    """Give where every delivery stands, sorted by name, live before test."""
    latest: dict[tuple[str, bool], RunState] = {}
    for state in queries.runs(connection):
        latest[(state.run.delivery, state.run.test)] = state
    return [
        _state(connection, delivery, state, test=test) for (delivery, test), state in sorted(latest.items())
    ]


def _state(connection: sa.Connection, delivery: str, latest: RunState, *, test: bool) -> DeliveryState:
    of = chains.chain(connection, delivery, test=test)
    aside = [] if of is None else standing.aside_and_decided(connection, of)
    return DeliveryState(
        delivery=delivery,
        test=test,
        latest=latest,
        archived=queries.count_archived(connection, delivery, test=test),
        quarantined=sum(1 for one, _ in aside if one.object is not None),
        undecided=sum(1 for _, stands in aside if stands is None),
        pending=sum(1 for _, stands in aside if stands is not None and stands.action == "accept"),
        balanced=of is not None and of.balanced,
    )
